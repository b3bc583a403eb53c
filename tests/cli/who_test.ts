import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Holder } from "../../inspect/holder.ts";
import { type Holding, holdingOf, type Witness } from "../../cli/who/holding.ts";
import { shellWord } from "../../cli/who/shell_word.ts";
import { HOLD, inode, start, WAIT } from "../inspect/start.ts";
import { requires } from "../requires.ts";
import { AS_USER, shell } from "../support/nido.ts";
import { NEST, nido, UNSAFE } from "./run_nido.ts";

const nestable = { userNamespaces: true, programs: ["unshare"] };

const witness: Witness = {
  name: () => "prog",
  zombieOf: (pid) => pid === 66 ? 60 : undefined,
  isInit: (pid) => pid === 11,
  hasOwnRoot: (pid) => pid === 70,
  needsUser: (pid) => pid === 80,
};

const held = (holder: Holder, type: "pid" | "net" | "user" = "net"): Omit<Holding, "kind"> => {
  const { kind, ...rest } = holdingOf(holder, type, witness, false);
  assertEquals(kind, holder.kind);
  return rest;
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
  assertEquals(held({ kind: "for_children", pid: 5, tid: 5, link: "pid_for_children" }, "pid"), {
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
  assertEquals(held({ kind: "child", type: "pid", ns: 99 }, "pid"), {
    what: "its child pid:[99]",
    free: "nido who 'pid:[99]'",
  });
  assertEquals(held({ kind: "owned", type: "uts", ns: 99 }, "user"), {
    what: "it owns uts:[99]",
    free: "nido who 'uts:[99]'",
  });
});

Deno.test("holdingOf() knows what a plain kill does not do", () => {
  // PID 1 gets no signal that it has no handler for, but SIGKILL.
  assertEquals(held({ kind: "process", pid: 11, link: "pid" }, "pid").free, "kill -KILL 11");
  assertEquals(held({ kind: "process", pid: 11, link: "net" }).free, "kill 11");
  assertEquals(held({ kind: "process", pid: 66, link: "pid" }, "pid"), {
    what: "process 66 prog (zombie)",
    free: "kill 60",
    note: "its parent must wait for it",
  });
});

Deno.test("holdingOf() enters other mount namespaces to unmount", () => {
  const mount = (pid: number, here = false, path = "/run/netns/a"): string =>
    held({ kind: "mount", path, pid, mnt: 9, here }).free;
  assertEquals(mount(0, true), "umount /run/netns/a");
  assertEquals(mount(5), "nsenter -t 5 -m umount /run/netns/a");
  assertEquals(mount(70), "nsenter -t 70 -m -r umount /run/netns/a");
  assertEquals(mount(80), "nsenter -t 80 -U --preserve-credentials -m umount /run/netns/a");
  assertEquals(mount(0, true, "/a b'c"), "umount '/a b'\\''c'");
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
        new RegExp(`\\n {2}next children of ${started.pid} unshare +kill ${started.pid}\\n`),
      );
    }
  },
);

Deno.test("nido who: what it says frees a namespace", requires(nestable), async () => {
  await using started = await start([...NEST, ...WAIT]);
  const ns = inode(started.childOf(), "pid");
  for (let round = 0; round < 5; round++) {
    const { stdout, stderr } = await nido(["who", "--json", `pid:[${ns}]`]);
    if (stderr.includes(`no namespace pid:[${ns}] is in sight`)) return;
    for (const { free } of JSON.parse(stdout).namespaces[0].holders) await shell(`${free} 2>&1`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("it is still there");
});

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
  assertEquals(thread.free, `kill ${started.pid}`);
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
      assertStringIncludes(stdout, `nsenter -t ${elsewhere.pid} -m umount ${word}\n`);
      const { code, stderr } = await shell(`nsenter -t ${elsewhere.pid} -m umount ${word}`, [], {
        with: "bash",
      });
      assertEquals([code, stderr], [0, ""]);
      assert(!(await nido(["who", path])).stdout.includes(`-t ${elsewhere.pid} `));
    } finally {
      await shell('umount "$1"', [path]);
      Deno.removeSync(folder, { recursive: true });
    }
  },
);

Deno.test("nido who says of the machine's first namespaces that they live on, and lists few of many", async () => {
  const { stdout } = await nido(["who", "/proc/self/ns/uts"]);
  const { stdout: all } = await nido(["who", "--all", "/proc/self/ns/uts"]);
  if (inode("self", "uts") < 0xf0000000) assertStringIncludes(stdout, "it always lives");
  assert((stdout.match(/\n {2}process /g)?.length ?? 0) <= 12);
  const hidden = Number(stdout.match(/and (\d+) more process/)?.[1] ?? 0);
  assertEquals(hidden > 0, (all.match(/\n {2}process /g)?.length ?? 0) > 12);
});

Deno.test("nido who says what an ordinary user may not see", async () => {
  const { stderr } = await nido(["who", "/proc/self/ns/net"], { under: AS_USER });
  assertMatch(
    stderr,
    /^nido who: \d+ process(es)? of other users could not be looked into; run as root/,
  );
});

Deno.test("nido who says what is wrong with its arguments", async () => {
  for (
    const [words, said] of [
      [[], "nido who: which namespace? Give an inode number, a path or a PID\n"],
      [["2147483"], "nido who: no process 2147483\n"],
      [
        ["net:[4294967295]"],
        "nido who: no namespace net:[4294967295] is in sight; nido lsns lists them\n",
      ],
      [["4294967295"], "nido who: no namespace 4294967295 is in sight"],
      [["/no/\x1b"], "nido who: cannot open '/no/\\x1b': No such file or directory; give a PID"],
      [["/etc/passwd"], "nido who: '/etc/passwd' is no file of a namespace\n"],
      [["/dev/null"], "nido who: '/dev/null' is no file of a namespace\n"],
      [["-t", "x", "1"], "nido who: unknown namespace type 'x'"],
    ] as const
  ) {
    const { code, stdout, stderr } = await nido(["who", ...words]);
    assertEquals([code, stdout], [1, ""]);
    assert(stderr.startsWith(said), stderr);
  }
  assertStringIncludes((await nido(["who", "--help"])).stdout, "the command that frees");
});
