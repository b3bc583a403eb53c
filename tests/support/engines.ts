/** Real containers: engines start a static busybox in a root of its own. */
import { parseMountinfo } from "../../inspect/mountinfo.ts";
import { start, type Started } from "../inspect/start.ts";
import { exists, lacksOf, type Needs } from "../requires.ts";
import { NAME, type TestEngine, WAYS } from "./engine_ways.ts";
import { type Outcome, run } from "./nido.ts";
import { PATIENCE_MS, until } from "./patience.ts";
import { type Skip, skipFor } from "./skip.ts";

export { ENGINES, NAME, type TestEngine } from "./engine_ways.ts";

/** A container that waits until it is disposed of. */
export interface Box extends AsyncDisposable {
  /** The process that waits in it, as the caller numbers it. */
  readonly pid: number;
  readonly folder: string;
  /** Runs a program in it, as runc and podman do: `uid` is also its group's. */
  exec(uid: number, words: readonly string[]): Promise<Outcome>;
}

function makeRoot(folder: string): void {
  for (const name of ["bin", "dev", "etc", "proc", "run", "sys", "tmp", "usr"]) {
    Deno.mkdirSync(`${folder}/root/${name}`, { recursive: true });
  }
  Deno.copyFileSync("/bin/busybox", `${folder}/root/bin/busybox`);
  for (const name of ["sh", "cat"]) Deno.symlinkSync("busybox", `${folder}/root/bin/${name}`);
  Deno.writeTextFileSync(`${folder}/root/etc/os-release`, "ID=test\n");
  Deno.writeTextFileSync(`${folder}/root/bin/wait`, "#!/bin/sh\necho ready\nexec cat\n");
  Deno.chmodSync(`${folder}/root/bin/wait`, 0o755);
}

/** The process that is PID 1 of the container: the only one whose root that is. */
function initIn(folder: string): number | undefined {
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (Deno.readTextFileSync(`/proc/${name}/comm`) !== "cat\n") continue;
      const here = Deno.statSync(`/proc/${name}/root/bin/busybox`).ino;
      if (here === Deno.statSync(`${folder}/root/bin/busybox`).ino) return Number(name);
    } catch { /* ended, or another's */ }
  }
  return undefined;
}

/** In that time podman's conmon makes a folder again, if it is still at work there. */
const AGAIN_MS = 100;

/** Removes a folder with all that is mounted in it, until it stays away. */
async function removed(folder: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    for (const { mountPoint } of parseMountinfo(Deno.readTextFileSync("/proc/self/mountinfo"))) {
      if (!mountPoint.startsWith(`${folder}/`)) continue;
      new Deno.Command("umount", { args: ["-l", mountPoint], stderr: "null" }).outputSync();
    }
    try {
      Deno.removeSync(folder, { recursive: true });
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      if (!exists(folder)) return;
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Starts a container. @throws {Error} where the engine cannot. */
export async function startBox(engine: TestEngine): Promise<Box> {
  const way = WAYS[engine];
  const folder = Deno.makeTempDirSync({ prefix: "nido-box-" });
  let started: Started | undefined;
  const end = async (): Promise<void> => {
    await started?.[Symbol.asyncDispose]();
    await way.end?.(folder);
    await removed(folder);
    way.clear?.();
  };
  try {
    makeRoot(folder);
    way.prepare?.(folder);
    const quiet = ["sh", "-c", 'log=$1; shift; exec "$@" 2>"$log"', "sh", `${folder}/log`];
    started = await start([...quiet, ...way.words(folder)]);
    return {
      pid: await settled(folder),
      folder,
      exec: (uid, words) =>
        run([...way.engine!(folder), "exec", "--user", `${uid}:${uid}`, NAME, ...words]),
      [Symbol.asyncDispose]: end,
    };
  } catch {
    const log = Deno.readTextFileSync(`${folder}/log`).trimEnd().split("\n");
    await end();
    throw new Error(log.at(-1));
  }
}

/** The shell says that it is ready just before it becomes cat. */
async function settled(folder: string): Promise<number> {
  let pid: number | undefined;
  await until(`a process with its root in ${folder}`, () => {
    pid = initIn(folder);
    return pid !== undefined;
  });
  return pid!;
}

/** Options for a test that starts a container: what refuses it here is said. */
export async function requiresBox(engine: TestEngine, needs: Needs = {}): Promise<Skip> {
  const programs = [...WAYS[engine].programs, "busybox", ...(needs.programs ?? [])];
  const lacks = [...lacksOf({ ...needs, root: true, programs })];
  if (lacks.length > 0) return skipFor(lacks);
  try {
    await using _ = await startBox(engine);
    return skipFor([]);
  } catch (error) {
    // Cgroups, limits and mounts are this machine's.
    return skipFor([{
      what: `a ${engine} that starts here: ${(error as Error).message}`,
      forGood: true,
    }]);
  }
}
