/** The commands by name. Only the one that is used is loaded. */
import type { Info } from "./getopt.ts";
import type { LaunchingCommand } from "./launching.ts";
import type { Manual } from "./manual/manual.ts";

type Done = number | Info;

/** A command: one that launches a program, or one that does its work itself. */
export interface Command {
  /** What it does, in a line. */
  readonly does: string;
  readonly group: "Launching programs" | "Looking into namespaces" | "About nido";
  readonly launching?: () => Promise<LaunchingCommand>;
  readonly run?: (words: readonly string[]) => Promise<Done>;
  readonly manual: () => Promise<Manual>;
}

/** All commands, in the order in which help lists them. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  unshare: {
    does: "run a program in new namespaces, as unshare(1)",
    group: "Launching programs",
    launching: async () => (await import("./unshare.ts")).unshare,
    manual: async () => (await import("./manual/unshare.ts")).manual,
  },
  nsenter: {
    does: "run a program in namespaces of other processes, as nsenter(1)",
    group: "Launching programs",
    launching: async () => (await import("./nsenter.ts")).nsenter,
    manual: async () => (await import("./manual/nsenter.ts")).manual,
  },
  explain: {
    does: "print what launching would do, system call by system call",
    group: "Launching programs",
    run: async (words) => await (await import("./explain.ts")).explain(words),
    manual: async () => (await import("./manual/explain.ts")).manual,
  },
  freeze: {
    does: "write a small static program that launches",
    group: "Launching programs",
    run: async (words) => await (await import("./freeze.ts")).freeze(words),
    manual: async () => (await import("./manual/freeze.ts")).manual,
  },
  lsns: {
    does: "list namespaces, as lsns(8)",
    group: "Looking into namespaces",
    run: async (words) => (await import("./lsns.ts")).lsns(words),
    manual: async () => (await import("./manual/lsns.ts")).manual,
  },
  tree: {
    does: "draw the process tree with the borders of namespaces",
    group: "Looking into namespaces",
    run: async (words) => (await import("./tree.ts")).tree(words),
    manual: async () => (await import("./manual/tree.ts")).manual,
  },
  pid: {
    does: "explain a process: its PIDs, namespaces, id maps, capabilities",
    group: "Looking into namespaces",
    run: async (words) => (await import("./pid.ts")).pid(words),
    manual: async () => (await import("./manual/pid.ts")).manual,
  },
  who: {
    does: "tell what keeps a namespace alive, and what frees it",
    group: "Looking into namespaces",
    run: async (words) => (await import("./who.ts")).who(words),
    manual: async () => (await import("./manual/who.ts")).manual,
  },
  map: {
    does: "draw the namespaces, who owns them and who is in them",
    group: "Looking into namespaces",
    run: async (words) => (await import("./map.ts")).map(words),
    manual: async () => (await import("./manual/map.ts")).manual,
  },
  doctor: {
    does: "try what works here, and say what refuses the rest",
    group: "Looking into namespaces",
    run: async (words) => await (await import("./doctor.ts")).doctor(words),
    manual: async () => (await import("./manual/doctor.ts")).manual,
  },
  help: {
    does: "tell about a command and its options",
    group: "About nido",
    run: async (words) => await (await import("./help.ts")).help(words),
    manual: async () => (await import("./manual/help.ts")).manual,
  },
  man: {
    does: "print the man page nido(1)",
    group: "About nido",
    run: async (words) => await (await import("./man.ts")).man(words),
    manual: async () => (await import("./manual/man.ts")).manual,
  },
  completions: {
    does: "print a shell's completions for nido",
    group: "About nido",
    run: async (words) => await (await import("./completions.ts")).completions(words),
    manual: async () => (await import("./manual/completions.ts")).manual,
  },
};

/** Commands that util-linux has too: what they say of themselves begins with that name alone. */
export const DROP_INS: readonly string[] = ["unshare", "nsenter", "lsns"];

/** What messages of a command begin with. */
export function spokenName(name: string): string {
  return DROP_INS.includes(name) ? name : `nido ${name}`;
}

/** Whether a command has this name. */
export function isCommand(name: string): boolean {
  return Object.hasOwn(COMMANDS, name);
}

/** The names of the commands that launch a program. */
export function launchingNames(): string[] {
  return Object.keys(COMMANDS).filter((name) => COMMANDS[name]!.launching);
}

/** A command that launches a program. */
export async function launchingCommand(name: string): Promise<LaunchingCommand | undefined> {
  return isCommand(name) ? await COMMANDS[name]!.launching?.() : undefined;
}

/** Runs a command and gives its exit status. */
export async function runCommand(name: string, words: readonly string[]): Promise<number> {
  const done = await perform(COMMANDS[name]!, words);
  return typeof done === "number" ? done : (await import("./help.ts")).tell(name, done);
}

async function perform({ run, launching }: Command, words: readonly string[]): Promise<Done> {
  if (run) return await run(words);
  const [command, { launch }] = await Promise.all([launching!(), import("./launching.ts")]);
  return launch(command, words);
}
