import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Link, parseLinks } from "../../ffi/links.ts";
import { plain } from "../../cli/colour.ts";
import { pairsIn, parseNetDev } from "../../cli/map/links.ts";
import { mapJson } from "../../cli/map/json.ts";
import { mapOf, type UserBox } from "../../cli/map/model.ts";
import { DARK, LIGHT } from "../../cli/map/style.ts";
import { mapSvg } from "../../cli/map/svg.ts";
import { mapText } from "../../cli/map/text.ts";
import { inode, start, WAIT } from "../inspect/start.ts";
import { requires } from "../requires.ts";
import { facts } from "./map_facts.ts";
import { AS_USER } from "../support/nido.ts";
import { HOSTILE, HOSTILE_SHOWN, NEST, nido, UNSAFE } from "./run_nido.ts";

/** A netlink message of these attributes, each a type and its bytes. */
function newLink(
  index: number,
  attributes: readonly (readonly [number, Uint8Array])[],
): Uint8Array {
  const parts = attributes.map(([type, value]) => {
    const part = new Uint8Array((4 + value.length + 3) & ~3);
    new DataView(part.buffer).setUint16(0, 4 + value.length, true);
    new DataView(part.buffer).setUint16(2, type, true);
    part.set(value, 4);
    return part;
  });
  const length = 32 + parts.reduce((sum, part) => sum + part.length, 0);
  const message = new Uint8Array(length);
  const view = new DataView(message.buffer);
  view.setUint32(0, length, true);
  view.setUint16(4, 16, true);
  view.setInt32(20, index, true);
  let at = 32;
  for (const part of parts) {
    message.set(part, at);
    at += part.length;
  }
  return message;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(`${text}\0`);
const u32 = (value: number): Uint8Array => new Uint8Array(new Uint32Array([value]).buffer);
const joined = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));
const DONE = Uint8Array.from([20, 0, 0, 0, 3, 0, 2, 0, ...Array(12).fill(0)]);

Deno.test("parseLinks() reads names, kinds, peers and bridges", () => {
  // IFLA_INFO_KIND, in IFLA_LINKINFO.
  const veth = joined(Uint8Array.from([9, 0, 1, 0]), bytes("veth"));
  const answer = joined(
    newLink(1, [[3, bytes("lo")]]),
    newLink(5, [[3, bytes("v\x1b\xff")], [5, u32(2)], [18 | 0x8000, veth], [37, u32(0)]]),
    newLink(6, [[3, bytes("port")], [10, u32(9)]]),
    DONE,
  );
  assertEquals(parseLinks(answer), {
    found: [
      { index: 1, name: "lo" },
      { index: 5, name: "v\x1b\xff", kind: "veth", peer: 2, peerNetnsid: 0 },
      { index: 6, name: "port", master: 9 },
    ],
    end: "done",
  });
  assertEquals(parseLinks(newLink(1, [[3, bytes("lo")]])).end, undefined);
});

Deno.test("parseLinks() ends at what is no message", () => {
  const good = newLink(1, [[3, bytes("lo")]]);
  for (const bad of [[0, 0, 0, 0], [15, 0, 0, 0], [255, 255, 0, 0]]) {
    const answer = joined(good, Uint8Array.from([...bad, 16, 0, ...Array(26).fill(0)]));
    assertEquals(parseLinks(answer), { found: [{ index: 1, name: "lo" }], end: "error" });
  }
  assertEquals(parseLinks(Uint8Array.from([36, 0, 0, 0, 2, 0, ...Array(30).fill(0)])).end, "error");
});

const veth = (index: number, peer: number, peerNetnsid?: number): Link => ({
  index,
  name: `v${index}`,
  kind: "veth",
  peer,
  ...(peerNetnsid === undefined ? {} : { peerNetnsid }),
});

Deno.test("pairsIn() finds the two ends, though others have the same numbers", () => {
  const pairs = pairsIn([
    { ns: 100, links: [veth(5, 2, 0), veth(7, 2, 1)], peers: new Map([[0, 200], [1, 300]]) },
    { ns: 200, links: [veth(2, 5, 4)], peers: new Map([[4, 100]]) },
    { ns: 300, links: [veth(2, 7, 0), veth(8, 9), veth(9, 8)], peers: new Map([[0, 100]]) },
    // The other end is in a namespace that nobody has found, and none is a veth.
    {
      ns: 400,
      links: [veth(2, 5, 3), { index: 3, name: "m", kind: "macvlan", peer: 3 }],
      peers: new Map(),
    },
  ]);
  assertEquals(pairs, [
    [{ ns: 100, name: "v5" }, { ns: 200, name: "v2" }],
    [{ ns: 100, name: "v7" }, { ns: 300, name: "v2" }],
    [{ ns: 300, name: "v8" }, { ns: 300, name: "v9" }],
  ]);
});

