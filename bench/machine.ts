/** The machine that is measured on, and what runs there. */
import { find } from "./contender.ts";
import { list, type Section } from "./markdown.ts";

const PROGRAMS = ["unshare", "bwrap", "crun", "runc"];

/** The first line of what a program says of its version. */
function versionOf(name: string): string {
  const path = find(name);
  if (!path) return `${name}: not installed`;
  const { stdout } = new Deno.Command(path, { args: ["--version"] }).outputSync();
  return new TextDecoder().decode(stdout).split("\n")[0]!;
}

/** How control groups are mounted, which is what decides whether crun runs. @see cgroups(7) */
function controlGroups(): string {
  const mounts = Deno.readTextFileSync("/proc/self/mountinfo").split("\n");
  const has = (type: string): boolean => mounts.some((line) => line.includes(` - ${type} `));
  if (has("cgroup")) return has("cgroup2") ? "hybrid" : "version 1";
  return has("cgroup2") ? "version 2" : "not mounted";
}

/** The section about it. */
export function machineSection(): Section {
  const cpu = Deno.readTextFileSync("/proc/cpuinfo").match(/^model name\s*:\s*(.*)$/m)?.[1];
  const memory = Deno.readTextFileSync("/proc/meminfo").match(/^MemTotal:\s*(\d+) kB$/m)?.[1];
  const user = Deno.uid() === 0 ? "root" : "an ordinary user";
  return {
    title: "Machine",
    blocks: [list([
      `${navigator.hardwareConcurrency} × ${cpu ?? "unknown processor"}, ${Deno.build.arch}, ` +
      `${(Number(memory) / 2 ** 20).toFixed(0)} GiB`,
      `Linux ${Deno.osRelease()}, control groups as mounted for this run: ${controlGroups()}`,
      `as ${user}, started by Deno ${Deno.version.deno}`,
      ...PROGRAMS.map(versionOf),
    ])],
  };
}
