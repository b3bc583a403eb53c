/** Steps that read and take apart a text file when a plan runs. Places in the text are slots with addresses. */
import { EFBIG } from "../../ffi/abi/errno.ts";
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { address, ERROR, FAILURE, type Hint, type Label, type Sequence, slot } from "../plan.ts";
import { EXIT_FAILURE } from "../steps/context.ts";
import { readAll } from "../steps/read.ts";

/** Of longer files nothing is taken: their last line might be half of one. */
const TEXT_BYTES = 1 << 20;

export const NUL = 0;
export const NEWLINE = 0x0a;
export const COLON = 0x3a;

/** Fails for a reason that is no system call's. */
export function fail(
  s: Sequence,
  message: string,
  errno: number,
  status: number = EXIT_FAILURE,
): void {
  const failure = { message, status, hints: [] };
  s.compute(FAILURE, "set", { kind: "failure", failure });
  s.compute(ERROR, "set", -errno);
  s.jump("fail");
}

/** A text in memory: slots with the address of its first byte, and of the newline behind its last. */
export interface Text {
  readonly start: string;
  readonly end: string;
}

/**
 * Reads a file into memory of its own.
 *
 * @param absent Where to go on if it cannot be opened; without it that is a failure.
 */
export function readText(
  s: Sequence,
  path: string,
  note: string,
  { absent, hints = [] }: { readonly absent?: Label; readonly hints?: readonly Hint[] } = {},
): Text {
  const text = { start: `${path} text`, end: `${path} end` };
  const content = address(`content of ${path}`);
  const failure = { message: `cannot read ${path}`, status: EXIT_FAILURE, hints };
  // Behind the text is room for the newline, which is put as 8 bytes.
  s.buffer(content.name, TEXT_BYTES + 8);
  s.call("openat", [AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0], note, {
    result: "file",
    failure,
    ...(absent === undefined ? {} : { orElse: absent }),
  });
  readAll(s, { fd: "file", into: content, room: TEXT_BYTES, what: note, failure });
  const whole = s.unique("whole");
  s.test("ifBelow", [slot("length"), TEXT_BYTES], whole);
  fail(s, failure.message, EFBIG);
  s.label(whole);
  s.compute(text.start, "set", content);
  s.compute(text.end, "add", content, slot("length"));
  s.put(slot(text.end), 0, NEWLINE);
  return text;
}

/** Leaves the byte at a place in slot `byte`. */
export function byteAt(s: Sequence, at: string): void {
  s.compute("byte", "byte", slot(at), 0);
}

/** Moves a place to the next byte that is one of these, and leaves that in slot `byte`. */
export function seek(s: Sequence, at: string, byte: number, other: number = byte): void {
  s.compute(at, "seek", slot(at), byte, other);
  byteAt(s, at);
}

/** Moves a place to the next byte that is none of these. */
export function skip(s: Sequence, at: string, ...bytes: readonly number[]): void {
  const [next, more, here] = [s.unique("next"), s.unique("more"), s.unique("here")];
  s.label(next);
  byteAt(s, at);
  for (const byte of bytes) s.test("ifEqual", [slot("byte"), byte], more);
  s.jump(here);
  s.label(more);
  s.compute(at, "add", slot(at), 1);
  s.jump(next);
  s.label(here);
}

/** Moves a place to the next field of its line, as `a:b:c` has them; to the line's end if there is none. */
export function nextField(s: Sequence, at: string): void {
  const end = s.unique("end");
  seek(s, at, COLON, NEWLINE);
  s.test("ifEqual", [slot("byte"), NEWLINE], end);
  s.compute(at, "add", slot(at), 1);
  s.label(end);
}

/** Runs `body` with a place at the start of each line. It may go to another label. */
export function eachLine(s: Sequence, text: Text, line: string, body: () => void): void {
  const [next, go, none] = [s.unique("next line"), s.unique("line"), s.unique("no line")];
  s.compute(line, "set", slot(text.start));
  s.label(next);
  s.test("ifBelow", [slot(line), slot(text.end)], go);
  s.jump(none);
  s.label(go);
  body();
  s.compute(line, "seek", slot(line), NEWLINE, NEWLINE);
  s.compute(line, "add", slot(line), 1);
  s.jump(next);
  s.label(none);
}

/**
 * Reads the decimal number at a place into a slot, and moves the place behind it. Leaves the byte
 * there in slot `byte`.
 *
 * @param wrong Where to go on if there is none, or one of more than 32 bits.
 */
export function readNumber(s: Sequence, at: string, into: string, wrong: Label): void {
  s.compute("digit at", "set", slot(at));
  s.compute("if wrong", "set", { kind: "label", label: wrong });
  s.routine("number", () => {
    const [next, digit, end] = [s.unique("next digit"), s.unique("digit"), s.unique("end")];
    s.compute("first digit", "set", slot("digit at"));
    s.compute("number", "set", 0);
    s.label(next);
    byteAt(s, "digit at");
    s.compute("digit", "sub", slot("byte"), 0x30);
    s.test("ifBelow", [slot("digit"), 10], digit);
    s.jump(end);
    s.label(digit);
    // × 10
    s.compute("eight times", "shl", slot("number"), 3);
    s.compute("number", "add", slot("number"), slot("number"));
    s.compute("number", "add", slot("number"), slot("eight times"));
    s.compute("number", "add", slot("number"), slot("digit"));
    s.compute("digit at", "add", slot("digit at"), 1);
    s.test("ifBelow", [slot("number"), 2 ** 32], next);
    s.jump(slot("if wrong"));
    s.label(end);
    s.test("ifEqual", [slot("digit at"), slot("first digit")], slot("if wrong"));
  });
  s.compute(at, "set", slot("digit at"));
  s.compute(into, "set", slot("number"));
}