Deno.test("parseNetDev() reads the names of interfaces", () => {
  const text = `Inter-|   Receive
 face |bytes
    lo:       0       0
eth0.1: 5 6 0
`;
  assertEquals(parseNetDev(text), ["lo", "eth0.1"]);
});

Deno.test("mapOf() puts in a user namespace what it owns and who is in it", () => {
  const { roots } = mapOf(facts());
  assertEquals(roots.map(({ ns }) => ns), [1]);
  const [root] = roots;
  assertEquals(root!.pids.map(({ ns, cells }) => [ns, cells.length]), [[2, 1]]);
  assertEquals(root!.held, [{ type: "uts", ns: 14, held: "mount /prog" }]);
  const [child] = root!.boxes;
  assertEquals([child!.ns, child!.pids[0]!.ns, child!.pids[0]!.parent], [11, 12, 2]);
  // It is drawn in the boxes of its user and PID namespaces, and its mount namespace is everybody's.
  assertEquals(child!.pids[0]!.cells, [
    { namespaces: [{ type: "net", ns: 13 }], processes: [{ pids: [50, 1], name: "prog" }] },
  ]);
});

Deno.test("mapOf() has a place for what is owned out of sight", () => {
  const { namespaces, ...rest } = facts();
  const hidden = namespaces.filter(({ ns }) => ns !== 1);
  const { roots } = mapOf({ ...rest, namespaces: hidden });
  assertEquals(roots.map(({ ns }) => ns), [11, undefined]);
  assertEquals(roots[1]!.nets.map(({ ns }) => ns), [3]);
});

Deno.test("mapText() draws boxes in boxes", () => {
  assertEquals(
    mapText(mapOf(facts()), { paint: plain, ascii: false, width: 80, most: 9 }),
    `╭─ user:[1] ───────────────────────────────╮
│ ╭─ pid:[2] ─╮                            │
│ │ 1 prog    │                            │
│ ╰───────────╯                            │
│ ╭─ net:[3] ───────────────────╮          │
│ │ 1 process                   │          │
│ │ lo  prog ⇄ eth0 in net:[13] │          │
│ ╰─────────────────────────────╯          │
│ uts:[14]  held by mount /prog            │
│ ╭─ user:[11] ──────────────────────────╮ │
│ │ uids 1–5 inside are the same outside │ │
│ │ ╭─ pid:[12] in pid:[2] ─╮            │ │
│ │ │ net:[13]              │            │ │
│ │ │   50 → 1 prog         │            │ │
│ │ ╰───────────────────────╯            │ │
│ │ ╭─ net:[13] ─────────────╮           │ │
│ │ │ 1 process              │           │ │
│ │ │ eth0 ⇄ prog in net:[3] │           │ │
│ │ ╰────────────────────────╯           │ │
│ ╰──────────────────────────────────────╯ │
╰──────────────────────────────────────────╯
`,
  );
});

Deno.test("mapText() breaks at words what is longer than a line, and keeps a process's own PID and name", () => {
  const { processes, userNotes, held, ...rest } = facts();
  const map = mapOf({
    ...rest,
    processes: new Map([...processes, [50, { pids: [50000, 4000, 300, 20, 1], name: "prog" }]]),
    userNotes: new Map([...userNotes, [1, ["every uid is the same inside and outside"]]]),
    held: new Map([...held, [14, "mount /run/somewhere and 12 more"]]),
  });
  const text = mapText(map, { paint: plain, ascii: false, width: 36, most: 9 });
  for (const line of text.split("\n")) assert(line.length <= 36, line);
  const words = text.replaceAll(/[│╭╮╰╯─\s]+/g, " ");
  assertStringIncludes(words, "every uid is the same inside and outside");
  assertStringIncludes(words, "uids 1–5 inside are the same outside");
  assertStringIncludes(words, "uts:[14] held by mount /run/somewhere and 12 more");
  assertStringIncludes(words, "50000 → … → 1 prog");
});

