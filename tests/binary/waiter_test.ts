/** What waits for the program is a small process that holds nothing. */
import { assert, assertEquals } from "@std/assert";
import { requires } from "../requires.ts";
import { isFronted, NIDO, start } from "../support/nido.ts";

const ROOM_KIB = 64;

/** The file that it runs from. */
const FILE = isFronted ? NIDO[0]! : "/memfd:nido (deleted)";

/** What /proc shows of a waiter while its program runs. */
async function waiterOf(words: readonly string[], command = "unshare") {
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
  ]);
  try {
    await job.until("ready");
    const proc = `/proc/${job.child.pid}`;
    const read = (name: string): string => Deno.readTextFileSync(`${proc}/${name}`);
    // Waiting for the program, or, where that is the program itself, asleep: no file of a loader is open.
    for (let tries = 0; tries < 1000 && !/wait|nanosleep/.test(read("wchan")); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const kib = (field: string): number =>
      Number(read("smaps_rollup").match(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m"))?.[1]);
    return {
      comm: read("comm").trim(),
      cmdline: read("cmdline"),
      exe: Deno.readLinkSync(`${proc}/exe`),
      threads: read("status").match(/^Threads:\t(\d+)$/m)?.[1],
      // Pages of its file that others map, too, are theirs as well.
      pss: kib("Pss"),
      maps: read("maps"),
      children: read(`task/${job.child.pid}/children`).trim().split(" ").length,
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
  `the waiter of a root of its own keeps at most ${ROOM_KIB} KiB`,
  // Nobody else may look into it.
  requires({ root: true }),
  async () => {
    const words = ["--bind", "/", "/", "--unshare-pid", "--dev", "/dev"];
    for (const command of ["bwrap", "run"]) {
      const { pss } = await waiterOf(words, command);
      assert(pss > 0 && pss <= ROOM_KIB, `${command}: ${pss} KiB`);
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
