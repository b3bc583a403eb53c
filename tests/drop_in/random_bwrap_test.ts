// Random options of bwrap, good and bad: each launch ends in time, with the program's status, or with 1 and why it was
// refused, and leaves no process and no mount behind. A bubblewrap 0.13.1 that NIDO_BWRAP names must do the same.

import { assert, assertEquals, assertGreater } from "@std/assert";
import { exists } from "@std/fs";
import { decode } from "../../ffi/bytes.ts";
import { withoutNoise } from "../readers/observer.ts";
import { randomFrom } from "../readers/random_words.ts";
import { requires } from "../requires.ts";
import { BWRAPS } from "../support/bwraps.ts";
import { marked } from "../support/leftovers.ts";
import { AS_USER, USER_ID } from "../support/nido.ts";
import { until } from "../support/patience.ts";
import { differenceOf, isCompared, type Outcome } from "./random_bwrap_compare.ts";
import { DESCRIPTORS, lineFrom, PROGRAM, STATUS } from "./random_bwrap_lines.ts";

/** Lines of each kind. */
const COUNT = Number(Deno.env.get("NIDO_LINES") ?? 60);
const SEED = Number(Deno.env.get("NIDO_SEED") ?? 1);
const MOST_FAILURES = Number(Deno.env.get("NIDO_FAILURES") ?? 5);
/** Bubblewrap itself. */
const BUBBLEWRAP = Deno.env.get("NIDO_BWRAP");
const SECONDS = 10;

/** In the environment of all that is launched here. */
const MARK = `NIDO_RANDOM=${Deno.pid}\0`;

const MOUNTS = "/proc/self/mountinfo";

const OWN = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"]
  .map((type) => Deno.readLinkSync(`/proc/self/ns/${type}`));

/** What a program has written to a file. */
const written = (path: string): string => withoutNoise(decode(Deno.readFileSync(path)), OWN);

/** The files and directories of a place. */
async function filesOf(place: string): Promise<string> {
  const script = "ls -lanR --time-style=+ && exec head -c 4096 f info d/*";
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script], cwd: place }).output();
  return decode(stdout);
}

/** What a line's processes are known by. */
const left = (): string[] => marked(MARK);

/** Ends what bubblewrap has left. */
const killLeft = (): Promise<void> =>
  until("the end of all processes", () => {
    const pids = left();
    for (const pid of pids) {
      try {
        Deno.kill(Number(pid), "SIGKILL");
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
    return pids.length === 0;
  }, 20);

/** Who starts bwrap, and by which words. */
interface Who {
  readonly who: string;
  readonly uid: number;
  readonly starter: readonly string[];
}

const USER: Who = { who: "user", uid: Deno.uid() || USER_ID, starter: AS_USER };
/** In IPC namespaces of their own, as files in a mqueue are queues of the machine else. */
const ROOT: Who = { who: "root", uid: 0, starter: ["unshare", "--ipc"] };

/** Runs a line in a place that is made for it. */
async function run(
  file: string,
  { starter, uid }: Who,
  line: readonly string[],
  folder: string,
): Promise<Outcome> {
  const place = `${folder}/place`;
  for (const name of ["", "/d", "/work"]) Deno.mkdirSync(place + name);
  for (const name of ["/f", "/d/g"]) Deno.writeTextFileSync(place + name, "content\n");
  for (const name of ["", "/d", "/work", "/f"]) Deno.chownSync(place + name, uid, uid);
  // Files: whoever were left would keep a pipe open.
  const script = `exec "$@" ${DESCRIPTORS} >../stdout 2>../stderr`;
  const bash = [...starter, "bash", "-c", script, "bash", file, ...line, ...PROGRAM];
  try {
    const { code } = await new Deno.Command("timeout", {
      args: ["-s", "KILL", `${SECONDS}`, ...bash],
      env: { PATH: "/usr/bin:/bin", LC_ALL: "C", NIDO_RANDOM: `${Deno.pid}` },
      clearEnv: true,
      cwd: place,
      stdin: "null",
    }).output();
    const [stdout, stderr] = [written(`${folder}/stdout`), written(`${folder}/stderr`)];
    return { code, stdout, stderr, files: await filesOf(place) };
  } finally {
    // An overlay leaves a directory that nobody may read.
    if (await exists(`${place}/work/work`)) Deno.chmodSync(`${place}/work/work`, 0o700);
    Deno.removeSync(place, { recursive: true });
  }
}

for (const as of Deno.uid() === 0 ? [ROOT, USER] : [USER]) {
  for (const isBad of [false, true]) {
    Deno.test(
      `as ${as.who}: random ${isBad ? "bad" : "good"} options of bwrap end well`,
      requires({ userNamespaces: true, programs: ["bash", "timeout"] }),
      async () => {
        const folder = Deno.makeTempDirSync({ prefix: "nido-random-" });
        Deno.chmodSync(folder, 0o755);
        Deno.chownSync(folder, as.uid, as.uid);
        const random = randomFrom(SEED + (isBad ? 1 : 0));
        const counts = { done: 0, refused: 0, compared: 0 };
        const failures: string[] = [];
        try {
          const file = BWRAPS[0]!.put(folder);
          const mounts = Deno.readTextFileSync(MOUNTS);
          const { mode } = Deno.lstatSync("/proc");
          for (let i = 0; i < COUNT && failures.length < MOST_FAILURES; i++) {
            const line = lineFrom(random, isBad);
            const told = JSON.stringify(line.map((word) => word.slice(0, 80)));
            try {
              const own = await run(file, as, line, folder);
              // Who was killed goes a moment later.
              await until("the end of all processes", () => left().length === 0, 20);
              const isShown = own.code === 0 && /--(help|version)/.test(line.join(" "));
              assert(
                isShown || own.code === STATUS || own.code === 1,
                `${own.code}: ${own.stderr}`,
              );
              if (own.code === 1) assert(/^(<3>)?bwrap: ./m.test(own.stderr), own.stderr);
              counts[own.code === 1 ? "refused" : "done"]++;
              if (BUBBLEWRAP && isCompared(line)) {
                counts.compared++;
                const theirs = await run(BUBBLEWRAP, as, line, folder);
                await killLeft();
                const wrong = differenceOf(own, theirs, line);
                assert(wrong.length === 0, wrong.join("\n"));
              }
            } catch (error) {
              failures.push(`line ${i} ${told}: ${error}`);
            }
          }
          assert(failures.length === 0, failures.join("\n\n"));
          assertEquals(Deno.readTextFileSync(MOUNTS), mounts);
          assertEquals(Deno.lstatSync("/proc").mode, mode);
          assertGreater(counts.refused, COUNT / 20);
          assertGreater(counts.done, COUNT / (isBad ? 20 : 2));
          console.log(`${as.who}: ${JSON.stringify(counts)}`);
        } finally {
          Deno.removeSync(folder, { recursive: true });
        }
      },
    );
  }
}
