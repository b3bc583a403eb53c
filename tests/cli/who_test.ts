import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Holder } from "../../inspect/holder.ts";
import type { Witness } from "../../cli/who/ending.ts";
import { type Holding, holdingOf } from "../../cli/who/holding.ts";
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import { parseStat } from "../../inspect/stat.ts";
import { parseStatus, type Status } from "../../inspect/status.ts";
import { shellWord } from "../../ffi/shell_word.ts";
import { HOLD, inode, start, WAIT } from "../inspect/start.ts";
import { requires } from "../requires.ts";
import { MARK, marked } from "../support/leftovers.ts";
import { AS_USER, shell } from "../support/nido.ts";
import { NEST, nido, UNSAFE } from "./run_nido.ts";

function readStat(pid: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/stat`);
  } catch {
    return "";
  }
}

const nestable = { userNamespaces: true, programs: ["unshare"] };

const TERM = 1n << 14n;

/** What /proc tells of a process; what is not said is that of a shell that waits. */
const statusOf = (pid: number, more: Partial<Status> = {}): Status => ({
  ...parseStatus(`Name:\tprog\nPid:\t${pid}\nPPid:\t60\nThreads:\t1\nState:\tS\n`)!,
  ...more,
});

const SEEN: readonly Status[] = [
  statusOf(1),
  statusOf(5),
  statusOf(60),
  statusOf(11, { nspid: [11, 1] }),
  statusOf(12, { nspid: [12, 1], sigCgt: TERM }),
  statusOf(13, { nspid: [13, 1], sigCgt: TERM, sigBlk: TERM }),
  statusOf(20, { sigIgn: TERM }),
  statusOf(21, { state: "T" }),
  statusOf(22, { sigBlk: TERM, threads: 4 }),
  statusOf(66, { state: "Z" }),
  statusOf(67, { state: "Z", ppid: 11 }),
  statusOf(68, { state: "Z", ppid: 0 }),
  statusOf(69, { state: "Z", threads: 2 }),
];

const witness: Witness = {
  isRoot: true,
  status: (pid) => SEEN.find((one) => one.pid === pid),
  isKernelThread: (pid) => pid === 2,
};

const held = (holder: Holder, who = witness): Omit<Holding, "kind"> => {
  const { kind, ...rest } = holdingOf(holder, who, false);
  assertEquals(kind, holder.kind);
  return rest;
};

const processHeld = (pid: number): string => {
  const { what, free, note } = held({ kind: "process", pid, link: "net" });
  return `${what}: ${free}${note ? ` (${note})` : ""}`;
};

Deno.test("holdingOf() gives for each holder the command that frees the namespace", () => {
  assertEquals(held({ kind: "process", pid: 5, link: "net" }), {
    what: "process 5 prog",
    free: "kill 5",
  });
  assertEquals(held({ kind: "thread", pid: 5, tid: 6, link: "net" }), {
    what: "thread 6 of 5 prog",
    free: "kill 5",
  });
  assertEquals(held({ kind: "for_children", pid: 5, tid: 5, link: "pid_for_children" }), {
    what: "next children of 5 prog",
    free: "kill 5",
  });
  assertEquals(held({ kind: "descriptor", pid: 5, fd: 7 }), {
    what: "fd 7 of 5 prog",
    free: "kill 5",
    note: "or let it close fd 7",
  });
  assertEquals(held({ kind: "socket", pid: 5, fd: 7, inode: 1 }), {
    what: "socket, fd 7 of 5 prog",
    free: "kill 5",
    note: "or let it close fd 7",
  });
  assertEquals(held({ kind: "child", type: "pid", ns: 99 }), {
    what: "its child pid:[99]",
    free: "nido who 'pid:[99]'",
  });
  assertEquals(held({ kind: "owned", type: "uts", ns: 99 }), {
    what: "it owns uts:[99]",
    free: "nido who 'uts:[99]'",
  });
});

Deno.test("holdingOf() knows what a plain kill does not end, and what nothing ends", () => {
  const init = "ends all others of its PID namespace";
  for (
    const [pid, said] of [
      [11, `process 11 prog (PID 1): kill -KILL 11 (${init})`],
      [12, `process 12 prog (PID 1): kill 12 (${init})`],
      [13, `process 13 prog (PID 1): kill -KILL 13 (${init})`],
      [20, "process 20 prog: kill -KILL 20"],
      [21, "process 21 prog: kill -KILL 21"],
      [22, "process 22 prog: kill 22"],
      [66, "process 66 prog (zombie): kill 60 (its parent must wait for it)"],
      [67, "process 67 prog (zombie): kill -KILL 11 (its parent must wait for it)"],
      [68, "process 68 prog (zombie): null (its parent must wait for it)"],
      [69, "process 69 prog: kill 69"],
      [99, "process 99 (ended): kill 99"],
    ] as const
  ) assertEquals(processHeld(pid), said);
  assertMatch(processHeld(1), /^process 1 prog.*: null \(PID 1 of this PID namespace/);
  assertMatch(processHeld(2), /: null \(a kernel thread/);
  assertEquals(held({ kind: "descriptor", pid: 1, fd: 7 }), {
    what: "fd 7 of 1 prog",
    free: null,
    note: "let it close fd 7",
  });
});

Deno.test("holdingOf() never tells to run a program of another mount namespace", () => {
  const mount = (here: boolean, path = "/run/netns/a", who = witness) =>
    held({ kind: "mount", path, pid: 5, mnt: 9, here }, who);
  assertEquals(mount(true).free, "umount /run/netns/a");
  assertEquals(mount(true, "/a b'c").free, "umount '/a b'\\''c'");
  assertEquals(mount(true, "/a", { ...witness, isRoot: false }).note, "as root");
  assertEquals(mount(false), {
    what: "mount /run/netns/a in mnt:[9]",
    free: "nido who 'mnt:[9]'",
    note: "it goes with that namespace",
  });
});

Deno.test("shellWord() is read back by a shell as it was", async () => {
  for (
    const text of [
      "/plain",
      "",
      "a b",
      "it's",
      '$HOME `x` "\\',
      "é→",
      "\x1b[31mab\n\x01f'\\",
      "\u202e\udcff0",
    ]
  ) {
    const word = shellWord(text);
    assertEquals(word.match(UNSAFE), null);
    const { bytes } = await shell(`printf %s ${word}`, [], { with: "bash" });
    const expected = await shell('printf %s "$1"', [text.replace("\udcff", "")], { with: "bash" });
    if (!text.includes("\udcff")) assertEquals(bytes, expected.bytes);
    else assertEquals([...bytes].filter((byte) => byte === 0xff).length, 1);
  }
});

Deno.test(
  "nido who finds the processes and children to come of a PID namespace",
  requires(nestable),
  async () => {
    await using started = await start([...NEST, ...WAIT]);
    const pid = started.childOf();
    const ns = inode(pid, "pid");
    for (const argument of [String(ns), `pid:[${ns}]`, `/proc/${pid}/ns/pid`]) {
      const { code, stdout } = await nido(["who", argument]);
      assertEquals(code, 0);
      assert(stdout.startsWith(`pid:[${ns}] in pid:[${inode("self", "pid")}],`), stdout);
      assertMatch(stdout, new RegExp(`\\n {2}process ${pid} sh \\(PID 1\\) +kill -KILL ${pid} `));
      assertMatch(
        stdout,
        new RegExp(`\\n {2}next children of ${started.pid} unshare +kill -KILL ${started.pid}\\n`),
      );
    }
  },
);

/** Whether a process with this mark is in the namespace, or its next children. */
function hasMarked(name: string, mark: string): boolean {
  const type = name.split(":")[0]!;
  return marked(mark).some((pid) =>
    [type, `${type}_for_children`].some((link) => {
      try {
        return Deno.readLinkSync(`/proc/${pid}/ns/${link}`) === name;
      } catch {
        return false; // It has ended, or there is no such link.
      }
    })
  );
}

/**
 * Does what `nido who` says of a namespace, and of those that it names, until it is gone.
 *
 * @param isThere Whether it is. If not, its number may be another's, whom nobody may kill.
 */
async function free(name: string, isThere: () => boolean, depth = 0): Promise<void> {
  for (let round = 0; round < 20; round++) {
    const { stdout, stderr } = await nido(["who", "--json", name]);
    if (!isThere()) return;
    // What holds it may be ending.
    const { holders } = stderr.includes(`no namespace ${name} is in sight`)
      ? { holders: [] }
      : JSON.parse(stdout).namespaces[0];
    for (const { free: command } of holders) {
      const other = command?.match(/^nido who '(.+)'$/)?.[1];
      if (other && depth < 3) await free(other, isThere, depth + 1);
      else await shell(`${command} 2>&1`, [], { with: "bash" });
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${name} is still there`);
}