/** Whether every tag is closed, in order. */
function assertWellFormed(xml: string): void {
  const open: string[] = [];
  for (
    const [, end, name, self] of xml.matchAll(/<(\/?)([\w]+)(?:\s+[\w:-]+="[^"<>]*")*\s*(\/?)>/g)
  ) {
    if (end) assertEquals(open.pop(), name);
    else if (!self) open.push(name!);
  }
  assertEquals(open, []);
  const rest = xml.replace(/<\/?[\w]+(?:\s+[\w:-]+="[^"<>]*")*\s*\/?>/g, "").replace(
    /&(amp|lt|gt|quot|#39);/g,
    "",
  );
  assertEquals(rest.match(/[<&]/), null);
}

Deno.test("mapSvg() is well-formed, has no scripts and no links, and no name gets out of its place", () => {
  const options = { host: "<host>&", most: 9, unseen: { unreadable: 2 } };
  const picture = mapSvg(mapOf(facts(HOSTILE)), options);
  assertWellFormed(picture);
  assertEquals(picture.match(UNSAFE), null);
  assertStringIncludes(picture, "e\\x1b[31m&lt;&amp;&#39;&quot;&gt;\\x0a");
  assertEquals(picture.match(/<script|\son\w+=|href|url\(|@import/i), null);
  assertStringIncludes(picture, "prefers-color-scheme:dark");
  assertStringIncludes(picture, "Not drawn: 2 processes");
  assertEquals(picture.match(/class="veth"/g)?.length, 1);
});

Deno.test("mapSvg() puts many user namespaces side by side, but none beside one with wires", () => {
  const box = (ns: number, links: readonly string[] = []): UserBox => ({
    ns,
    notes: ["uid 0 inside is uid 1000 outside"],
    cells: [{ namespaces: [], processes: [{ pids: [ns], name: "sleep" }] }],
    pids: [],
    nets: links.length > 0 ? [{ ns: ns + 500, links, processes: 1 }] : [],
    held: [],
    boxes: [],
  });
  const boxes = [...Array(12).keys()].map((i) => box(100 + i, i === 5 ? ["v0", "v1"] : []));
  const pairs = [[{ ns: 605, name: "v0" }, { ns: 605, name: "v1" }]] as const;
  const map = { roots: [{ ...box(1), boxes }], pairs };
  const picture = mapSvg(map, { host: "h", most: 9, unseen: { unreadable: 0 } });
  const [, ...tops] = [...picture.matchAll(/class="box-user"[^>]* y="([\d.]+)"/g)].map(([, y]) =>
    y
  );
  const inRow = Map.groupBy(tops, (y) => y);
  assertEquals(tops.length, 12);
  assert(inRow.size <= 4 && [...inRow.values()].some((row) => row.length > 2), String(tops));
  assertEquals([...inRow.values()].filter((row) => row.length === 1).length, 1);
});

/** The relative luminance of #rrggbb. @see WCAG 2.2 */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

Deno.test("the picture has a contrast of 4.5 and more, in light and dark", () => {
  for (const { page, card, line: _, types, ...rest } of [LIGHT, DARK]) {
    const inks = { ...rest, ...types };
    for (const [name, ink] of Object.entries(inks)) {
      for (const ground of [page, card]) {
        const [high, low] = [luminance(String(ink)), luminance(String(ground))].sort((a, b) =>
          b - a
        );
        const contrast = (high! + 0.05) / (low! + 0.05);
        assert(contrast >= 4.5, `${name} ${ink} on ${ground}: ${contrast}`);
      }
    }
  }
});

Deno.test(
  "nido map draws nested namespaces and who is in them",
  requires({ userNamespaces: true, programs: ["unshare"] }),
  async () => {
    await using started = await start([...NEST, "unshare", "-pf", ...WAIT]);
    const middle = started.childOf();
    const pid = started.childOf(middle);
    const { code, stdout } = await nido(["map", "--all"]);
    assertEquals(code, 0);
    const text = stdout;
    const at = [inode(pid, "user"), inode(middle, "pid"), inode(pid, "pid")].map((ns) =>
      text.indexOf(`:[${ns}] `)
    );
    assertEquals(at, [...at].sort((a, b) => a - b));
    assert(at[0]! > 0);
    assertMatch(text, new RegExp(`│ +${pid} → 2 → 1 sh`));
    assertStringIncludes(text, `uid 0 inside is uid ${Deno.uid()} outside`);
  },
);

/** A shell with a child in another network namespace, and a pair between: it ends when standard input does. */
const VETH = [
  "sh",
  "-c",
  "unshare -n sh -c 'echo $$; read x' | { read child && " +
  "ip link add far type veth peer name near netns $child && echo ready || kill $child; }",
];

Deno.test(
  "nido map shows veth pairs of network namespaces",
  requires({ userNamespaces: true, programs: ["unshare", "ip"] }),
  async () => {
    // Two network namespaces that an ordinary user owns.
    await using started = await start(["unshare", "-Urn", ...VETH]);
    const child = started.childOf();
    const [outer, other] = [inode(started.pid, "net"), inode(child, "net")];
    const { stdout } = await nido(["map"]);
    assertStringIncludes(stdout, `far ⇄ near in net:[${other}]`);
    assertStringIncludes(stdout, `near ⇄ far in net:[${outer}]`);
    const svg = await nido(["map", "--svg", "-"]);
    assertWellFormed(svg.stdout);
    assertMatch(svg.stdout, /class="veth"/);
  },
);

/** A PID namespace as --json has it. */
interface JsonPidNamespace {
  readonly ns: number;
  readonly groups: readonly { readonly processes: readonly { readonly pids: number[] }[] }[];
  readonly children: readonly JsonPidNamespace[];
}

/** A user namespace as --json has it. */
interface JsonUserNamespace {
  readonly ns: number | null;
  readonly pid_namespaces: readonly JsonPidNamespace[];
  readonly net_namespaces: readonly { readonly ns: number; readonly links: string[] | null }[];
  readonly children: readonly JsonUserNamespace[];
}

Deno.test(
  "nido map --json has the boxes in each other, and the pairs",
  requires({ userNamespaces: true, programs: ["unshare", "ip"] }),
  async () => {
    await using started = await start(["unshare", "-Urnpf", "--mount-proc", ...VETH]);
    const shell = started.childOf();
    const child = started.childOf(shell);
    const { code, stdout } = await nido(["map", "--json"]);
    assertEquals(code, 0);
    const { users, pairs }: { users: JsonUserNamespace[]; pairs: unknown[] } = JSON.parse(stdout);
    const all = (boxes: readonly JsonUserNamespace[]): JsonUserNamespace[] =>
      boxes.flatMap((box) => [box, ...all(box.children)]);
    const user = all(users).find(({ ns }) => ns === inode(shell, "user"))!;
    const [pidNamespace] = user.pid_namespaces;
    assertEquals(pidNamespace!.ns, inode(shell, "pid"));
    const pids = pidNamespace!.groups.flatMap(({ processes }) => processes.map(({ pids }) => pids));
    assertEquals(pids.slice(0, 2), [[shell, 1], [child, 2]]);
    const [outer, other] = [inode(shell, "net"), inode(child, "net")];
    assertEquals(new Set(user.net_namespaces.map(({ ns }) => ns)), new Set([outer, other]));
    const ends = [{ ns: outer, name: "far" }, { ns: other, name: "near" }];
    const found = (pairs as typeof ends[]).find((pair) => pair.some(({ ns }) => ns === outer))!;
    assertEquals([...found].sort((a, b) => a.name < b.name ? -1 : 1), ends);
  },
);

Deno.test("nido map is one picture at a time", async () => {
  const { code, stderr } = await nido(["map", "--json", "--svg", "-"]);
  assertEquals([code, stderr], [1, "nido map: options --svg and --json cannot be combined\n"]);
});

Deno.test("nido map --svg writes a file, or says why it cannot", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const { code, stdout } = await nido(["map", "--svg", `${folder}/map.svg`]);
    assertEquals([code, stdout], [0, ""]);
    assertWellFormed(Deno.readTextFileSync(`${folder}/map.svg`));
    const refused = await nido(["map", "--svg", `${folder}/no/map.svg`]);
    assertEquals(refused.code, 1);
    assertMatch(
      refused.stderr,
      /^nido map: cannot write .*\/no\/map.svg: No such file or directory/,
    );
    Deno.symlinkSync("precious", `${folder}/link.svg`);
    const link = await nido(["map", "--svg", `${folder}/link.svg`]);
    assertMatch(link.stderr, /link.svg: it is a symbolic link: name the file itself\n$/);
    const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
    assertEquals(names, ["link.svg", "map.svg"]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("nido map says what an ordinary user may not see", async () => {
  const { code, stderr } = await nido(["map"], { under: AS_USER });
  assertEquals(code, 0);
  assertMatch(
    stderr,
    /^nido map: \d+ process(es)? of other users could not be looked into; run as root/,
  );
});

Deno.test("nido map lets no name command a terminal", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.copyFileSync("/bin/sh", `${folder}/${HOSTILE}`);
    Deno.chmodSync(`${folder}/${HOSTILE}`, 0o755);
    await using _ = await start([`${folder}/${HOSTILE}`, ...WAIT.slice(1)]);
    const { stdout } = await nido(["map", "--all"]);
    assertEquals(stdout.match(UNSAFE), null);
    assertStringIncludes(stdout, HOSTILE_SHOWN);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("maps have the processes of a container together, below its name", () => {
  const { processes, ...rest } = facts();
  const process = processes.get(50)!;
  const map = mapOf({
    ...rest,
    processes: new Map([...processes, [50, { ...process, container: "docker <web>" }]]),
  });
  const text = mapText(map, { paint: plain, ascii: true, width: 80, most: 9 });
  assertMatch(text, /\| docker <web> {2}net:\[13\] +[| ]+\n[| ]+50 -> 1 prog/);
  assertStringIncludes(
    mapSvg(map, { host: "h", most: 9, unseen: { unreadable: 0 } }),
    "docker &lt;web&gt;",
  );
  const json = JSON.stringify(mapJson(map));
  assertStringIncludes(
    json,
    '"container":"docker <web>","processes":[{"pids":[50,1],"name":"prog"}]',
  );
});
