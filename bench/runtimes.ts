/** crun(1) and runc(8), which launch what a bundle describes: a folder with a root and a config.json. */
import { type Absent, type Contender, find, installed } from "./contender.ts";
import type { Argv } from "./launchers.ts";
import { hasProc, type Load } from "./load.ts";

const NAMES: Readonly<Record<string, string>> = { mnt: "mount", net: "network" };

const isFolder = (path: string): boolean => {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
};

const bind = (path: string) => ({
  destination: path,
  type: "bind",
  source: Deno.realPathSync(path),
  options: ["rbind"],
});

/** The least with which a program of this machine runs. Neither can do without a mount namespace. */
function configOf(load: Load, args: Argv): object {
  const proc = { destination: "/proc", type: "proc", source: "proc" };
  const map = (hostID: number | null) => [{ containerID: 0, hostID, size: 1 }];
  return {
    ociVersion: "1.0.2",
    process: { user: { uid: 0, gid: 0 }, args, cwd: "/", env: ["PATH=/usr/bin:/bin"] },
    root: { path: "rootfs" },
    mounts: [
      ...["/usr", "/bin", "/lib", "/lib64"].filter(isFolder).map(bind),
      hasProc(load) ? proc : bind("/proc"),
    ],
    linux: {
      namespaces: [...new Set([...load.namespaces, "mnt"])]
        .map((type) => ({ type: NAMES[type] ?? type })),
      uidMappings: map(Deno.uid()),
      gidMappings: map(Deno.gid()),
    },
  };
}

/** The runtime of that name with a bundle for the load, which it keeps in this folder. */
export function runtime(
  name: "crun" | "runc",
  folder: string,
  load: Load,
  argv: Argv,
): Contender | Absent {
  if (!find(name)) return { label: name, problem: "not installed" };
  Deno.mkdirSync(`${folder}/rootfs/dev`, { recursive: true });
  Deno.writeTextFileSync(`${folder}/config.json`, JSON.stringify(configOf(load, argv)));
  // Others make no control group either; runc cannot be told.
  const options = name === "crun" ? ["--cgroup-manager=disabled"] : [];
  const run = ["run", "--bundle", folder, `nido-bench-${Deno.pid}`];
  return { ...installed(name, [...options, "--root", `${folder}/state`, ...run]), every: 5 };
}
