/** The commands by name. Only the one that is used is loaded. */
import type { LaunchingCommand } from "./launching.ts";

const LAUNCHING: Readonly<Record<string, () => Promise<LaunchingCommand>>> = {
  unshare: async () => (await import("./unshare.ts")).unshare,
};

/** The names of all commands, with what they do. */
export const SUMMARIES: Readonly<Record<string, string>> = {
  unshare: "run a program in new namespaces, as unshare(1)",
  lsns: "list namespaces, as lsns(8)",
  tree: "draw the process tree with the borders of namespaces",
  pid: "explain a process: its PIDs, namespaces, id maps, capabilities",
  who: "tell what keeps a namespace alive, and what frees it",
  map: "draw the namespaces, who owns them and who is in them",
  explain: "print what a launching command would do, system call by system call",
};

/** Commands that util-linux has too: what they say of themselves begins with that name alone. */
const DROP_INS: ReadonlySet<string> = new Set(["unshare", "nsenter", "lsns"]);

/** What messages of a command begin with. */
export function spokenName(name: string): string {
  return DROP_INS.has(name) ? name : `nido ${name}`;
}

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
  if (name === "lsns") return (await import("./lsns.ts")).lsns(words);
  if (name === "tree") return (await import("./tree.ts")).tree(words);
  if (name === "pid") return (await import("./pid.ts")).pid(words);
  if (name === "who") return (await import("./who.ts")).who(words);
  if (name === "map") return (await import("./map.ts")).map(words);
  const [command, { launch }] = await Promise.all([
    launchingCommand(name),
    import("./launching.ts"),
  ]);
  return launch(command!, words);
}
