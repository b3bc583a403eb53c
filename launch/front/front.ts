/**
 * The front of the binary: a command line that makes a launch is one without Deno. All else is left to
 * Deno, which starts as if there was no front.
 */
import { POINTER_BYTES } from "../../engine/operand.ts";
import { Builder } from "../../engine/builder.ts";
import { fromConstants } from "../../engine/constants.ts";
import { any, not } from "../../engine/condition.ts";
import { failureSteps } from "../../engine/failure_steps.ts";
import type { FrontEnd } from "../../engine/failure.ts";
import type { Plan } from "../../engine/plan.ts";
import type { Variable } from "../../engine/value.ts";
import { launchSteps } from "../compile.ts";
import { findInEnviron, inheritedEnviron } from "../program/environment.ts";
import { baseName } from "../program/shell.ts";
import { openSpec, readCommand } from "../request/command.ts";
import type { OpenCommand } from "../request/spec.ts";
import { leaveToDeno } from "./leave.ts";
import type { Behind } from "./loader.ts";

/** What the first image of the front makes, and what stands behind it. */
export interface Fronted {
  readonly commands: readonly OpenCommand[];
  /** Names of all commands: by them the program may be called, too. */
  readonly names: readonly string[];
  /** Names of commands that the images behind it make, in the order of these. */
  readonly others: readonly string[];
  /** In whose words failures are said. */
  readonly front: FrontEnd;
  readonly behind: Behind;
}

/** The plan of the first image. */
export function frontPlan({ commands, names, others, front, behind }: Fronted): Plan {
  const s = new Builder("main");
  const leave = (): void => {
    s.subroutine("leave to Deno", { parameters: [] }, () => leaveToDeno(s, behind))({});
  };
  const goOn = (command: Variable): void =>
    others.forEach((name, i) =>
      s.if(command.begins(`${name}\0`), () => s.enter(fromConstants(behind.next[i]!)))
    );
  const { command, words } = findWords(s, commands, names, { goOn, leave });
  const ends = { tell: leave, refuse: leave };
  const choices = commands.map((one) => ({
    command: one,
    isTyped: command.begins(`${one.name}\0`),
  }));
  launchSteps(s, openSpec(...commands), {
    front,
    isLarge: true,
    warns: true,
    isFile: true,
    part: behind.image,
    behind: behind.mapped,
    request: (s) => ({ ...readCommand(s, choices, ends, words), command }),
  });
  failureSteps(s);
  return { ...s.plan("nido"), speaker: [{ string: command }], front };
}

/** The command that is typed, as a C string, and where its words are. */
interface Typed {
  readonly command: Variable;
  readonly words: Variable;
}

/** Finds what is typed: `nido COMMAND …`, or `COMMAND …` by a link. */
function findWords(
  s: Builder,
  commands: readonly OpenCommand[],
  names: readonly string[],
  { goOn, leave }: { goOn(command: Variable): void; leave(): void },
): Typed {
  const [argc, first] = [s.stack.word(), s.stack.plus(POINTER_BYTES)];
  s.if(argc.is(0), leave);
  const off = findInEnviron(s, inheritedEnviron(s), "NIDO_FRONT");
  s.if(off.isNot(0), () => s.if(off.begins("NIDO_FRONT=0\0"), leave));
  const isOne = (at: Variable, of: readonly string[]) =>
    any(...of.map((name) => at.begins(`${name}\0`)));
  const own = commands.map(({ name }) => name);
  const words = s.variable("words of the command", first.plus(POINTER_BYTES));
  const command = s.variable("command", baseName(s, first.word())).said();
  s.if(not(isOne(command, own)), () => {
    goOn(command);
    s.if(isOne(command, names), leave);
    command.set(words.word());
    s.if(command.is(0), leave);
    goOn(command);
    s.if(not(isOne(command, own)), leave);
    words.advance(POINTER_BYTES);
  });
  return { command, words };
}
