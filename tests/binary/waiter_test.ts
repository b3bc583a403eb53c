/** What waits for the program is a small process that holds nothing. */
import { assert, assertEquals } from "@std/assert";
import { requires } from "../requires.ts";
import { isFronted, NIDO, type RunOptions, start } from "../support/nido.ts";
import { until } from "../support/patience.ts";

/** For one process, and for a waiter and a PID 1 together, which share pages. */
const [ROOM_KIB, ROOM_FOR_BOTH_KIB] = [32, 48];

/** The code of an instruction that ends a filter: SECCOMP_RET_ALLOW is 0x7fff0000. */
const BPF_RET = 6;

/** The file that it runs from. */
const FILE = isFronted ? NIDO[0]! : "/memfd:nido (deleted)";

/** What /proc shows of a waiter while its program runs. */
async function waiterOf(
  words: readonly string[],
  command: string = "unshare",
  options: RunOptions = {},
) {
  // Variables and arguments are on its stack.
  const clean = isFronted ? ["env", "-i", `PATH=${Deno.env.get("PATH")}`] : [];
  const job = start([
    ...clean,
    ...NIDO,
    command,
    ...words,
    "sh",
    "-c",
    "echo ready; exec sleep 20",
  ], options);
  try {
    await job.until("ready");
    const proc = `/proc/${job.child.pid}`;
    const read = (name: string, pid = job.child.pid): string =>
      Deno.readTextFileSync(`/proc/${pid}/${name}`);
    const childrenOf = (pid: number): number[] =>
      read(`task/${pid}/children`, pid).split(" ").filter(Boolean).map(Number);
    // The waiter, a PID 1 if there is one, the program.
    const pids = [job.child.pid];
    for (const pid of pids) pids.push(...childrenOf(pid));
    // Waiting for the program, or, where that is the program itself, asleep: no file of a loader is open.
    const isAtRest = (pid: number): boolean => /wait|nanosleep|read/.test(read("wchan", pid));
    await until("all of them wait", () => pids.every(isAtRest), 1);
    const pssOf = (pid: number): number =>
      Number(read("smaps_rollup", pid).match(/^Pss:\s+(\d+) kB$/m)?.[1]);
    return {
      comm: read("comm").trim(),
      cmdline: read("cmdline"),
      exe: Deno.readLinkSync(`${proc}/exe`),
      threads: read("status").match(/^Threads:\t(\d+)$/m)?.[1],
      // Pages of its file that others map, too, are theirs as well.
      pss: pssOf(job.child.pid),
      pssOfAll: pids.slice(0, -1).reduce((sum, pid) => sum + pssOf(pid), 0),
      waiters: pids.length - 1,
      maps: read("maps"),
      children: childrenOf(job.child.pid).length,
      fds: [...Deno.readDirSync(`${proc}/fd`)].map(({ name }) =>
        `${name} ${Deno.readLinkSync(`${proc}/fd/${name}`)}`
      ).sort(),
    };
  } finally {
    job.signalGroup("SIGKILL");
    await job.outcome();
  }
}

Deno.test("the waiter is called unshare, has one thread, and nothing of Deno was started in it", async () => {
  const waiter = await waiterOf(["--fork"]);
  assertEquals(waiter.comm, "unshare");
  assert(/(^|\0|\/)nido\0unshare\0--fork\0sh\0/.test(waiter.cmdline), waiter.cmdline);
  assertEquals(waiter.exe, FILE);
  assertEquals(waiter.threads, "1");
  const files = waiter.maps.match(/[^ \n]+( \(deleted\))?$/gm)?.filter((name) =>
    name.startsWith("/")
  );
  assertEquals([...new Set(files)], [FILE]);
  assert(!/ rwx/.test(waiter.maps), "no page is both writable and executable");
});

Deno.test(
  `the waiter keeps at most ${ROOM_KIB} KiB in memory`,
  requires({ userNamespaces: true }),
  async () => {
    for (const words of [["--fork"], ["--forward-signals"], ["--kill-child"]]) {
      const { pss } = await waiterOf(words);
      assert(pss > 0 && pss <= ROOM_KIB, `${words}: ${pss} KiB`);
    }
  },
);

Deno.test(
  `the waiter of many namespaces too keeps at most ${ROOM_KIB} KiB`,
  requires({ root: true }),
  async () => {
    const { pss } = await waiterOf([
      "-Urpmuif",
      "--mount-proc",
      "--kill-child",
      "--forward-signals",
    ]);
    assert(pss > 0 && pss <= ROOM_KIB, `${pss} KiB`);
  },
);

Deno.test(
  `the waiter of a root of its own and its PID 1 together keep at most ${ROOM_FOR_BOTH_KIB} KiB`,
  // Nobody else may look into it.
  requires({ root: true }),
  async () => {
    const words = ["--bind", "/", "/", "--unshare-pid", "--dev", "/dev"];
    // A filter that allows all: PID 1 sets it once it has given back what was read.
    const filter = Uint8Array.of(BPF_RET, 0, 0, 0, 0, 0, 0xff, 0x7f);
    for (const command of ["bwrap", "run"]) {
      for (const [more, options] of [[[]], [["--seccomp", "0"], { stdin: filter }]] as const) {
        const { waiters, pss, pssOfAll } = await waiterOf([...words, ...more], command, options);
        assertEquals(waiters, 2);
        assert(pss > 0 && pss <= ROOM_KIB, `${command} ${more}: ${pss} KiB`);
        assert(pssOfAll <= ROOM_FOR_BOTH_KIB, `${command} ${more}: ${pssOfAll} KiB`);
      }
    }
  },
);

Deno.test("the waiter has the descriptors it inherited, and a handle of itself with --kill-child", async () => {
  const plain = (await waiterOf([])).fds;
  const own = (fds: readonly string[]): string[] =>
    fds.map((line) => line.replace(/\[\d+\]/, "[]"));
  assertEquals(own((await waiterOf(["--fork"])).fds), own(plain));
  assertEquals(own((await waiterOf(["--forward-signals"])).fds), own(plain));
  const linked = own((await waiterOf(["--kill-child"])).fds);
  const more = linked.filter((line) => !own(plain).includes(line));
  assertEquals(more.map((line) => line.replace(/^\d+ /, "")), ["anon_inode:[pidfd]"]);
});

Deno.test("the waiter has one child: helpers are gone", requires({ root: true }), async () => {
  const { children } = await waiterOf([
    "--map-users",
    "0:100000:10",
    "--map-groups",
    "0:100000:10",
    "-f",
  ]);
  assertEquals(children, 1);
});
