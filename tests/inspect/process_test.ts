import { assert, assertEquals, assertThrows } from "@std/assert";
import { SyscallError } from "../../ffi/errors.ts";
import { NAMESPACE_LINKS } from "../../ffi/abi/namespaces.ts";
import { commandOf, idMaps, namespacesOf, pidsOf } from "../../inspect/process.ts";
import { ifReadable, readText } from "../../inspect/proc.ts";
import { linkTree, type ProcessNode, processTree } from "../../inspect/process_tree.ts";
import { fromByProc, inByProc, translatePid } from "../../inspect/translate.ts";
import { requires } from "../requires.ts";
import { inode, start, WAIT, ZOMBIE } from "./start.ts";

const NOBODY = 2 ** 31 - 2;
const NESTED = ["unshare", "-Urpf", "unshare", "-pf", ...WAIT];
/** Takes a name that may break lines and terminals. */
const HOSTILE = `printf 'a)\\n\\033[31m' >/proc/self/comm; echo ready; read x`;
const nestable = { userNamespaces: true, programs: ["unshare"] };

Deno.test("namespacesOf() is what the links of /proc/PID/ns say", () => {
  const expected = Object.fromEntries(NAMESPACE_LINKS.map((link) => [link, inode("self", link)]));
  assertEquals(namespacesOf(Deno.pid), expected);
});

Deno.test("namespacesOf() and pidsOf() throw where there is no such process", () => {
  for (const ask of [namespacesOf, pidsOf, idMaps, commandOf]) {
    const { code } = assertThrows(() => ask(NOBODY), SyscallError);
    assertEquals(code, "ENOENT", ask.name);
  }
});

Deno.test("a process that has ended is gone for every file of it, with whatever error", async () => {
  await using parent = await start(ZOMBIE);
  const zombie = Number(parent.said);
  while (!Deno.readTextFileSync(`/proc/${zombie}/stat`).includes(" Z "));
  // EINVAL, for one: without a mount namespace it has no mounts.
  assertEquals(ifReadable(() => readText(`${zombie}/mountinfo`)), undefined);
});

Deno.test("namespacesOf() says that the caller may not look", requires({ root: false }), () => {
  assertEquals(assertThrows(() => namespacesOf(1), SyscallError).code, "EACCES");
});

Deno.test(
  "namespacesOf() lacks pid_for_children until there is a first child",
  requires(nestable),
  async () => {
    await using shell = await start(["unshare", "-Urp", ...WAIT]);
    const inodes = namespacesOf(shell.pid);
    assertEquals(inodes.pid_for_children, undefined);
    assertEquals(inodes.pid, inode("self", "pid"));
    assertEquals(inodes.time_for_children, inode("self", "time"));
  },
);

Deno.test("idMaps() has the maps and whether setgroups is denied", requires(nestable), async () => {
  await using shell = await start(["unshare", "-Ur", ...WAIT]);
  const [uid, gid] = [Deno.uid()!, Deno.gid()!];
  assertEquals(idMaps(shell.pid), {
    uid: [{ inner: 0, outer: uid, count: 1 }],
    gid: [{ inner: 0, outer: gid, count: 1 }],
    setgroups: "deny",
  });
  await using unmapped = await start(["unshare", "-U", ...WAIT]);
  assertEquals(idMaps(unmapped.pid), { uid: [], gid: [], setgroups: "allow" });
});

Deno.test(
  "pidsOf() has the PID at every level, the caller's first",
  requires(nestable),
  async () => {
    await using outer = await start(NESTED);
    const middle = outer.childOf();
    const inner = outer.childOf(middle);
    assertEquals(pidsOf(outer.pid), [outer.pid]);
    assertEquals(pidsOf(middle), [middle, 1]);
    assertEquals(pidsOf(inner), [inner, 2, 1]);
  },
);

Deno.test(
  "translatePid() goes between any two levels, and NSpid lines say the same",
  requires(nestable),
  async () => {
    await using outer = await start(NESTED);
    const middle = outer.childOf();
    const inner = outer.childOf(middle);
    assertEquals(translatePid(inner, {}), inner);
    for (
      const [pid, to, expected] of [
        [inner, inner, 1],
        [inner, middle, 2],
        [inner, outer.pid, inner],
        [middle, middle, 1],
        [middle, inner, undefined],
        [outer.pid, middle, undefined],
        [NOBODY, inner, undefined],
      ] as const
    ) {
      assertEquals(translatePid(pid, { to }), expected, `${pid} as seen by ${to}`);
      assertEquals(inByProc(to, pid), expected, `${pid} as seen by ${to}, by NSpid`);
    }
    for (
      const [pid, from, expected] of [
        [1, inner, inner],
        [2, middle, inner],
        [1, middle, middle],
        [3, middle, undefined],
        [2, inner, undefined],
        [outer.pid, outer.pid, outer.pid],
      ] as const
    ) {
      assertEquals(translatePid(pid, { from }), expected, `${from}'s ${pid}`);
      assertEquals(fromByProc(from, pid), expected, `${from}'s ${pid}, by NSpid`);
    }
    assertEquals(translatePid(2, { from: middle, to: inner }), 1);
    assertThrows(() => translatePid(1, { from: NOBODY }), SyscallError);
  },
);

Deno.test(
  "processTree() has processes below their parents, with names as they are",
  requires(nestable),
  async () => {
    await using outer = await start([...NESTED.slice(0, -1), HOSTILE]);
    const [middle] = [outer.childOf()];
    const inner = outer.childOf(middle);
    const find = (nodes: readonly ProcessNode[], pid: number): ProcessNode | undefined =>
      nodes.find((node) => node.pid === pid) ??
        nodes.map(({ children }) => find(children, pid)).find((node) => node);
    const self = find(processTree(), Deno.pid)!;
    assertEquals(self.uid, Deno.uid());
    assert(self.threads > 1);
    const path = [self, find(self.children, outer.pid)!];
    for (const pid of [middle, inner]) {
      path.push(
        path.at(-1)!.children.find((one) => one.pid === pid)!,
      );
    }
    assertEquals(path.map(({ pids }) => pids.length), [1, 1, 2, 3]);
    assertEquals(path.at(-1)!.namespaces, namespacesOf(inner));
    assertEquals(path.at(-1)!.name, "a)\n\x1b[31m");
  },
);

Deno.test("linkTree() makes a tree of PIDs that were used again while they were read", () => {
  const node = (pid: number, ppid: number) => [pid, { pid, ppid, children: [] }] as const;
  // deno-lint-ignore no-explicit-any -- the rest of a node does not matter
  const nodes = new Map<number, any>([node(1, 0), node(5, 7), node(7, 5), node(9, 9), node(8, 1)]);
  const shape = (list: readonly ProcessNode[]): unknown =>
    list.map(({ pid, children }) => [pid, shape(children)]);
  const roots = linkTree(nodes);
  assertEquals(String(shape(roots)).split(",").filter(Boolean).sort(), [
    "1",
    "5",
    "7",
    "8",
    "9",
  ]);
  assertEquals(roots.map(({ pid }) => pid), [1, 5, 7, 9]);
});
