/** Launchers: each does a load and then runs a program, of which `argv` begins with the path. */
import type { LaunchingCommand } from "../cli/spec_reader.ts";
import { unshare as command } from "../cli/unshare.ts";
import { frozenBytes } from "../launch/freeze.ts";
import { Command } from "../mod.ts";
import { type Absent, type Contender, file, installed } from "./contender.ts";
import { hasProc, type Load } from "./load.ts";

/** A program and its arguments. */
export type Argv = readonly [string, ...string[]];

/** The namespaces of a load in the words of unshare(1) and nsenter(1). */
export function typeWords({ namespaces }: Load): string[] {
  return namespaces.map((type) => type === "mnt" ? "--mount" : `--${type}`);
}

/** A load in the words of unshare(1), which are nido's too. */
export function unshareWords(load: Load, argv: Argv): string[] {
  const proc = hasProc(load) ? ["--fork", "--mount-proc"] : [];
  return [...typeWords(load), "--map-root-user", ...proc, ...argv];
}

/** What `nido freeze` makes of a command's words, in a file of this path. */
export function frozen(
  path: string,
  command: LaunchingCommand,
  words: readonly string[],
): Contender {
  const spec = command.parse(words);
  if (typeof spec === "string") throw new TypeError(`${command.name} --${spec} launches nothing`);
  Deno.writeFileSync(path, frozenBytes(spec, Deno.build.arch), { mode: 0o755 });
  return file("frozen file", path);
}

/** A load in a frozen file. */
export function frozenLoad(path: string, load: Load, argv: Argv): Contender {
  return frozen(path, command, unshareWords(load, argv));
}

/** The library's own way. The program has a launcher that waits, as is its default. */
export function library(load: Load, [program, ...args]: Argv): Contender {
  const options = {
    args,
    namespaces: load.namespaces,
    mapRootUser: true,
    mountProc: hasProc(load),
  };
  return {
    label: "Command",
    command: (streams) => new Command(program, { ...options, ...streams }),
  };
}

/** unshare(1). */
export function unshare(load: Load, argv: Argv): Contender | Absent {
  return installed("unshare", unshareWords(load, argv));
}

/** bwrap(1); a bind of / is the least root that it takes, and it always has mounts of its own. */
export function bwrap(load: Load, argv: Argv): Contender | Absent {
  const types = load.namespaces.filter((type) => type !== "mnt").map((type) => `--unshare-${type}`);
  const proc = hasProc(load) ? ["--proc", "/proc"] : [];
  return installed("bwrap", [
    ...types,
    ...["--uid", "0", "--gid", "0", "--bind", "/", "/"],
    ...proc,
    ...argv,
  ]);
}
