/** What a person types: a shell to type into, and programs that show processes or end them. */
import { decode } from "../../ffi/bytes.ts";
import type { Builder } from "../../engine/builder.ts";
import { HYPHEN } from "../../engine/characters.ts";
import { any, type When } from "../../engine/condition.ts";
import { POINTER_BYTES } from "../../engine/operand.ts";
import { eachRow } from "../../engine/table.ts";
import type { Variable } from "../../engine/value.ts";
import { isParameter, knownOf } from "../parameter.ts";
import type { Asked } from "../request.ts";
import { baseName } from "./shell.ts";

/** Without a script or a command such a shell is one that somebody types into. */
const SHELLS = ["sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "fish", "tcsh", "csh"];
const OPTIONS = ["-i", "-l", "-il", "-li", "--login", "--norc", "--noprofile"];

/** What shows processes or ends them, by their PIDs or by what /proc has of them. */
const OF_PROCESSES = [
  ...["ps", "top", "htop", "pstree", "pgrep", "pidof", "lsof"],
  ...["kill", "pkill", "killall"],
];

/** Whether the program is a shell that somebody types into. */
export function isTypedInto({ s, spec, request }: Asked): When {
  const { program, argv } = spec;
  if (!isParameter(argv)) return isKnownShell(knownWords(spec));
  const is = s.variable("is a shell", 1);
  s.if(request.isGiven(program), () => {
    const at = s.variable("words", request.value(argv) as Variable);
    const base = baseName(s, at.word());
    s.if(base.byte().is(HYPHEN), () => base.advance());
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

/** Whether the program is such a shell, or shows processes or ends them. */
export function isAboutProcesses(asked: Asked): When {
  const { s, spec, request } = asked;
  const { program, argv } = spec;
  const isShell = isTypedInto(asked);
  if (!isParameter(argv)) {
    const [name] = knownWords(spec) ?? [];
    return any(isShell, name !== undefined && OF_PROCESSES.includes(knownBase(name)));
  }
  const is = s.variable("is about processes", 0);
  s.if(request.isGiven(program), () => {
    const words = request.value(argv) as Variable;
    is.set(isOneOf(s, baseName(s, words.word()), OF_PROCESSES));
  });
  return any(isShell, is.is(1));
}

/** The words of the program, those that are known; none of the default shell. */
function knownWords({ program, argv }: Asked["spec"]): readonly string[] | undefined {
  if (program === undefined) return undefined;
  return knownOf(argv).map((word) => {
    if (typeof word === "string") return word;
    return isParameter(word) ? "" : decode(word);
  });
}

const knownBase = (name: string): string => name.slice(name.lastIndexOf("/") + 1);

function isKnownShell(words: readonly string[] | undefined): boolean {
  if (words === undefined) return true;
  const [name = "", ...options] = words;
  const base = knownBase(name).replace(/^-/, "");
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
