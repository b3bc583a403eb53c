/** Who is measured: nido, and the programs that do the same work. */
import { freeze } from "../launch/freeze.ts";
import type { LaunchSpec } from "../launch/spec.ts";
import { COMPILE } from "../tools/build.ts";
import { copyRuntime, findRuntime } from "../tools/runtime.ts";
import type { Contender } from "./measure.ts";

const ROOT = decodeURI(new URL("..", import.meta.url).pathname).replace(/\/$/, "");

const isFile = (path: string): boolean => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
};

/** The path of an installed program. */
export function find(name: string): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter(Boolean);
  // Users' PATH often lacks the folder of runc.
  return [...folders, "/usr/sbin"].map((folder) => `${folder}/${name}`).find(isFile);
}

/** A launch frozen into an executable file in `folder`. */
export function frozen(folder: string, argv: readonly [string, ...string[]]): Contender {
  const spec: LaunchSpec = {
    name: "unshare",
    program: argv[0],
    argv,
    namespaces: ["user", "pid", "mnt", "uts", "ipc"],
    mapUser: 0,
    mapGroup: 0,
    fork: true,
    mountProc: "/proc",
  };
  const path = `${folder}/image-${argv[0].replaceAll("/", "-")}`;
  Deno.writeFileSync(path, freeze(spec, Deno.build.arch), { mode: 0o755 });
  return { label: "nido image", path, args: [] };
}

/** unshare(1) doing what the image does. */
export function unshare(argv: readonly string[]): Contender {
  const options = ["-Urpfui", "--mount-proc"];
  return { label: "unshare", path: find("unshare") ?? "", args: [...options, ...argv] };
}

/** bwrap(1) doing what the image does; a bind of / is the least root it takes. */
export function bwrap(argv: readonly string[]): Contender {
  const types = ["user", "pid", "uts", "ipc"].map((type) => `--unshare-${type}`);
  const mounts = ["--bind", "/", "/", "--proc", "/proc"];
  return { label: "bwrap", path: find("bwrap") ?? "", args: [...types, ...mounts, ...argv] };
}

/** runc(8) with the least bundle that can run `program` of this machine. */
export function runc(folder: string, program: string): Contender {
  const bundle = `${folder}/bundle`;
  Deno.mkdirSync(`${bundle}/rootfs`, { recursive: true });
  const shared = ["/usr", "/bin", "/lib", "/lib64"].filter((path) => {
    try {
      return Deno.statSync(path).isDirectory;
    } catch {
      return false;
    }
  });
  const config = {
    ociVersion: "1.0.2",
    process: { user: { uid: 0, gid: 0 }, args: [program], cwd: "/", env: ["PATH=/usr/bin:/bin"] },
    root: { path: "rootfs" },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      ...shared.map((path) => ({
        destination: path,
        type: "bind",
        source: Deno.realPathSync(path),
        options: ["rbind", "ro"],
      })),
    ],
    linux: { namespaces: ["pid", "mount", "uts", "ipc"].map((type) => ({ type })) },
  };
  Deno.writeTextFileSync(`${bundle}/config.json`, JSON.stringify(config));
  const args = ["--root", `${folder}/runc`, "run", "--bundle", bundle, `nido-bench-${Deno.pid}`];
  return { label: "runc run", path: find("runc") ?? "", args };
}

/**
 * A copy of the binary that `./dev build` writes. {@linkcode empty} is a copy in `folder` too: when
 * and how a file was written decides in how large pieces Linux has it in memory, and that can be
 * 2 ms at the start of a program of 85 MB.
 */
export function binary(folder: string, ...words: readonly string[]): Contender {
  const [built, path] = [`${ROOT}/dist/nido`, `${folder}/nido`];
  if (isFile(built) && !isFile(path)) Deno.copyFileSync(built, path);
  return { label: `nido ${words[0]}`, path: isFile(path) ? path : "", args: words };
}

/** lsns(8). */
export function lsns(): Contender {
  return { label: "lsns", path: find("lsns") ?? "", args: [] };
}

/** An empty program, compiled into `folder` as tools/build.ts compiles nido. */
export async function empty(folder: string): Promise<Contender> {
  const runtime = await findRuntime(`${ROOT}/.deno`);
  const denort = `${folder}/denort`;
  await copyRuntime(runtime, denort);
  const [source, compiled, path] = [`${folder}/empty.js`, `${folder}/compiled`, `${folder}/empty`];
  await Deno.writeTextFile(source, "");
  const { success, stderr } = await new Deno.Command(runtime.deno, {
    args: [...COMPILE, "--no-config", `--output=${compiled}`, source],
    cwd: folder,
    env: { DENO_NO_PACKAGE_JSON: "1", DENORT_BIN: denort },
  }).output();
  if (!success) {
    throw new Error(`Cannot compile an empty program: ${new TextDecoder().decode(stderr)}`);
  }
  await Deno.copyFile(compiled, path);
  return { label: "empty program", path, args: [] };
}
