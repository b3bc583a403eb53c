/**
 * What a launcher and who has started it say to each other.
 *
 * Up goes a pipe of records: of a failure, or of one of {@linkcode NOTES}. Each is written at once, and so
 * those of several processes do not mix. The end of the pipe says that the program runs, or never will.
 *
 * Down go signals {@linkcode ORDER} with a value: the number of a signal for the program, and
 * {@linkcode WHOLE_TREE} if all is to be killed that the program leaves when it has ended.
 */
import { type Layout, layout } from "./struct.ts";

/** The head of a record. Behind it are values, each with a NUL. */
export const RECORD: Layout<"what" | "number" | "hint" | "length"> = layout(32, {
  /** The number of the failure, or a note. */
  what: [0, 8],
  /** The number of the error, or a PID. */
  number: [8, 8],
  /** Where the hint is in the failure's list: its offset. */
  hint: [16, 8],
  /** The bytes of all values. */
  length: [24, 8],
});

/** The most bytes of a record: more is not written at once. @see PIPE_BUF of pipe(7) */
export const RECORD_BYTES = 4096;

/** What a record tells that is none of a failure. */
export const NOTES = {
  /** The launcher has opened the pipe. */
  open: 0x1_0000_0000,
  /** The PID of the program's process, as the launcher's PID namespace numbers it. */
  pid: 0x1_0000_0001,
  /** The PID of the program's process, as its own PID namespace numbers it. */
  pidInside: 0x1_0000_0002,
} as const;

/** The signal that brings an order: a real-time signal, of which none is lost. */
export const ORDER = 63;

/** Beside the number of a signal in an order: kill what the program leaves. */
export const WHOLE_TREE = 0x100;

/** What a record tells. */
export interface Record {
  readonly what: number;
  readonly number: number;
  readonly hint: number;
  /** Those of the failure's message, then those of the hint. */
  readonly values: readonly Uint8Array[];
}

/** The records in what was read of the pipe. */
export function recordsIn(bytes: Uint8Array): Record[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { what, number, hint, length } = RECORD.fields;
  const told: Record[] = [];
  for (let at = 0; at + RECORD.bytes <= bytes.length;) {
    const field = ([offset]: readonly [number, number]): number =>
      Number(view.getBigUint64(at + offset, true));
    const start = at + RECORD.bytes;
    const end = start + field(length);
    told.push({
      what: field(what),
      number: field(number),
      hint: field(hint),
      values: split(bytes.subarray(start, end)),
    });
    at = end;
  }
  return told;
}

function split(values: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < values.length;) {
    const end = values.indexOf(0, at);
    const part = values.subarray(at, end < 0 ? values.length : end);
    parts.push(part);
    at += part.length + 1;
  }
  return parts;
}
