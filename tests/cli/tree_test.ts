import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import { NAMESPACE_TYPES } from "../../ffi/abi/namespaces.ts";
import type { ProcessNode } from "../../inspect/process_tree.ts";
import type { NamespaceInodes } from "../../inspect/process.ts";
import { paintFor, plain } from "../../cli/colour.ts";
import { textWidth } from "../../cli/text.ts";
import { bordersIn } from "../../cli/tree/borders.ts";
import { everyNode, prune } from "../../cli/tree/depth.ts";
import { drawTree } from "../../cli/tree/draw.ts";
import { HOLD, inode, start, WAIT } from "../inspect/start.ts";
import { requires } from "../requires.ts";
import { AS_USER } from "../support/nido.ts";
import { HOSTILE, HOSTILE_SHOWN, NEST, nido, onTerminal, UNSAFE } from "./run_nido.ts";

const nestable = { userNamespaces: true, programs: ["unshare"] };
const outside: NamespaceInodes = { pid: 1, mnt: 2, net: 3 };

function node(
  pids: readonly number[],
  name: string,
  namespaces: NamespaceInodes | undefined,
  children: readonly ProcessNode[] = [],
  state = "S",
): ProcessNode {
  const [pid] = pids;
  return {
    pid: pid!,
    ppid: 0,
    pids,
    name,
    command: `${name} -x`,
    uid: 0,
    state,
    threads: 1,
    namespaces,
    children,
  };
}

function drawn(
  roots: readonly ProcessNode[],
  { types = NAMESPACE_TYPES, width = Infinity, ascii = false, commands = false } = {},
): string {
  const pieces = bordersIn(roots, outside, new Set<NamespaceType>(types));
  return drawTree(pieces, { paint: plain, ascii, width, commands });
}

const nested = [
  node([1], "init", outside, [
    node([7], "unshare", { ...outside, mnt: 21 }, [
      node([8, 1], "sh", { ...outside, mnt: 21, pid: 11 }, [
        node([9, 2], "sleep", { ...outside, mnt: 21, pid: 11 }),
      ]),
    ]),
    node([20], "cron", outside),
  ]),
];

Deno.test("drawTree() draws a border around what is in other namespaces than its parent", () => {
  assertEquals(
    drawn(nested),
    `1 init
├─╭─ mnt:[21] ──────────╮
│ │ 7 unshare           │
│ │ └─╭─ pid:[11] ────╮ │
│ │   │ 8 → 1 sh      │ │
│ │   │ └─9 → 2 sleep │ │
│ │   ╰───────────────╯ │
│ ╰─────────────────────╯
└─20 cron
`,
  );
});

Deno.test("drawTree() draws borders only of the types it is asked for", () => {
  const text = drawn(nested, { types: ["pid"] });
  assert(!text.includes("mnt"), text);
  assertStringIncludes(text, "pid:[11]");
});

Deno.test("drawTree() puts siblings in the same namespaces behind one border", () => {
  const inside = { ...outside, net: 30 };
  const text = drawn([
    node([1], "init", outside, [
      node([2], "a", inside),
      node([3], "b", outside),
      node([4], "c", inside),
    ]),
  ]);
  assertEquals(text.match(/net:\[30\]/g)?.length, 1);
  assertMatch(text, /│ 2 a +│\n. │ 4 c +│/);
});

Deno.test("drawTree() says who was drawn first in namespaces that come again", () => {
  const inside = { ...outside, net: 30 };
  const text = drawn([
    node([1], "init", outside, [
      node([2], "a", outside, [node([3], "b", inside)]),
      node([4], "c", inside),
    ]),
  ]);
  assertMatch(text, /net:\[30\] ─.*\n.*3 b/);
  assertMatch(text, /net:\[30\] {2}as 3 ─.*\n.*4 c/);
});

Deno.test("drawTree() shows a border where only the number of PIDs tells of it", () => {
  const text = drawn([node([5], "outer", undefined, [node([6, 1], "inner", undefined)])]);
  assertMatch(text, /pid:\[\?\]/);
});

Deno.test("drawTree() draws no border around what a zombie has lost", () => {
  const text = drawn([node([1], "init", outside, [node([2], "gone", { pid: 1 }, [], "Z")])]);
  assertEquals(text, "1 init\n└─2 gone (zombie)\n");
});

Deno.test("drawTree() keeps to the width, and PIDs stay", () => {
  let deep = node([99, 1], HOSTILE, { ...outside, pid: 77, net: 78, mnt: 79 });
  for (let pid = 12; pid > 1; pid--) {
    deep = node([pid], `process-${pid}`, { ...outside, mnt: 40 + Math.floor(pid / 3) }, [deep]);
  }
  for (const width of [72, 80, 120]) {
    const lines = drawn([deep], { width, commands: true }).split("\n");
    for (const line of lines) {
      assert(textWidth(line) <= width, `${textWidth(line)} > ${width}: ${line}`);
    }
    assert(lines.some((line) => line.includes("99 → 1 ")), lines.join("\n"));
  }
});

