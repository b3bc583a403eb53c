/** Real containers: runc, podman and systemd-nspawn start a static busybox in a root of its own. */
import { parseMountinfo } from "../../inspect/mountinfo.ts";
import { start, type Started } from "../inspect/start.ts";
import { exists, lacksOf, type Needs } from "../requires.ts";
import { type Outcome, run } from "./nido.ts";
import { PATIENCE_MS, until } from "./patience.ts";
import { type Skip, skipFor } from "./skip.ts";

/** Engines that tests start. */
export type TestEngine = "runc" | "podman" | "systemd-nspawn";

/** A container that waits until it is disposed of. */
export interface Box extends AsyncDisposable {
  /** The process that waits in it, as the caller numbers it. */
  readonly pid: number;
  readonly folder: string;
  /** Runs a program in it, as the container's engine does: `uid` is also its group's. */
  exec(uid: number, words: readonly string[]): Promise<Outcome>;
}

/** podman makes it, and leaves it. */
const LOCKS = "/dev/shm/libpod_lock";

/** What containers are called: cgroups are the whole machine's. */
export const NAME = `nido-test-${Deno.pid}`;

/** What systemd-nspawn leaves of a container where it is killed: mounted or not. */
const LEFT = ["propagate", "unix-export"].map((kind) => `/run/systemd/nspawn/${kind}/${NAME}`);
const WAIT = ["/bin/sh", "-c", "echo ready; exec cat"];

function makeRoot(folder: string): void {
  for (const name of ["bin", "dev", "etc", "proc", "run", "sys", "tmp", "usr"]) {
    Deno.mkdirSync(`${folder}/root/${name}`, { recursive: true });
  }
  Deno.copyFileSync("/bin/busybox", `${folder}/root/bin/busybox`);
  for (const name of ["sh", "cat"]) Deno.symlinkSync("busybox", `${folder}/root/bin/${name}`);
  Deno.writeTextFileSync(`${folder}/root/etc/os-release`, "ID=test\n");
}

/** The OCI configuration that `runc spec` gives, without a terminal and with limits that may stay as they are. */
function makeBundle(folder: string): void {
  new Deno.Command("runc", { args: ["spec"], cwd: folder }).outputSync();
  const path = `${folder}/config.json`;
  const config = JSON.parse(Deno.readTextFileSync(path));
  Object.assign(config.process, { terminal: false, args: WAIT, rlimits: [] });
  config.root.path = `${folder}/root`;
  Deno.writeTextFileSync(path, JSON.stringify(config));
}

/** An engine, and where it keeps what it knows of containers. */
function engineWords(engine: TestEngine, folder: string): string[] {
  if (engine === "systemd-nspawn") return [engine];
  if (engine === "runc") return ["runc", "--root", "/run/runc"];
  const how = ["--runtime=runc", "--cgroup-manager=cgroupfs", "--events-backend=none"];
  return ["podman", "--root", `${folder}/store`, "--runroot", `${folder}/run`, ...how];
}

function wordsFor(engine: TestEngine, folder: string): string[] {
  const words = engineWords(engine, folder);
  if (engine === "runc") return [...words, "run", "-b", folder, NAME];
  if (engine === "podman") {
    const options = ["--rm", "-i", "--name", NAME, "--network=none", "--rootfs", `${folder}/root`];
    // More than what this process may have is refused where nobody may raise limits.
    const limits = ["--ulimit=nofile=256:256", "--ulimit=nproc=256:256"];
    return [...words, "run", ...limits, ...options, ...WAIT];
  }
  const how = ["-q", "--register=no", "--keep-unit", "--pipe", `--machine=${NAME}`];
  return [...words, ...how, "-D", `${folder}/root`, ...WAIT];
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

/** Removes a folder with all that is mounted in it: podman's conmon may still be at work there. */
async function removed(folder: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    for (const { mountPoint } of parseMountinfo(Deno.readTextFileSync("/proc/self/mountinfo"))) {
      if (!mountPoint.startsWith(`${folder}/`)) continue;
      new Deno.Command("umount", { args: ["-l", mountPoint], stderr: "null" }).outputSync();
    }
    try {
      Deno.removeSync(folder, { recursive: true });
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Starts a container. @throws {Error} where the engine cannot. */
export async function startBox(engine: TestEngine): Promise<Box> {
  const folder = Deno.makeTempDirSync({ prefix: "nido-box-" });
  const hadLocks = exists(LOCKS);
  let started: Started | undefined;
  const end = async (): Promise<void> => {
    await started?.[Symbol.asyncDispose]();
    const remove = engine === "podman" ? ["rm", "-f", "-t", "0", NAME] : ["delete", "-f", NAME];
    if (engine !== "systemd-nspawn") await run([...engineWords(engine, folder), ...remove]);
    await removed(folder);
    for (const path of LEFT.filter(exists)) {
      new Deno.Command("umount", { args: ["-l", path], stderr: "null" }).outputSync();
      Deno.removeSync(path, { recursive: true });
    }
    if (!hadLocks && exists(LOCKS)) Deno.removeSync(LOCKS);
  };
  try {
    makeRoot(folder);
    if (engine === "runc") makeBundle(folder);
    const quiet = ["sh", "-c", 'log=$1; shift; exec "$@" 2>"$log"', "sh", `${folder}/log`];
    started = await start([...quiet, ...wordsFor(engine, folder)]);
    return {
      pid: await settled(folder),
      folder,
      exec: (uid, words) =>
        run([...engineWords(engine, folder), "exec", "--user", `${uid}:${uid}`, NAME, ...words]),
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
  const runtime = engine === "podman" ? ["runc"] : [];
  const lacks = [
    ...lacksOf({ ...needs, root: true, programs: [engine, ...runtime, "busybox"] }),
  ];
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
