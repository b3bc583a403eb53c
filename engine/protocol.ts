/**
 * The protocol between a launcher and its starter.
 *
 * The launcher writes records to a pipe: a failure, or one of {@linkcode NOTES}. Each is one write(2), so
 * those of several processes do not mix. The end of the pipe says that the program runs, or never will.
 *
 * The starter sends the signal {@linkcode ORDER} with a value: the number of a signal for the program, with
 * {@linkcode WHOLE_TREE} added if what the program leaves behind is to be killed, too.
 */
import { type Layout, layout } from "./struct.ts";

/** The head of a record. Behind it are values, each with a NUL. */
export const RECORD: Layout<"what" | "number" | "hint" | "length"> = layout(32, {
  /** The number of the failure, or a note. */
  what: [0, 8],
  /** The number of the error, or a PID. */
  number: [8, 8],
  /** The offset of the hint in the failure's list. */
  hint: [16, 8],
  /** The length of all values, in bytes. */
  length: [24, 8],
});

/** The longest record, in bytes: a longer write would not be atomic. @see PIPE_BUF of pipe(7) */
export const RECORD_BYTES = 4096;

/** Records that are no failures. */
export const NOTES = {
  /** The launcher has opened the pipe. */
  open: 0x1_0000_0000,
  /** The PID of the program's process, as the launcher's PID namespace numbers it. */
  pid: 0x1_0000_0001,
  /** The PID of the program's process, as its own PID namespace numbers it. */
  pidInside: 0x1_0000_0002,
} as const;

/** The signal of orders: a real-time signal, since those are queued and none is lost. */
export const ORDER = 63;

/** A flag in an order: kill what the program leaves behind. */
export const WHOLE_TREE = 0x100;

/** A record, decoded. */
export interface Record {
  readonly what: number;
  readonly number: number;
  readonly hint: number;
  /** Those of the failure's message, then those of the hint. */
  readonly values: readonly Uint8Array[];
}

/** Decodes what was read from the pipe. */
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
