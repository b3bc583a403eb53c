/** Steps that read files when a plan runs, and parse their text. */
import { EFBIG } from "../ffi/abi/errno.ts";
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../ffi/abi/fcntl.ts";
import type { Builder } from "./builder.ts";
import type { Outcome, Outcomes } from "./builder/calls.ts";
import { COLON, NEWLINE, ZERO } from "./characters.ts";
import type { Failure } from "./failure.ts";
import { shownName } from "./operand.ts";
import type { Span } from "./text.ts";
import { constant, type Place, type Value, type Variable } from "./value.ts";

/**
 * Reads a descriptor to its end, and closes it.
 *
 * @param words `fails` says what a read error means; without it, an error is the end of the file.
 * @returns The length. If it is all that there is room for, there may be more.
 */
export function readAll(
  s: Builder,
  fd: Value,
  into: Place | Variable,
  { room, note, fails, when = "until all is read" }: {
    readonly room: number;
    readonly note: string;
    readonly fails?: Failure;
    readonly when?: string;
  },
): Variable {
  const length = s.variable("length", 0);
  s.loop(({ leave }) => {
    const end = s.variable("end", into.plus(length), `&${shownName(into.name)}`);
    const left = s.variable("room", constant(room).minus(length));
    const got = s.call("read", [fd, end, left], note, { result: "got", fails: fails ?? leave });
    length.advance(got);
    s.if(got.is(0), leave);
    s.if(length.isAtLeast(room), leave);
  }, { when });
  s.call("close", [fd], "the file is done", { fails: "ignored" });
  return length;
}

/** Writes all bytes to a descriptor, in as many calls as it takes. */
export function writeAll(
  s: Builder,
  fd: Value,
  { start, length }: Span,
  note: string,
  fails: Failure,
): void {
  s.block(() => {
    const at = s.variable("at", start);
    const end = s.variable("end", at.plus(length));
    s.while(at.isBelow(end), ({ next }) => {
      const written = s.call("write", [fd, at, end.minus(at)], note, {
        result: "written",
        fails: { EINTR: next, otherwise: fails },
      });
      at.advance(written);
    }, { when: "until all is written" });
  });
}

/** A text in memory. */
export interface Content {
  readonly start: Variable;
  /** The address of its last newline, which is added where it is missing. */
  readonly end: Variable;
}

/**
 * Reads a whole file into its own buffer, and appends a newline.
 *
 * @param cannotOpen What it means if the file cannot be opened. If the plan goes on, the text is empty.
 */
export function readText(
  s: Builder,
  path: string,
  { room, note, cannotOpen, cannotRead }: {
    readonly room: number;
    readonly note: string;
    readonly cannotOpen: Outcome | Outcomes;
    readonly cannotRead: Failure;
  },
): Content {
  const memory = s.memory(`content of ${path}`, room + 1);
  const content = { start: s.variable("start", memory), end: s.variable("end", memory) };
  const file = s.call("openat", [AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0], note, {
    result: "file",
    fails: cannotOpen,
  });
  s.if(file.isLess(0).not(), () => {
    const length = readAll(s, file, memory, { room, note, fails: cannotRead });
    s.if(length.isAtLeast(room), () => s.fail(cannotRead, EFBIG));
    content.end.set(memory.plus(length));
  });
  s.store(content.end, NEWLINE, { bytes: 1 });
  return content;
}

/** Runs a block for each line, with its start. */
export function eachLine(
  s: Builder,
  { start, end }: Content,
  body: (line: Variable, loop: { leave(): void; next(): void }) => void,
): void {
  s.block(({ leave }) => {
    const line = s.variable("line", start);
    s.while(line.isBelow(end), () => {
      s.block((round) => body(line, { leave, next: round.leave }));
      line.set(line.seek(NEWLINE));
      line.advance();
    });
  });
}

/** Moves to the next byte that is none of these. */
export function skip(s: Builder, at: Variable, ...bytes: readonly number[]): void {
  s.while(at.byte().isOneOf(...bytes), () => at.advance());
}

/** Moves to the next field of a line, as `a:b:c` has them; to the line's end if there is none. */
export function nextField(s: Builder, at: Variable): void {
  at.set(at.seek(COLON, NEWLINE));
  s.if(at.byte().is(COLON), () => at.advance());
}

/**
 * Reads a decimal number, and moves behind it.
 *
 * @param limit The number must be below it; at most 2 to the power of 60. Default: 2 to the power of 32.
 * @param wrong The block for text that is no such number: it must end or leave.
 */
export function readNumber(
  s: Builder,
  at: Variable,
  wrong: () => void,
  limit: Value = 2 ** 32,
): Variable {
  const { value, behind, isNumber } = s.subroutine("decimal number", {
    parameters: ["at", "limit"],
    results: ["value", "behind", "isNumber"],
  }, ({ at, limit, value, behind, isNumber }) => {
    value.set(0);
    behind.set(at);
    isNumber.set(0);
    s.loop((digits) => {
      const digit = s.variable("digit", behind.byte().minus(ZERO));
      s.if(digit.isAtLeast(10), digits.leave);
      value.set(value.times(10).plus(digit));
      behind.advance();
      isNumber.set(1);
      s.if(value.isAtLeast(limit), () => {
        isNumber.set(0);
        digits.leave();
      });
    });
  })({ at, limit });
  at.set(behind);
  s.if(isNumber.is(0), wrong);
  return value;
}
