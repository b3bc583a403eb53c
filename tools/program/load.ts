/**
 * The fast path of launching commands: one script, and for each command V8's code cache of the functions
 * that it runs, so that V8 need not compile them.
 */
import { Script } from "node:vm";

/** The commands with a fast path. */
export const SHORT = ["unshare", "nsenter"] as const;

/** The name of such a command. */
export type Short = typeof SHORT[number];

/** Whether a command is one of them. */
export function isShort(name: string): name is Short {
  return (SHORT as readonly string[]).includes(name);
}

/** The script's functions: see launch.ts. */
export interface Program {
  /** Becomes the program. Returns if there is something to print instead. */
  launch(name: Short, words: readonly string[]): void;
  /** Runs a typical launch up to the execution, to fill the code cache. */
  warmUp(name: Short): void;
}

/** Loads the script. V8 ignores a cache of another script, V8 or flags. */
export function load(
  source: string,
  cachedData?: Uint8Array,
): { script: Script; program: Program } {
  const script = new Script(source, cachedData ? { cachedData } : {});
  const program = {} as Program;
  script.runInThisContext()(program);
  return { script, program };
}