/** A process that holds one more namespace, and ends in its own way. */
const HOLDERS: readonly (readonly [about: string, script: string, NamespaceType])[] = [
  ["PID 1, and children to come", WAIT[2]!, "pid"],
  ["PID 1, in another namespace", WAIT[2]!, "uts"],
  ["PID 1 that catches SIGTERM", `trap 'exit 0' TERM; ${WAIT[2]}`, "uts"],
  ["a process that ignores SIGTERM", `trap '' TERM; sh -c '${WAIT[2]}'`, "uts"],
  ["a process that is stopped", "sh -c 'echo ready; kill -STOP $$'; read x", "uts"],
  ["a process that has ended", "sh -c 'sleep 0.1 & echo ready; exec sleep 60'", "pid"],
  ["a mount namespace with a mount in it", `mount -t tmpfs tmpfs /mnt; ${WAIT[2]}`, "mnt"],
];

for (const [about, script, type] of HOLDERS) {
  Deno.test(
    `nido who: what it says frees a namespace of ${about}`,
    requires(nestable),
    async () => {
      const mark = `mark-${crypto.randomUUID()}`;
      await using started = await start(["env", `${MARK}=${mark}`, ...NEST, "sh", "-c", script]);
      const name = `${type}:[${inode(started.childOf(), type)}]`;
      assert(hasMarked(name, mark));
      await free(name, () => hasMarked(name, mark));
    },
  );
}

