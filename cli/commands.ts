/** The commands by name. Only the one that is used is loaded. */
import type { Command, Commands } from "./command.ts";
import type { Told } from "./getopt.ts";
import { frontOf, LAUNCHERS } from "./launchers.ts";

/** All commands, in the order in which help lists them. */
export const COMMANDS: Commands = {
  unshare: {
    does: "run a program in new namespaces, as unshare(1)",
    group: "Launching programs",
    launching: LAUNCHERS.unshare,
    manual: async () => (await import("./manual/unshare.ts")).manual,
  },
  nsenter: {
    does: "run a program in namespaces of other processes, as nsenter(1)",
    group: "Launching programs",
    launching: LAUNCHERS.nsenter,
    manual: async () => (await import("./manual/nsenter.ts")).manual,
  },
  run: {
    does: "run a program in a root of its own, made of what it is to see",
    group: "Launching programs",
    launching: LAUNCHERS.run,
    manual: async () => (await import("./manual/run.ts")).manual,
  },
  bwrap: {
    does: "the same with the messages and exit statuses of bwrap(1)",
    group: "Launching programs",
    launching: LAUNCHERS.bwrap,
    manual: async () => (await import("./manual/bwrap.ts")).manual,
  },
  enter: {
    does: "run a program in a container, found by its name",
    group: "Launching programs",
    run: async (words) => (await import("./enter.ts")).enter(words),
    manual: async () => (await import("./manual/enter.ts")).manual,
  },
  explain: {
    does: "print what launching would do, system call by system call",
    group: "Launching programs",
    run: async (...given) => await (await import("./explain.ts")).explain(...given),
    manual: async () => (await import("./manual/explain.ts")).manual,
  },
  freeze: {
    does: "write a small static program that launches",
    group: "Launching programs",
    run: async (...given) => await (await import("./freeze.ts")).freeze(...given),
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
    does: "tell what keeps a namespace alive or a mount busy, and what frees it",
    group: "Looking into namespaces",
    run: async (words) => (await import("./who.ts")).who(words),
    manual: async () => (await import("./manual/who.ts")).manual,
  },
  map: {
    does: "draw the namespaces, who owns them and who is in them",
    group: "Looking into namespaces",
    run: async (words) => await (await import("./map.ts")).map(words),
    manual: async () => (await import("./manual/map.ts")).manual,
  },
  ports: {
    does: "list what waits for connections, in every network namespace",
    group: "Looking into namespaces",
    run: async (words) => (await import("./ports.ts")).ports(words),
    manual: async () => (await import("./manual/ports.ts")).manual,
  },
  watch: {
    does: "print namespaces, processes and mounts as they come and go",
    group: "Looking into namespaces",
    run: async (words) => await (await import("./watch.ts")).watch(words),
    manual: async () => (await import("./manual/watch.ts")).manual,
  },
  doctor: {
    does: "try what works here, and say what refuses the rest",
    group: "Looking into namespaces",
    run: async (words) => await (await import("./doctor.ts")).doctor(words),
    manual: async () => (await import("./manual/doctor.ts")).manual,
  },
  learn: {
    does: "go through the kinds of namespaces by hand, in a shell, step by step",
    group: "About nido",
    run: async (words) => await (await import("./learn.ts")).learn(words),
    manual: async () => (await import("./manual/learn.ts")).manual,
  },
  help: {
    does: "tell about a command and its options",
    group: "About nido",
    run: async (...given) => await (await import("./help.ts")).help(...given),
    manual: async () => (await import("./manual/help.ts")).manual,
  },
  man: {
    does: "print the man page nido(1)",
    group: "About nido",
    run: async (...given) => await (await import("./man.ts")).man(...given),
    manual: async () => (await import("./manual/man.ts")).manual,
  },
  completions: {
    does: "print a shell's completions for nido",
    group: "About nido",
    run: async (...given) => await (await import("./completions.ts")).completions(...given),
    manual: async () => (await import("./manual/completions.ts")).manual,
  },
};

/** Whether a command has this name. */
export function isCommand(name: string): boolean {
  return Object.hasOwn(COMMANDS, name);
}

/** Runs a command and gives its exit status. */
export async function runCommand(name: string, words: readonly string[]): Promise<number> {
  const done = await perform(name, COMMANDS[name]!, words);
  return typeof done === "number" ? done : (await import("./help.ts")).tell(name, done, COMMANDS);
}

async function perform(
  name: string,
  { run, launching }: Command,
  words: readonly string[],
): Promise<number | Told> {
  if (run) return await run(words, COMMANDS);
  const [{ parse }, { OUTSIDE }] = await Promise.all([launching!(), import("./outside.ts")]);
  const parsed = parse(words, new Set(), OUTSIDE);
  if (typeof parsed === "string") return parsed;
  // What launches is most of nido: a typo does not wait for it.
  const [front, { start }] = await Promise.all([frontOf(name), import("./launching.ts")]);
  return start(parsed, front);
}
