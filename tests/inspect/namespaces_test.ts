import { assert, assertArrayIncludes, assertEquals } from "@std/assert";
import { NAMESPACE_TYPES, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import { openNamespace } from "../../ffi/nsfs.ts";
import { close } from "../../ffi/fast_calls.ts";
import type { Holder } from "../../inspect/holder.ts";
import { holders } from "../../inspect/holders.ts";
import { listNamespaces } from "../../inspect/namespaces.ts";
import { processTree } from "../../inspect/process_tree.ts";
import { requires } from "../requires.ts";
import { until } from "../support/patience.ts";
import { HOLD, inode, start, WAIT } from "./start.ts";

const nestable = { userNamespaces: true, programs: ["unshare"] };
const AT_FDCWD = -100;

const find = (ns: number, options = {}) =>
  listNamespaces(options).namespaces.find((one) => one.ns === ns);

/** What holds a namespace, but for who looks at all that there are: each is open there for a moment. */
const held = (ns: number, pid = Deno.pid): Holder[] =>
  holders(ns).holders.filter((one) => one.kind !== "descriptor" || one.pid === pid);

/** Waits until a namespace that no process is in has gone. The kernel gives its number to the next one, in which one is. */
const gone = (type: NamespaceType, ns: number): Promise<void> =>
  until(`the end of ${type}:[${ns}]`, () => {
    const found = find(ns);
    return found?.type !== type || found.processes.length > 0;
  });

Deno.test("listNamespaces() has the caller's, each once, by inode", () => {
  const { namespaces } = listNamespaces();
  const inodes = namespaces.map(({ ns }) => ns);
  assertEquals(inodes, [...new Set(inodes)].sort((a, b) => a - b));
  for (const type of NAMESPACE_TYPES) {
    const own = namespaces.find(({ ns }) => ns === inode("self", type))!;
    assertEquals(own.type, type);
    assertArrayIncludes(own.processes.map(({ pid }) => pid), [Deno.pid]);
  }
});

Deno.test("listNamespaces() and processTree() do not mind processes that come and go", async () => {
  const forks = new Deno.Command("sh", {
    args: ["-c", "while read -r x </proc/self/stat; do (:) & (:); done"],
  });
  await using stack = new AsyncDisposableStack();
  for (let i = 0; i < 2; i++) {
    const child = forks.spawn();
    stack.defer(async () => {
      child.kill("SIGKILL");
      await child.status;
    });
  }
  for (let i = 0; i < 20; i++) {
    assert(listNamespaces().processes.some(({ pid }) => pid === Deno.pid));
    assert(processTree().length > 0);
  }
});

Deno.test("listNamespaces() looks only for the types it is asked for", () => {
  const { namespaces } = listNamespaces({ types: ["net", "time"] });
  assertEquals([...new Set(namespaces.map(({ type }) => type))].sort(), ["net", "time"]);
});

Deno.test("listNamespaces() counts what it may not read", requires({ root: false }), () => {
  assert(listNamespaces().unreadable > 0);
});

Deno.test(
  "listNamespaces() finds owners and parents that no process is in",
  requires(nestable),
  async () => {
    await using shell = await start([
      "unshare",
      "-Ur",
      "unshare",
      "-Ur",
      "unshare",
      "-Uru",
      ...WAIT,
    ]);
    const uts = find(inode(shell.pid, "uts"))!;
    assertEquals(uts.owner, inode(shell.pid, "user"));
    assertEquals(uts.makerUid, Deno.uid());
    const inner = find(uts.owner!)!;
    const ghost = find(inner.parent!)!;
    assertEquals([ghost.type, ghost.processes, ghost.path], ["user", [], undefined]);
    assertEquals(ghost.makerUid, Deno.uid());
    const outer = find(ghost.parent!)!;
    assertEquals(outer.parent, inode("self", "user"));
    assertEquals(held(ghost.ns), [{ kind: "child", type: "user", ns: inner.ns }]);
  },
);

Deno.test(
  "holders() has the processes, and what a user namespace owns",
  requires(nestable),
  async () => {
    await using shell = await start(["unshare", "-Uru", ...WAIT]);
    assertEquals(held(inode(shell.pid, "user")), [
      { kind: "process", pid: shell.pid, link: "user" },
      { kind: "owned", type: "uts", ns: inode(shell.pid, "uts") },
    ]);
    // How many cannot be read changes with what others do.
    const { unreadable: _, ...none } = holders(1);
    assertEquals<unknown>(none, { namespace: undefined, holders: [] });
  },
);

Deno.test(
  "holders() has the children to come, and child PID namespaces",
  requires(nestable),
  async () => {
    await using outer = await start(["unshare", "-Urpf", "unshare", "-pf", ...WAIT]);
    const middle = outer.childOf();
    const inner = outer.childOf(middle);
    const link = "pid_for_children";
    assertEquals(held(inode(middle, "pid")), [
      { kind: "process", pid: middle, link: "pid" },
      { kind: "for_children", pid: outer.pid, tid: outer.pid, link },
      { kind: "child", type: "pid", ns: inode(inner, "pid") },
    ]);
  },
);

Deno.test(
  "holders() has a descriptor when the last process has gone",
  requires(nestable),
  async () => {
    let fd: number;
    let ns: number;
    {
      await using shell = await start(["unshare", "-Uru", ...WAIT]);
      ns = inode(shell.pid, "uts");
      fd = openNamespace(`/proc/${shell.pid}/ns/uts`, AT_FDCWD);
    }
    try {
      assertEquals(held(ns), [{ kind: "descriptor", pid: Deno.pid, fd }]);
      const path = `/proc/${Deno.pid}/fd/${fd}`;
      await until("nobody else has it open", () => find(ns)!.path === path);
    } finally {
      close(fd);
    }
    await gone("uts", ns);
  },
);

Deno.test(
  "holders() has a descriptor that was opened by a bind mount, mounted still or not",
  requires({ root: true }),
  async () => {
    const mount = Deno.makeTempFileSync({ prefix: "nido-bound-" });
    const run = (...command: string[]): void => {
      const { success } = new Deno.Command(command[0]!, { args: command.slice(1) }).outputSync();
      assert(success, command.join(" "));
    };
    run("unshare", `--uts=${mount}`, "true");
    const ns = Deno.statSync(mount).ino!;
    const fd = openNamespace(mount, AT_FDCWD);
    try {
      const descriptor = { kind: "descriptor", pid: Deno.pid, fd } as const;
      assertEquals(held(ns).filter(({ kind }) => kind !== "mount"), [descriptor]);
      run("umount", "--lazy", mount);
      assertEquals(held(ns), [descriptor]);
    } finally {
      close(fd);
      Deno.removeSync(mount);
    }
    await gone("uts", ns);
  },
);

Deno.test(
  "holders() has threads that their process has left behind",
  requires({ root: true }),
  async () => {
    await using holder = await start(["unshare", "-u", ...HOLD, "first"]);
    const found = listNamespaces().namespaces.filter(({ processes, holders }) =>
      processes.length === 0 && holders.some((one) => "pid" in one && one.pid === holder.pid)
    );
    assertEquals(found.map(({ type }) => type), ["uts"]);
    const threads = held(found[0]!.ns, holder.pid);
    assert(threads.length > 1);
    for (const thread of threads) {
      assert(thread.kind === "thread" && thread.pid === holder.pid && thread.tid !== holder.pid);
      assertEquals(inode(`${holder.pid}/task/${thread.tid}`, "uts"), found[0]!.ns);
    }
  },
);

Deno.test(
  "holders() has a socket that was made in a network namespace",
  requires({ root: true }),
  async () => {
    await using holder = await start([...HOLD, "socket"]);
    const ns = Number(holder.said.match(/\d+/)![0]);
    const { namespace } = holders(ns);
    const all = held(ns, holder.pid);
    assertEquals(all.map(({ kind }) => kind), ["socket"]);
    assert(all[0]!.kind === "socket" && all[0]!.pid === holder.pid);
    const socket = Deno.readLinkSync(`/proc/${holder.pid}/fd/${all[0]!.fd}`);
    assertEquals(socket, `socket:[${all[0]!.inode}]`);
    assertEquals([namespace!.owner, namespace!.path], [inode("self", "user"), undefined]);
    assertEquals(find(ns, { types: ["net"], netnsid: true })!.netnsid, -1);
  },
);

Deno.test(
  "holders() has bind mounts of other mount namespaces, and the way to them",
  requires({ root: true, programs: ["unshare", "mount"] }),
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "nido-holders-" });
    try {
      const file = `${folder}/kept by\ta mount`;
      await Deno.writeTextFile(file, "");
      const keep =
        'unshare -u sh -c \'mount --bind /proc/self/ns/uts "$0"\' "$0"; echo ready; read x';
      await using shell = await start(["unshare", "-m", "sh", "-c", keep, file]);
      const mnt = inode(shell.pid, "mnt");
      const path = `/proc/${shell.pid}/root${file}`;
      const found = listNamespaces().namespaces.filter(({ mounts }) => mounts.includes(path));
      assertEquals(found.map(({ type, path }) => ({ type, path })), [{ type: "uts", path }]);
      assertEquals(found[0]!.owner, inode("self", "user"), "it could be opened");
      assertEquals(held(found[0]!.ns), [
        { kind: "mount", path: file, pid: shell.pid, mnt, here: false },
      ]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