Deno.test(
  "nido who: what it says frees a namespace that is mounted in another mount namespace",
  requires({ root: true, programs: ["unshare"] }),
  async () => {
    // Programs in there are those of who is in there: it is a trap that tells when it is run.
    const trap = Deno.makeTempDirSync({ prefix: "nido-trap-" });
    try {
      Deno.chmodSync(trap, 0o777);
      Deno.writeTextFileSync(`${trap}/umount`, `#!/bin/sh\nid >${trap}/sprung\n`);
      Deno.chmodSync(`${trap}/umount`, 0o755);
      const hold = `mount -t tmpfs tmpfs /mnt && touch /mnt/uts &&
        unshare --uts=/mnt/uts true && readlink /proc/self/ns/mnt &&
        nsenter --uts=/mnt/uts readlink /proc/self/ns/uts &&
        mount --bind ${trap}/umount $(readlink -f $(command -v umount)) && ${WAIT[2]}`;
      const mark = `mark-${crypto.randomUUID()}`;
      const words = [...AS_USER, "env", `${MARK}=${mark}`, "unshare", "-Urm", "sh", "-c", hold];
      await using started = await start(words);
      const [mnt, uts] = started.said.trim().split("\n");
      const { stdout } = await nido(["who", uts!]);
      assertStringIncludes(stdout, `mount /mnt/uts in ${mnt}  nido who '${mnt}'`);
      assertEquals(stdout.match(/nsenter|umount/), null);
      assert(hasMarked(mnt!, mark));
      await free(uts!, () => hasMarked(mnt!, mark));
      assertEquals([...Deno.readDirSync(trap)].map(({ name }) => name), ["umount"]);
    } finally {
      Deno.removeSync(trap, { recursive: true });
    }
  },
);

Deno.test(
  "nido who gives no command where none frees: kernel threads, the machine's first namespaces",
  requires({ root: true }),
  async () => {
    const kernel = [...Deno.readDirSync("/proc")].map(({ name }) => name)
      .find((name) => /^\d+$/.test(name) && parseStat(readStat(name))?.kthread);
    const subjects = ["/proc/self/ns/user", ...(kernel === undefined ? [] : [kernel])];
    for (const subject of subjects) {
      const { stdout } = await nido(["who", "--json", subject]);
      for (const { holders, first, ns } of JSON.parse(stdout).namespaces) {
        if (subject !== kernel && !first) continue;
        assert(holders.length > 0);
        for (const { free } of holders) assertEquals(free, null, `${ns}`);
      }
    }
  },
);

Deno.test(
  "nido who of a process has all its namespaces, or the types asked for",
  requires(nestable),
  async () => {
    await using started = await start([...NEST, ...WAIT]);
    const pid = started.childOf();
    const { stdout } = await nido(["who", "--json", String(pid)]);
    const { namespaces } = JSON.parse(stdout);
    assertEquals(
      namespaces.map(({ type, ns }: { type: string; ns: number }) => `${type}:${ns}`),
      ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"].map((type) =>
        `${type}:${inode(pid, type)}`
      ),
    );
    const owned = namespaces.find(({ type }: { type: string }) => type === "user").holders
      .filter(({ kind }: { kind: string }) => kind === "owned").map(({ ns }: { ns: number }) => ns);
    assert(owned.includes(inode(pid, "uts")) && owned.includes(inode(pid, "pid")));
    const some = await nido(["who", "-t", "uts,mnt", String(pid)]);
    assertEquals(some.stdout.match(/^\w+:\[\d+\]/gm), [
      `uts:[${inode(pid, "uts")}]`,
      `mnt:[${inode(pid, "mnt")}]`,
    ]);
  },
);

