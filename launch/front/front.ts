/**
 * The front of the binary: a command line that makes a launch is one without Deno. All else is left to
 * Deno, which starts as if there was no front.
 */
import { POINTER_BYTES } from "../../engine/operand.ts";
import { Builder } from "../../engine/builder.ts";
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

/** What the front makes, and what stands behind it. */
export interface Fronted {
  readonly command: OpenCommand;
  /** Names of all commands: by them the program may be called, too. */
  readonly names: readonly string[];
  /** In whose words failures are said. */
  readonly front: FrontEnd;
  readonly behind: Behind;
}

/** The plan of a front. */
export function frontPlan({ command, names, front, behind }: Fronted): Plan {
  const s = new Builder("main");
  const leave = (): void => {
    s.subroutine("leave to Deno", { parameters: [] }, () => leaveToDeno(s, behind))({});
  };
  const start = findWords(s, command.name, names, leave);
  const ends = { tell: leave, refuse: leave };
  launchSteps(s, openSpec(command), {
    front,
    isLarge: true,
    warns: true,
    request: (s) => readCommand(s, command, ends, start),
  });
  failureSteps(s);
  return { ...s.plan(command.name), front };
}

/** Finds where the words of a command are: `nido COMMAND …`, or `COMMAND …` by a link. */
function findWords(
  s: Builder,
  name: string,
  names: readonly string[],
  leave: () => void,
): Variable {
  const [argc, first] = [s.stack.word(), s.stack.plus(POINTER_BYTES)];
  s.if(argc.is(0), leave);
  const off = findInEnviron(s, inheritedEnviron(s), "NIDO_FRONT");
  s.if(off.isNot(0), () => s.if(off.begins("NIDO_FRONT=0\0"), leave));
  const words = s.variable("words of the command", first.plus(POINTER_BYTES));
  const base = baseName(s, first.word());
  s.if(not(base.begins(`${name}\0`)), () => {
    s.if(any(...names.map((other) => base.begins(`${other}\0`))), leave);
    const word = s.variable("first word", words.word());
    s.if(word.is(0), leave);
    s.if(not(word.begins(`${name}\0`)), leave);
    words.advance(POINTER_BYTES);
  });
  return words;
}
