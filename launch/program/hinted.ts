/** Hints for a person who typed the launch, beforehand: on a terminal alone. */
import { TIOCGWINSZ, WINSIZE_BYTES, WS_COL } from "../../ffi/abi/ioctl.ts";
import type { Builder } from "../../engine/builder.ts";
import { NEWLINE, SPACE } from "../../engine/characters.ts";
import { all } from "../../engine/condition.ts";
import { type Message, words } from "../../engine/failure.ts";
import { Expression, type Place, type Value, type Variable } from "../../engine/value.ts";
import type { Start } from "../context.ts";
import { LINE_BYTES, lineOf } from "../say.ts";

const STDERR = 2;

/** Runs a block if a person would see a hint, with the columns of the terminal; 0 is any number. */
export function ifSeen(s: Builder, body: (columns: Variable) => void): void {
  s.block(({ leave }) => {
    const size = s.memory("size", WINSIZE_BYTES);
    const question = "would a person see a warning, and how broad is it?";
    s.call("ioctl", [STDERR, TIOCGWINSZ, size], question, { fails: leave });
    body(s.variable("columns", new Expression("load16", [size, WS_COL])));
  });
}

/** Prints a hint. @param columns From {@linkcode ifSeen}. */
export function hint(start: Start, text: Message, columns: Variable, note: string): void {
  const { s } = start;
  const line = lineOf(start, words`hint: ${text}`);
  const length = s.variable("length", line.length);
  const lines = s.memory("hint", LINE_BYTES);
  const end = s.variable("end of hint", new Expression("copy", [lines, line.start, length]));
  wrap(s, [lines, end], columns);
  s.call("write", [STDERR, lines, length], note, { fails: "ignored" });
}

/** Breaks a text at words, into lines of so many columns; 0 is any number. */
function wrap(s: Builder, [start, end]: readonly [Place, Value], columns: Variable): void {
  s.if(columns.isNot(0), () => {
    const line = s.variable("line", start);
    const space = s.variable("space", 0);
    s.each([start, end, 1], (at) => {
      s.if(at.byte().is(SPACE), () => space.set(at));
      s.if(all(at.minus(line).isAtLeast(columns), space.isNot(0)), () => {
        s.store(space, NEWLINE, { bytes: 1 });
        line.set(space.plus(1));
        space.set(0);
      });
    });
  });
}
