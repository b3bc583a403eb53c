/** The article on PID namespaces, step by step, with nido in place of unshare and nsenter. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { requires } from "../requires.ts";
import { AS_USER, nido, type Outcome, quote, run, shell, start } from "../support/nido.ts";

/** Who takes the walk, and what nido needs from them. */
interface Walker {
  readonly who: string;
  readonly as: readonly string[];
  /** In front of other options. */
  readonly user: string;
  /** The same to enter what was made so. */
  readonly enter: string;
  readonly needs: Parameters<typeof requires>[0];
}

const WALKERS: readonly Walker[] = [
  { who: "root", as: [], user: "", enter: "", needs: { root: true } },
  {
    who: "an ordinary user",
    as: AS_USER,
    user: "-Ur",
    enter: "--user",
    needs: { userNamespaces: true },
  },
];

/** The only child of a process. */
function childOf(pid: number): number {
  return Number(Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim());
}

/** The PIDs of a process in all its PID namespaces, the outermost first. */
function pidsOf(pid: number): number[] {
  const [, list] = Deno.readTextFileSync(`/proc/${pid}/status`).match(/^NSpid:\t(.*)$/m) ?? [];
  return list!.split("\t").map(Number);
}

for (const { who, as, user, enter, needs } of WALKERS) {
  const step = (name: string, take: () => Promise<void>, more: typeof needs = {}): void =>
    Deno.test(`the walkthrough as ${who}: ${name}`, requires({ ...needs, ...more }), take);
  const script = (line: string, ...args: string[]): Promise<Outcome> =>
    run([...as, "sh", "-c", line, "sh", ...args]);

  step("a program is PID 1 in a PID namespace that is not the caller's", async () => {
    const { stdout } = await script(
      `${nido} unshare ${user} --pid --fork sh -c 'echo $$; readlink /proc/self/ns/pid'`,
    );
    const [pid, namespace] = stdout.split("\n");
    assertEquals(pid, "1");
    assertMatch(namespace!, /^pid:\[\d+\]$/);
    assertNotEquals(namespace, Deno.readLinkSync("/proc/self/ns/pid"));
  });

  step(
    "without --fork the first command is PID 1, and with it the namespace ends: the second is refused",
    async () => {
      const { stdout, stderr, code } = await script(
        `${nido} unshare ${user} --pid bash -c 'sh -c "echo first has PID \\$\\$"; sh -c "echo second"; echo refused $?'`,
      );
      assertMatch(stdout, /^first has PID 1$/m);
      assertStringIncludes(stderr, "fork: Cannot allocate memory");
      assertEquals(stdout.includes("second"), false);
      assertEquals(code, 254, "bash gives up");
      const forked = await script(
        `${nido} unshare ${user} --pid --fork sh -c 'sh -c :; sh -c "echo second"'`,
      );
      assertEquals(forked.stdout, "second\n", "with --fork it is not");
    },
    { programs: ["bash"] },
  );

  step("a person at a terminal is told of that trap before", async () => {
    const typed = "sh -c 'echo first $((40 + 2))'\nsh -c :\nexit\n";
    const { stdout } = await run([
      ...as,
      "script",
      "-qec",
      `${nido} unshare ${user} --pid bash --norc`,
      "/dev/null",
    ], { stdin: typed });
    assertMatch(stdout, /unshare: hint: without --fork only this shell's first command gets a PID/);
    assertMatch(stdout, /fork: Cannot allocate memory/);
  }, { programs: ["bash", "script"] });

  step("ps shows the old processes until proc is mounted", async () => {
    const list = "ps -e -o pid= -o comm=";
    const before = await script(`${nido} unshare ${user} --pid --fork --mount ${list}`);
    assertMatch(
      before.stdout,
      new RegExp(`^ *${Deno.pid} `, "m"),
      "the tests are seen from inside",
    );
    const byHand = await script(
      `${nido} unshare ${user} --pid --fork --mount sh -c 'mount -t proc proc /proc && ${list}'`,
    );
    const names = byHand.stdout.trim().split("\n").map((line) => line.trim());
    assertEquals(names.length, 2, byHand.stdout);
    assertEquals(names[0], "1 sh");
    assertMatch(names[1]!, /^\d ps$/);
    const mounted = await script(`${nido} unshare ${user} --pid --fork --mount-proc ${list}`);
    assertEquals(mounted.stdout.trim(), "1 ps");
    assertStringIncludes(
      Deno.readTextFileSync("/proc/self/comm"),
      "deno",
      "outside /proc is what it was",
    );
  }, { programs: ["ps"] });

  step("a process two levels down has three PIDs, and its PID 1 is the third", async () => {
    const level = `${nido} unshare ${user} --pid --fork --mount-proc --kill-child`;
    const inner = quote([`${level} sh -c 'echo inside $$; exec sleep 20' & wait`]);
    const job = start([...as, "sh", "-c", `exec ${level} sh -c ${inner}`]);
    const ps = "ps -e -o pid= -o comm=";
    try {
      await job.until("inside 1\n");
      const first = childOf(job.child.pid);
      const second = childOf(childOf(first));
      const [outside, middle, inside, ...more] = pidsOf(second);
      assertEquals([outside, inside, more], [second, 1, []]);
      assert(middle! > 1, `in between it is no PID 1: ${middle}`);
      assertEquals(pidsOf(first), [first, 1], "the shell that has started it is, one level up");
      const nsenter = `${nido} nsenter ${enter}`;
      const above = await script(`${nsenter} --target ${first} --pid --mount ${ps}`);
      assertMatch(above.stdout, /^ *1 sh$/m, above.stderr);
      assertMatch(above.stdout, new RegExp(`^ *${middle} sleep$`, "m"), "its PID there");
      const entered = await script(`${nsenter} --target ${second} --pid --mount ${ps}`);
      assertMatch(entered.stdout, /^ *1 sleep\n *\d+ ps\n$/, entered.stderr);
      const all = await script(`${nsenter} --target ${second} --all ${ps}`);
      assertMatch(all.stdout, /^ *1 sleep\n *\d+ ps\n$/, "nothing has to be named");
      assertEquals(above.stderr + entered.stderr + all.stderr, "");
      const trap = await script(
        `${nsenter} --target ${job.child.pid} --pid readlink /proc/self/ns/pid`,
      );
      assertEquals(trap.stdout, `${Deno.readLinkSync(`/proc/${first}/ns/pid`)}\n`);
      assertMatch(
        trap.stderr,
        /pid_for_children/,
        "whose parent is not in it, but starts its children there",
      );
    } finally {
      job.signalGroup("SIGKILL");
      await job.outcome();
    }
  }, { programs: ["ps"] });

  step("a kill from inside finds nobody outside", async () => {
    const outside = start([...as, "sleep", "20"]);
    try {
      const pid = outside.child.pid;
      const { stdout, stderr } = await script(
        `${nido} unshare ${user} --pid --fork --mount-proc sh -c 'kill "$0"; echo $?; kill -0 $$ && echo alive' ${pid}`,
      );
      assertMatch(stderr, /No such process/);
      assertEquals(stdout, "1\nalive\n");
      Deno.kill(pid, "SIGCONT");
    } finally {
      outside.signalGroup("SIGKILL");
      await outside.outcome();
    }
  });
}

Deno.test(
  "the first line of the tour prints what it says",
  requires({ userNamespaces: true }),
  async () => {
    const line =
      `${nido} unshare --user --map-root-user --pid --fork --mount-proc sh -c 'echo pid=$$; set -- /proc/[0-9]*; echo procs=$#'`;
    assertEquals((await shell(line)).stdout, "pid=1\nprocs=1\n");
    assertEquals((await shell(line, [], { as: "user" })).stdout, "pid=1\nprocs=1\n");
  },
);
