/**
 * The front of the binary: a command line that makes a launch is one without Deno. All else is left to
 * Deno, which starts as if there was no front.
 */
import { POINTER_BYTES } from "../../engine/operand.ts";
import { Builder } from "../../engine/builder.ts";
import { any, not } from "../../engine/condition.ts";
import { failureSteps } from "../../engine/failure/steps.ts";
import { type FrontEnd, words as said } from "../../engine/failure.ts";
import type { Plan } from "../../engine/plan.ts";
import { PAGE_BYTES } from "../../engine/rest.ts";
import type { Variable } from "../../engine/value.ts";
import { launchSteps } from "../compile.ts";
import { ownEnds } from "../open.ts";
import { findInEnviron, inheritedEnviron } from "../program/environment.ts";
import { baseName } from "../program/shell.ts";
import { type BeforeEnd, type CommandEnds, readCommand } from "../request/command.ts";
import { openSpec } from "../request/open_fields.ts";
import type { OpenCommand } from "../request/spec.ts";
import { explainsFor } from "../start/explained.ts";
import { leaveToDeno } from "./leave.ts";
import type { Behind } from "./loader.ts";

const STDOUT = 1;

/** What the front makes, and what stands behind it. */
export interface Fronted {
  /** Commands that speak alike, and in whose words. */
  readonly commands: readonly OpenCommand[];
  readonly front: FrontEnd;
  /** One command by several names, each of which speaks otherwise. */
  readonly exact: OpenCommand;
  readonly voices: readonly Voice[];
  /** Names of all commands: by them the program may be called, too. */
  readonly names: readonly string[];
  /** What --version prints. */
  readonly version: string;
  readonly behind: Behind;
  /** The image of stubPlan() for where this image is. */
  readonly stub: Uint8Array;
}

/** A name of a command, and how that speaks. */
export interface Voice {
  readonly name: string;
  /** What it is called in messages: at most 15 bytes. Default: its name. */
  readonly speaker?: string;
  readonly front: FrontEnd;
  /** What it tells about itself, as of ownEnds(). Default: Deno does, and refuses words for all. */
  readonly texts?: Readonly<Record<string, string>>;
}

/** The plan of the front. */
export function frontPlan(fronted: Fronted): Plan {
  const { commands, front, exact, voices, names, version, behind, stub } = fronted;
  const s = new Builder("main");
  const fronts = [front, ...voices.map((voice) => voice.front)];
  const explains = explainsFor(s, fronts);
  const leave = (): void => {
    s.subroutine("leave to Deno", { parameters: [] }, () => leaveToDeno(s, behind))({});
  };
  const own = [...commands, ...voices].map(({ name }) => name);
  const { command, words } = findWords(s, { own, names, version, leave });
  const choices = commands.map((one) => ({
    command: one,
    isTyped: command.begins(`${one.name}\0`),
  }));
  voices.forEach(({ name, speaker }, i) =>
    s.if(command.begins(`${name}\0`), () => {
      s.voice.set(i + 1);
      if (speaker !== undefined) command.set(speaker);
    })
  );
  const spoken = {
    command: exact,
    isTyped: s.voice.isNot(0),
    ends: voicesEnds(s, voices, { leave, explains }),
    speaker: command,
  };
  const { level } = launchSteps(s, openSpec(...commands, exact), {
    fronts,
    isLarge: true,
    warns: true,
    isFile: true,
    part: behind.image,
    stub,
    behind: behind.mapped,
    ownsSteps: behind.image.memory.pageBytes === PAGE_BYTES,
    request: (s, seen) => {
      const ends = { tell: leave, refuse: leave };
      const read = readCommand(s, [...choices, spoken], ends, () => seen(command), words);
      return { ...read, command };
    },
  });
  failureSteps(s, { explains, mayBeWhole: true, fronts: fronts.length });
  const speaker = said`${level ? { string: level } : ""}${{ string: command }}`;
  return { ...s.plan("nido"), speaker, fronts };
}

/**
 * What is done with words of a command that make no launch. Deno guesses what was meant, where a person
 * looks.
 */
function voicesEnds(
  s: Builder,
  voices: readonly Voice[],
  { leave, explains }: { leave(): void; explains: ReturnType<typeof explainsFor> },
): CommandEnds {
  const own = ownEnds(Object.assign({}, ...voices.map(({ texts }) => texts)));
  // Who reads the words again needs what descriptors have given.
  const leaveAgain = (before?: BeforeEnd): void => {
    s.subroutine("leave words to Deno", { parameters: [] }, () => {
      before?.renew();
      leave();
    })({});
  };
  return {
    tell(s, what, before) {
      const isDenos = voices.map(({ texts }, i) => texts === undefined && s.voice.is(i + 1));
      s.if(any(...isDenos), () => leaveAgain(before));
      own.tell(s, what, before);
    },
    refuse(s, failure, before) {
      s.subroutine("leave to Deno if a person looks", { parameters: [] }, () => {
        s.if(explains(s), () => leaveAgain(before));
      })({});
      own.refuse(s, failure, before);
    },
  };
}

/** The command that is typed, as a C string, and where its words are. */
interface Typed {
  readonly command: Variable;
  readonly words: Variable;
}

/** Prints the version, if that is all that is asked for. Where it cannot be printed, Deno says why. */
function tellVersion(
  s: Builder,
  words: Variable,
  { version, leave }: Pick<Names, "version" | "leave">,
): void {
  const word = s.variable("word", words.word());
  s.if(any(word.begins("--version\0"), word.begins("-V\0")), () => {
    s.if(words.word(POINTER_BYTES).isNot(0), leave);
    s.call("write", [STDOUT, version, version.length], "tell the version", { fails: leave });
    s.exit(0, "nothing was launched");
  });
}

/** The names by which it is asked for something. */
interface Names {
  /** The front's own. */
  readonly own: readonly string[];
  readonly names: readonly string[];
  readonly version: string;
  leave(): void;
}

/** Finds what is typed: `nido COMMAND …`, or `COMMAND …` by a link. */
function findWords(s: Builder, { own, names, version, leave }: Names): Typed {
  const [argc, first] = [s.stack.word(), s.stack.plus(POINTER_BYTES)];
  s.if(argc.is(0), leave);
  // Who has made a copy has looked.
  s.if(s.copied.is(0), () => {
    const off = findInEnviron(s, inheritedEnviron(s), "NIDO_FRONT");
    s.if(off.isNot(0), () => s.if(off.begins("NIDO_FRONT=0\0"), leave));
  });
  const isOne = (at: Variable, of: readonly string[]) =>
    any(...of.map((name) => at.begins(`${name}\0`)));
  const words = s.variable("words of the command", first.plus(POINTER_BYTES));
  const command = s.variable("command", baseName(s, first.word())).said();
  s.if(not(isOne(command, own)), () => {
    s.if(isOne(command, names), leave);
    command.set(words.word());
    s.if(command.is(0), leave);
    tellVersion(s, words, { version, leave });
    s.if(not(isOne(command, own)), leave);
    words.advance(POINTER_BYTES);
  });
  return { command, words };
}
