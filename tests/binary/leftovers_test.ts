/** A launcher that is killed at any moment leaves no process, mount or file behind. */
import { assert, assertEquals } from "@std/assert";
import { requires } from "../requires.ts";
import { leavesNothing, MARK, marked, mounts } from "../support/leftovers.ts";
import { withFrozen } from "../support/frozen.ts";
import { isBinary, NIDO, start } from "../support/nido.ts";
import { until } from "../support/patience.ts";

/** What a killed launch wrote, once all that it started is gone. */
async function written(stdout: ReadableStream<Uint8Array>): Promise<string> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("A process outlived its launcher")), 20_000);
  try {
    return await Promise.race([new Response(stdout).text(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Starts a command, and kills this process and no other after some milliseconds. */
async function killAfter(
  ms: number,
  command: readonly string[],
  env: Record<string, string>,
): Promise<string> {
  const [program, ...args] = command;
  const child = new Deno.Command(program!, {
    args,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const end = performance.now() + ms;
  // Timers are not finer than a millisecond, and a busy processor delays what is started.
  if (ms > 5) await new Promise((go) => setTimeout(go, ms));
  while (performance.now() < end);
  child.kill("SIGKILL");
  await child.status;
  return await written(child.stdout);
}

/** How many launches were killed before their program ran, and how many after. */
interface Kills {
  readonly before: number;
  readonly after: number;
}

/**
 * Kills at moments spread over the whole launch, and looks what is left.
 *
 * @param clean Undoes what was asked to stay.
 */
async function killAtMoments(
  moments: number,
  command: readonly string[],
  clean = () => {},
): Promise<void> {
  const ms = await launchMs(command);
  clean();
  let [before, after] = [0, 0];
  // On a busy machine a launch may take longer than the one that was measured, or that has, and a short one
  // may be over before it is killed at once.
  for (let round = 0, times = 2; round < 10 && (before === 0 || after === 0); round++) {
    const kills = await killUntil(times * ms, moments, command, clean);
    if (kills.after === 0) times *= 2;
    if (kills.before === 0) times /= 2;
    before += kills.before;
    after += kills.after;
  }
  // Both kinds must be there, or the moments missed the launch.
  assert(before > 0 && after > 0, `${before} were killed before the program, ${after} after`);
}

function killUntil(
  upToMs: number,
  moments: number,
  command: readonly string[],
  clean: () => void,
): Promise<Kills> {
  return leavesNothing(async (env) => {
    let after = 0;
    for (let i = 0; i < moments; i++) {
      const text = await killAfter((i + Math.random()) * upToMs / moments, command, env);
      if (text.includes("began")) after++;
      clean();
    }
    // A helper that outlives its launcher may have done its work since.
    await until("the end of all", () => marked(env[MARK]!).length === 0);
    clean();
    return { before: moments - after, after };
  });
}

const PROGRAM = ["sh", "-c", "echo began; exec sleep 30"];

/** How long a launch takes. */
async function launchMs(command: readonly string[]): Promise<number> {
  const [program, ...args] = command;
  const start = performance.now();
  const child = new Deno.Command(program!, { args, stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const ms = performance.now() - start;
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  assert(value, "the launch failed");
  return ms;
}

const ALL = ["-Urpmuif", "--mount-proc", "--kill-child"];

Deno.test(
  "nido killed at any moment leaves nothing behind",
  requires({ userNamespaces: true }),
  async () => {
    for (const words of [ALL, ["-Ur"]]) {
      const command = [...NIDO, "unshare", ...words, ...PROGRAM];
      await killAtMoments(isBinary ? 15 : 8, command);
    }
  },
);

// The moments in which something could be left are few in a launch that is mostly Deno's start.
for (
  const [what, words] of [
    ["in all namespaces", ALL],
    ["without --fork", ["-Urm"]],
  ] as const
) {
  Deno.test(
    `a launch ${what}, killed at any of 40 moments, leaves nothing behind`,
    requires({ userNamespaces: true }),
    () =>
      withFrozen([...words, ...PROGRAM], async (image) => {
        await killAtMoments(40, [image]);
      }),
  );
}

Deno.test(
  "a launch with a helper that maps ranges, killed at any of 50 moments, leaves nothing behind",
  requires({ root: true }),
  () => {
    const ids = ["--map-users", "0:100000:9", "--map-groups", "0:100000:9", "-S", "0", "-G", "0"];
    return withFrozen([...ids, "-pm", "--kill-child", ...PROGRAM], async (image) => {
      await killAtMoments(50, [image]);
    });
  },
);

Deno.test(
  "a launch that binds its namespaces, killed at any of 40 moments, leaves nothing but those",
  requires({ root: true }),
  async () => {
    const folder = Deno.makeTempDirSync({ prefix: "nido-bound-" });
    const paths = ["uts", "ipc", "user"].map((type) => `${folder}/${type}`);
    for (const path of paths) Deno.writeTextFileSync(path, "");
    const clean = (): void => {
      for (const path of paths) {
        while (mounts().includes(` ${path} `)) {
          new Deno.Command("umount", { args: [path] }).outputSync();
        }
      }
    };
    const words = paths.map((path) => `--${path.slice(folder.length + 1)}=${path}`);
    try {
      await withFrozen([...words, "-r", "--kill-child", ...PROGRAM], async (image) => {
        await killAtMoments(40, [image], clean);
      });
    } finally {
      clean();
      Deno.removeSync(folder, { recursive: true });
    }
  },
);

// So short a moment that it has to be made longer: strace holds the child before its prctl(2).
Deno.test(
  "a program does not start if its waiter dies before the link to it is made",
  requires({ userNamespaces: true, programs: ["strace"] }),
  () =>
    withFrozen(["--kill-child", ...PROGRAM], async (image) => {
      const hold = ["-f", "-qq", "-e", "trace=prctl", "-e", "inject=prctl:delay_enter=300ms"];
      const strace = start(["strace", ...hold, "-o", "/dev/null", image]);
      const waiter = await childRunning(image, strace.child.pid);
      await childRunning(image, waiter);
      Deno.kill(waiter, "SIGKILL");
      assertEquals((await strace.outcome()).stdout, "");
    }),
);

/** Waits until a process has a child that runs this program. */
async function childRunning(program: string, pid: number): Promise<number> {
  while (true) {
    const children = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).match(/\d+/g) ?? [];
    const found = children.find((child) => {
      try {
        return Deno.readTextFileSync(`/proc/${child}/cmdline`).startsWith(program);
      } catch {
        return false; // It has ended.
      }
    });
    if (found !== undefined) return Number(found);
    await new Promise((go) => setTimeout(go, 5));
  }
}

Deno.test("a program that outlives its launcher would be found", () =>
  withFrozen(["--fork", "sh", "-c", "echo began; exec sleep 30"], async (image) => {
    const mark = `mark-${crypto.randomUUID()}`;
    const child = new Deno.Command(image, { env: { [MARK]: mark }, stdout: "piped" }).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    child.kill("SIGKILL");
    await child.status;
    // While it becomes sleep, its environment cannot be read.
    await until("without --kill-child it lives on", () => marked(mark).length === 1);
    for (const pid of marked(mark)) Deno.kill(Number(pid), "SIGKILL");
    await reader.cancel();
  }));