Deno.test("nido who finds threads", requires({ root: true }), async () => {
  await using started = await start([...HOLD, "first"]);
  // Its first thread has left; the namespace that the others stayed in is the caller's.
  const { stdout } = await nido(["who", "--json", `uts:[${inode("self", "uts")}]`]);
  const [{ holders }] = JSON.parse(stdout).namespaces;
  const thread = holders.find((one: { kind: string; pid: number }) =>
    one.kind === "thread" && one.pid === started.pid
  );
  assertEquals(thread.what, `thread ${thread.tid} of ${started.pid} deno`);
});

Deno.test("nido who finds sockets", requires({ root: true }), async () => {
  await using started = await start([...HOLD, "socket"]);
  const { stdout } = await nido(["who", started.said.trim()]);
  assertMatch(
    stdout,
    new RegExp(`socket, fd \\d+ of ${started.pid} .*kill ${started.pid} +# or let it close fd`),
  );
});

Deno.test(
  "nido who finds bind mounts here and in other mount namespaces",
  requires({ root: true, programs: ["unshare", "nsenter"] }),
  async () => {
    const folder = Deno.makeTempDirSync();
    const path = `${folder}/it's \x1b[31m`;
    Deno.writeTextFileSync(path, "");
    try {
      await using holder = await start(["unshare", `--uts=${path}`, ...WAIT]);
      const ns = inode(holder.pid, "uts");
      await using elsewhere = await start(["unshare", "-m", ...WAIT]);
      const { stdout } = await nido(["who", path]);
      assert(stdout.startsWith(`uts:[${ns}] `), stdout);
      assertEquals(stdout.match(UNSAFE), null);
      const word = shellWord(path);
      assertStringIncludes(stdout, `umount ${word}\n`);
      const mnt = inode(elsewhere.pid, "mnt");
      assertStringIncludes(stdout, `nido who 'mnt:[${mnt}]'  # it goes with that namespace\n`);
    } finally {
      await shell('umount "$1"', [path]);
      Deno.removeSync(folder, { recursive: true });
    }
  },
);

Deno.test("nido who says of the machine's first namespaces that they live on", async () => {
  const { stdout } = await nido(["who", "/proc/self/ns/uts"]);
  assertEquals(stdout.includes("it always lives"), inode("self", "uts") < 0xf0000000);
});

Deno.test("nido who lists few of many processes", requires(nestable), async () => {
  const many = "for i in $(seq 20); do sleep 1000 & done; echo ready; read x";
  await using nest = await start([...NEST, "sh", "-c", many]);
  const listed = async (...words: string[]) => {
    const { stdout } = await nido(["who", ...words, `/proc/${nest.childOf()}/ns/uts`]);
    return [stdout.match(/\n {2}process /g)?.length, stdout.match(/and (\d+) more process/)?.[1]];
  };
  assertEquals(await listed(), [12, "10"]);
  assertEquals(await listed("--all"), [22, undefined]);
});

Deno.test("nido who says what an ordinary user may not see", async () => {
  const { stderr } = await nido(["who", "/proc/self/ns/net"], { under: AS_USER });
  assertMatch(
    stderr,
    /^nido who: \d+ process(es)? of other users could not be looked into; run as root/,
  );
});

Deno.test(
  "nido who tells root which capability it lacks, and others to be root",
  requires({ root: true, programs: ["setpriv"] }),
  async () => {
    const said = async (under: readonly string[]) =>
      (await nido(["who", "-t", "uts", String(Deno.pid)], { under })).stderr;
    assertMatch(
      await said(["setpriv", "--bounding-set=-sys_ptrace"]),
      /cannot be looked into; that takes CAP_SYS_PTRACE\n$/,
    );
    assertMatch(await said(AS_USER), /cannot be looked into; run as its user, or as root\n$/);
  },
);

Deno.test("nido who says what is wrong with its arguments", async () => {
  const file = Deno.makeTempFileSync();
  for (
    const [words, said] of [
      [[], "nido who: of what? Give a namespace, a path or a PID\n"],
      [["2147483"], "nido who: no process 2147483\n"],
      [
        ["net:[4294967295]"],
        "nido who: no namespace net:[4294967295] is in sight; nido lsns lists them\n",
      ],
      [["4294967295"], "nido who: no namespace 4294967295 is in sight"],
      [["/no/\x1b"], "nido who: cannot open '/no/\\x1b': No such file or directory; give a PID"],
      [[file], `nido who: '${file}' is no file of a namespace, and no mount point`],
      [["-t", "x", "1"], "nido who: unknown namespace type: x; there are cgroup"],
    ] as const
  ) {
    const { code, stdout, stderr } = await nido(["who", ...words]);
    assertEquals([code, stdout], [1, ""]);
    assert(stderr.startsWith(said), stderr);
  }
  Deno.removeSync(file);
  assertStringIncludes((await nido(["who", "--help"])).stdout, "the command that frees");
});
