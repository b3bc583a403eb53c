/**
 * A shell as first process of a PID namespace that it is not in itself: its first command is PID 1, and
 * once that has ended the kernel starts no other.
 *
 * @see pid_namespaces(7)
 */
import { TIOCGWINSZ, WINSIZE_BYTES, WS_COL } from "../../ffi/abi/ioctl.ts";
import { decode } from "../../ffi/bytes.ts";
import type { Builder } from "../../engine/builder.ts";
import { all, not, type When } from "../../engine/condition.ts";
import { NEWLINE, SPACE } from "../../engine/file.ts";
import { POINTER_BYTES } from "../../engine/operand.ts";
import { eachRow } from "../../engine/table.ts";
import { Expression, type Place, type Value, type Variable } from "../../engine/value.ts";
import type { Start } from "../context.ts";
import { isParameter, knownOf } from "../parameter.ts";
import type { OpenSpec } from "../spec.ts";
import { isJoining } from "../join/asked.ts";
import { baseName } from "./shell.ts";

const STDERR = 2;

/** Without a script or a command such a shell is one that somebody types into. */
const SHELLS = ["sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "fish", "tcsh", "csh"];
const OPTIONS = ["-i", "-l", "-il", "-li", "--login", "--norc", "--noprofile"];

/** Says so beforehand, if a person sees it. */
export function warnOfTrap(start: Start): void {
  const { s, spec, starter, request } = start;
  if (!starter.warns) return;
  const mayBe = all(
    not(isJoining(start)),
    request.includes(spec.namespaces, "pid"),
    not(request.isGiven(spec.fork)),
  );
  s.if(mayBe, () => s.if(isTypedInto(start), () => warn(s, spec.name)));
}

function warn(s: Builder, name: string): void {
  const text =
    `${name}: hint: without --fork only this shell's first command gets a PID (it is PID 1 there); ` +
    'once it has ended, every further one fails with "Cannot allocate memory"\n';
  s.block(({ leave }) => {
    const size = s.memory("size", WINSIZE_BYTES);
    const question = "would a person see a warning, and how broad is it?";
    s.call("ioctl", [STDERR, TIOCGWINSZ, size], question, { fails: leave });
    const lines = s.memory("hint", text.length);
    s.variable("end of hint", new Expression("copy", [lines, text, text.length]));
    wrap(s, [lines, lines.at(text.length)], new Expression("load16", [size, WS_COL]));
    s.call("write", [STDERR, lines, text.length], "say that one command is all", {
      fails: "ignored",
    });
  });
}

/** Breaks a text at words, into lines of so many columns; 0 is any number. */
function wrap(s: Builder, [start, end]: readonly [Place, Place], width: Value): void {
  const columns = s.variable("columns", width);
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

/** Whether the program is such a shell. */
function isTypedInto({ s, spec, request }: Start): When {
  const { program, argv } = spec;
  if (!isParameter(argv)) return isKnownShell(program, argv);
  const is = s.variable("is a shell", 1);
  s.if(request.isGiven(program), () => {
    const at = s.variable("words", request.value(argv) as Variable);
    const base = baseName(s, at.word());
    s.if(base.byte().is("-".charCodeAt(0)), () => base.advance());
    is.set(isOneOf(s, base, SHELLS));
    s.loop(({ leave }) => {
      at.advance(POINTER_BYTES);
      s.if(at.word().is(0), leave);
      const word = s.variable("word", at.word());
      const isOption = isOneOf(s, word, OPTIONS);
      s.if(isOption.is(0), () => {
        is.set(0);
        leave();
      });
    });
  });
  return is.is(1);
}

function isKnownShell(program: OpenSpec["program"], argv: OpenSpec["argv"]): boolean {
  if (program === undefined) return true;
  const words = knownOf(argv).map((word) => {
    if (typeof word === "string") return word;
    return isParameter(word) ? "" : decode(word);
  });
  const [name = "", ...options] = words;
  const base = name.slice(name.lastIndexOf("/") + 1).replace(/^-/, "");
  return SHELLS.includes(base) && options.every((word) => OPTIONS.includes(word));
}

/** 1 if the C string at an address is one of some, else 0. */
function isOneOf(s: Builder, at: Variable, words: readonly string[]): Variable {
  const is = s.variable("is one", 0);
  const rows = words.map((word) => ({ word: `${word}\0`, length: word.length + 1 }));
  eachRow(s, ["word", "length"], rows, (row, { leave }) => {
    s.if(at.isSame(row.get("word"), row.get("length")), () => {
      is.set(1);
      leave();
    });
  });
  return is;
}