Deno.test("drawTree() leaves out PIDs in the middle before a process's own and its name", () => {
  const pids = [1234567, 2345, 345, 45, 1];
  const line = (width: number, ascii = false) =>
    drawn([node(pids, "program", outside)], { width, ascii, types: [] }).trimEnd();
  assertEquals(line(80), "1234567 → 2345 → 345 → 45 → 1 program");
  assertEquals(line(37), "1234567 → 2345 → 345 → 45 → 1 program");
  assertEquals(line(36), "1234567 → … → 1 program");
  assertEquals(line(40, true), "1234567 -> ~ -> 1 program");
  const [, deepest] = drawn([
    node(pids.slice(0, 4), "outer", outside, [node(pids, "a-long-name", outside)]),
  ], { width: 32, commands: true }).split("\n");
  assertEquals(deepest, "└─1234567 → … → 1 a-long-name -x");
});

Deno.test("drawTree() draws from the margin on what is too deep for its place, within the width", () => {
  let deep = node([500, 1], "deepest", { ...outside, pid: 77 });
  for (let pid = 100; pid > 0; pid--) {
    const namespaces = { ...outside, mnt: 40 + Math.floor(pid / 10) };
    deep = node([pid], `process-${pid}`, namespaces, [deep, node([pid + 200], "leaf", namespaces)]);
  }
  for (const width of [40, 80]) {
    const lines = drawn([deep], { width }).split("\n");
    for (const line of lines) assert(textWidth(line) <= width, line);
    const text = lines.join("\n");
    for (let pid = 1; pid <= 100; pid++) {
      assertMatch(text, new RegExp(`[ ─]${pid} process-${pid}\\b|^${pid} process`, "m"));
      assertStringIncludes(text, `${pid + 200} leaf`);
    }
    assertMatch(text, /500 → 1 deepest/);
    const [, cut] = text.match(/(\d+ process-\d+) …/)!;
    assertStringIncludes(text, `\n… below ${cut}\n`);
  }
});

Deno.test("prune() and drawTree() come to an end however deep the tree is", () => {
  let chain = node([20_000], "last", outside);
  for (let pid = 19_999; pid > 0; pid--) chain = node([pid], "x", outside, [chain]);
  const { roots, cut } = prune([chain]);
  const lines = drawn(roots, { width: 80 }).split("\n").filter((line) => /\d x/.test(line));
  assertEquals(cut, 20_000 - lines.filter((line) => !line.includes("below")).length);
  assertEquals([...everyNode([chain])].length, 20_000);
});

Deno.test("drawTree() lets no name command a terminal", () => {
  for (const ascii of [false, true]) {
    const text = drawn([node([1], HOSTILE, outside)], { ascii, commands: true });
    assertEquals(text.match(UNSAFE), null);
    assertStringIncludes(text, HOSTILE_SHOWN);
    assertEquals(text.split("\n").length, 2);
  }
});

Deno.test("drawTree() draws with ASCII alone where the locale has no more", () => {
  const text = drawn(nested, { ascii: true });
  assertMatch(text, /^[ -~\n]*$/);
  assertStringIncludes(text, "8 -> 1 sh");
});

Deno.test("paintFor() heeds NO_COLOR, dumb terminals and --color", () => {
  const terminal = { terminal: true, noColor: undefined, term: "xterm" };
  const painted = (when: string, more = {}) =>
    paintFor(when, { ...terminal, ...more })("bold", "x") !== "x";
  assertEquals(painted("auto"), true);
  assertEquals(painted("auto", { noColor: "1" }), false);
  // An empty NO_COLOR counts as none: https://no-color.org
  assertEquals(painted("auto", { noColor: "" }), true);
  assertEquals(painted("auto", { term: "dumb" }), false);
  assertEquals(painted("auto", { terminal: false }), false);
  assertEquals(painted("always", { terminal: false, noColor: "1" }), true);
  assertEquals(painted("never"), false);
});

Deno.test("nido tree draws a process with its PID at every level", requires(nestable), async () => {
  await using started = await start([...NEST, "unshare", "-pf", ...WAIT]);
  const [outer, inner] = [started.childOf(), started.childOf(started.childOf())];
  const { code, stdout } = await nido(["tree", String(started.pid)]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, `user:[${inode(started.pid, "user")}]`);
  assertStringIncludes(stdout, `pid:[${inode(outer, "pid")}]`);
  assertStringIncludes(stdout, `pid:[${inode(inner, "pid")}]`);
  assertMatch(stdout, new RegExp(`│ ${inner} → 2 → 1 sh +│`));
  const all = await nido(["tree"]);
  assertMatch(all.stdout, new RegExp(`│ ${inner} → 2 → 1 sh +│`));
});

