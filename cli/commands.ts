/** The commands by name. Only the one that is used is loaded. */
import type { LaunchingCommand } from "./launching.ts";

const LAUNCHING: Readonly<Record<string, () => Promise<LaunchingCommand>>> = {
  unshare: async () => (await import("./unshare.ts")).unshare,
};

/** The names of all commands, with what they do. */
export const SUMMARIES: Readonly<Record<string, string>> = {
  unshare: "run a program in new namespaces, as unshare(1)",
  explain: "print what a launching command would do, system call by system call",
};

/** Whether a command has this name. */
export function isCommand(name: string): boolean {
  return Object.hasOwn(SUMMARIES, name);
}

/** A command that launches a program. */
export async function launchingCommand(name: string): Promise<LaunchingCommand | undefined> {
  return await (Object.hasOwn(LAUNCHING, name) ? LAUNCHING[name]!() : undefined);
}

/** Runs a command and gives its exit status. */
export async function runCommand(name: string, words: readonly string[]): Promise<number> {
  if (name === "explain") return (await import("./explain.ts")).explain(words);
  const command = await launchingCommand(name);
  return (await import("./launching.ts")).launch(command!, words);
}
