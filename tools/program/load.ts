/**
 * The short way to a launch: a script, and for each command V8's code cache of what that runs of it, so
 * that V8 need not compile it.
 */
import { Script } from "node:vm";

/** The commands that go it: those that launch a program. */
export const SHORT = ["unshare", "nsenter"] as const;

/** The name of such a command. */
export type Short = typeof SHORT[number];

/** Whether a command is one of them. */
export function isShort(name: string): name is Short {
  return (SHORT as readonly string[]).includes(name);
}

/** What the script fills in: see launch.ts. */
export interface Program {
  /** Becomes the program. Returns where there is something to say instead. */
  launch(name: Short, words: readonly string[]): void;
  /** Does all that most launches by a command do, but become the program. */
  warmUp(name: Short): void;
}

/** Loads the script. V8 does without a cache that is not of this very script, V8 and its flags. */
export function load(
  source: string,
  cachedData?: Uint8Array,
): { script: Script; program: Program } {
  const script = new Script(source, cachedData ? { cachedData } : {});
  const program = {} as Program;
  script.runInThisContext()(program);
  return { script, program };
}
