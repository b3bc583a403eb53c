/** What a launch could leave behind: processes, mounts, files. */
import { assertEquals } from "@std/assert";
import { until } from "./patience.ts";

/** The environment variable by which processes of a launch are known. */
export const MARK = "NIDO_TEST_MARK";

/** The PIDs of live processes that have this mark in their environment or arguments. */
export function marked(mark: string): string[] {
  const has = (file: string): boolean => {
    try {
      return new TextDecoder().decode(Deno.readFileSync(file)).includes(mark);
    } catch {
      return false;
    }
  };
  return [...Deno.readDirSync("/proc")].map(({ name }) => name)
    .filter((name) => /^\d+$/.test(name) && name !== String(Deno.pid))
    .filter((pid) => has(`/proc/${pid}/environ`) || has(`/proc/${pid}/cmdline`));
}

/** Where temporary files of these tests are; tests that run at the same time may have another place. */
const TEMPORARY = Deno.env.get("TMPDIR") ?? "/tmp";

/** The mounts of this mount namespace, but for those of other tests that run at the same time. */
export function mounts(): string {
  return Deno.readTextFileSync("/proc/self/mountinfo").split("\n")
    .filter((line) => !line.includes("/nido-drop-in-"))
    .filter((line) => !line.includes("/nido-") || line.includes(` ${TEMPORARY}/`)).join("\n");
}

// Where TMPDIR is another, /tmp is full of what others do.
const FOLDERS = [TEMPORARY, "/var/tmp", "/dev/shm", "/run"];

/** mount(8) makes it. */
const OF_MOUNT = "/run/mount";

/** This user's files that nido could have made. Other tests have theirs, by their own names. */
function files(): string[] {
  return FOLDERS.flatMap((folder) => {
    try {
      return [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`);
    } catch {
      return [];
    }
  }).filter((path) =>
    !path.includes("nido-") && !path.includes("deno") && path !== OF_MOUNT && isOwn(path)
  ).sort();
}

/** Other users' files come and go as they like. */
function isOwn(path: string): boolean {
  try {
    return Deno.lstatSync(path).uid === Deno.uid();
  } catch {
    return false;
  }
}

/** Fails unless all that `launch` starts, mounts and writes is gone after it. */
export async function leavesNothing<T>(
  launch: (env: Record<string, string>) => Promise<T>,
): Promise<T> {
  const mark = `mark-${crypto.randomUUID()}`;
  const before = { mounts: mounts(), files: files() };
  try {
    const result = await launch({ [MARK]: mark });
    // Whoever dies with its launcher has got its signal, but may not be gone yet.
    await until("the end of all processes", () => marked(mark).length === 0, 20);
    assertEquals(mounts(), before.mounts);
    assertEquals(files(), before.files);
    return result;
  } finally {
    for (const pid of marked(mark)) Deno.kill(Number(pid), "SIGKILL");
  }
}