Deno.test(
  "nido tree --json has the tree with namespaces of the types asked for",
  requires(nestable),
  async () => {
    await using started = await start([...NEST, ...WAIT]);
    const { code, stdout } = await nido(["tree", "--json", "-t", "pid,uts", String(started.pid)]);
    assertEquals(code, 0);
    const [top] = JSON.parse(stdout).processes;
    assertEquals(top.pid, started.pid);
    const [child] = top.children;
    assertEquals(child.pids, [started.childOf(), 1]);
    assertEquals(child.namespaces.uts, inode(started.pid, "uts"));
    assertEquals(Object.keys(child.namespaces).sort(), ["pid", "pid_for_children", "uts"]);
  },
);

Deno.test(
  "nido tree is coloured on a terminal, and fits it",
  requires({ ...nestable, programs: ["unshare", "script"] }),
  async () => {
    await using started = await start([...NEST, ...WAIT]);
    const { stdout } = await onTerminal(["tree", String(started.pid)], 50);
    assertStringIncludes(stdout, "\x1b[36mpid\x1b[0m");
    // deno-lint-ignore no-control-regex -- colours
    const lines = stdout.replace(/\x1b\[\d+m/g, "").split("\r\n");
    for (const line of lines.filter((one) => !one.startsWith("nido"))) {
      assert(textWidth(line) <= 50, line);
    }
    const off = await nido(["tree", "--color=never", String(started.pid)]);
    assert(!off.stdout.includes("\x1b"));
  },
);

Deno.test("nido tree names a process whatever its name", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.copyFileSync("/bin/sh", `${folder}/${HOSTILE}`);
    Deno.chmodSync(`${folder}/${HOSTILE}`, 0o755);
    await using started = await start([`${folder}/${HOSTILE}`, ...WAIT.slice(1)]);
    for (const words of [["tree"], ["tree", "--json"], ["tree", "-a"]]) {
      const { stdout } = await nido([...words, String(started.pid)]);
      assertEquals(stdout.match(UNSAFE), null);
    }
    const { stdout } = await nido(["tree", String(started.pid)]);
    assertStringIncludes(stdout, HOSTILE_SHOWN);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("nido tree says what an ordinary user may not see", async () => {
  const { code, stderr } = await nido(["tree"], { under: AS_USER });
  assertEquals(code, 0);
  assertMatch(
    stderr,
    /nido tree: \d+ process(es)? of other users could not be looked into; run as root to see/,
  );
});

Deno.test("nido tree says what is wrong with its command line", async () => {
  for (
    const [words, said] of [
      [["tree", "2147483647"], "nido tree: no process 2147483647\n"],
      [
        ["tree", "--type", "network"],
        "nido tree: unknown namespace type: network; did you mean 'net'?",
      ],
      [["tree", "one"], "nido tree: 'one' is no PID"],
      [["tree", "--color=red", "1"], "nido tree: --color is auto, always or never, not 'red'"],
      [["tree", "1", "2"], "nido tree: only one PID can be given"],
    ] as const
  ) {
    const { code, stdout, stderr } = await nido(words);
    assertEquals([code, stdout], [1, ""]);
    assert(stderr.startsWith(said), stderr);
  }
  const { code, stdout } = await nido(["tree", "--help"]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "nido tree [options] [<pid>]");
});

Deno.test("drawTree() names the container that begins at a border, and threads that are elsewhere", () => {
  const containers: Readonly<Record<number, string>> = { 7: "docker web", 8: "docker web" };
  const pieces = bordersIn(
    nested,
    outside,
    new Set<NamespaceType>(NAMESPACE_TYPES),
    { of: (pid) => containers[pid] },
  );
  const noteOf = ({ pid }: ProcessNode) => pid === 20 ? "1 thread in other net" : undefined;
  assertEquals(
    drawTree(pieces, { paint: plain, ascii: true, width: 80, noteOf }),
    `1 init
|-+- docker web  mnt:[21] -+
| | 7 unshare              |
| | \`-+- pid:[11] -----+   |
| |   | 8 -> 1 sh      |   |
| |   | \`-9 -> 2 sleep |   |
| |   +----------------+   |
| +------------------------+
\`-20 cron (1 thread in other net)
`,
  );
});

Deno.test("nido tree says which threads are elsewhere", requires({ root: true }), async () => {
  await using holder = await start([...HOLD, "first"]);
  const { stdout } = await nido(["tree", String(holder.pid)]);
  assertMatch(stdout, / \d+ .* \(\d+ threads in other uts\) /);
  const { processes: [one] } = JSON.parse(
    (await nido(["tree", "--json", String(holder.pid)])).stdout,
  );
  assertEquals(one.threads_elsewhere[0].namespaces[0].type, "uts");
  const { stdout: text } = await nido(["pid", String(holder.pid)]);
  assertMatch(text, /^threads {7}\d+ is in uts:\[\d+\]$/m);
});
