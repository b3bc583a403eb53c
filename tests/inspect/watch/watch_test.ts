import { assert, assertEquals, assertRejects } from "@std/assert";
import { watch, type WatchEvent } from "../../../inspect/mod.ts";
import { requires } from "../../requires.ts";
import { AS_USER } from "../../support/nido.ts";
import { until } from "../../support/patience.ts";
import { inode, start, type Started, WAIT } from "../start.ts";

/** Collects events until all of these have been seen, each one once. */
class Seen implements AsyncDisposable {
  readonly events: WatchEvent[] = [];
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor() {
    this.#done = this.#collect();
  }

  async #collect(): Promise<void> {
    for await (const event of watch({ signal: this.#stop.signal })) this.events.push(event);
  }

  async until<E extends WatchEvent>(
    what: string,
    is: (event: WatchEvent) => event is E,
  ): Promise<E>;
  async until(what: string, is: (event: WatchEvent) => boolean): Promise<WatchEvent>;
  async until(what: string, is: (event: WatchEvent) => boolean): Promise<WatchEvent> {
    await until(what, () => this.events.some(is), 25);
    return this.events.find(is)!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }
}

/** The watch has begun when it has seen what has come since. */
async function begin(): Promise<Seen> {
  const seen = new Seen();
  await using one = await start(WAIT);
  await seen.until(
    "the first process",
    (event) => event.kind === "process" && event.process.pid === one.pid,
  );
  seen.events.length = 0;
  return seen;
}

const isNamespace =
  (change: "empty" | "gone", ns: number) =>
  (event: WatchEvent): event is Extract<WatchEvent, { kind: "namespace" }> =>
    event.kind === "namespace" && event.change === change && event.ns === ns;

/**
 * Whether a process comes into a namespace that is made for it. Its number may just have been that of another
 * test's: then it is entered, not new.
 */
const isMade = (ns: number, makers: readonly number[]) => (event: WatchEvent): boolean =>
  event.kind === "namespace" && event.change === "new" && event.ns === ns &&
    makers.includes(event.by?.pid ?? 0) ||
  event.kind === "enter" && event.ns === ns && makers.includes(event.process.pid);

const INSIDE = ["unshare", "-Urpnuf", "--kill-child", "--mount-proc"];
const TYPES = ["user", "pid", "mnt", "net", "uts"] as const;
const inside = requires({ userNamespaces: true, programs: ["unshare"] });

for (const under of [[], AS_USER]) {
  const whose = under.length > 0 ? "an ordinary user's" : "the caller's";

  Deno.test(`watch() tells of ${whose} processes, namespaces and mounts`, inside, async () => {
    await using seen = await begin();
    let pid: number;
    let namespaces: number[];
    {
      await using started: Started = await start([...under, ...INSIDE, ...WAIT]);
      pid = started.childOf();
      namespaces = TYPES.map((type) => inode(pid, type));
      const found = await seen.until(
        "the process",
        (event) => event.kind === "process" && event.change === "new" && event.process.pid === pid,
      );
      assert(found.kind === "process");
      assertEquals(found.process.pids, [pid, 1]);
      assertEquals(found.process.uid, under.length > 0 ? 1000 : Deno.uid());
      for (const [i, ns] of namespaces.entries()) {
        await seen.until(`new ${TYPES[i]}`, isMade(ns, [started.pid, pid]));
      }
      const mount = await seen.until(
        "the mount of proc",
        (event) =>
          event.kind === "mount" && event.change === "new" && event.mnt === namespaces[2] &&
          event.mount.mountPoint === "/proc" && event.mount.fsType === "proc",
      );
      assert(mount.kind === "mount" && [started.pid, pid].includes(mount.of.pid));
    }
    await seen.until(
      "its end",
      (event) => event.kind === "process" && event.change === "gone" && event.process.pid === pid,
    );
    for (const ns of namespaces) await seen.until("the end", isNamespace("gone", ns));
  });
}

Deno.test(
  "watch() tells of mounts that come and go, and who is alone there",
  inside,
  async () => {
    await using seen = await begin();
    const script = "echo ready; read x; mount -t tmpfs 'a b' /mnt; read x; umount /mnt; read x";
    await using started = await start(["unshare", "-Urm", "sh", "-c", script]);
    const mnt = inode(started.pid, "mnt");
    const find = (change: "new" | "gone") =>
      seen.until(
        `the mount ${change}`,
        (event) =>
          event.kind === "mount" && event.change === change && event.mnt === mnt &&
          event.mount.mountPoint === "/mnt",
      );
    await seen.until("the namespace", isMade(mnt, [started.pid]));
    await started.type("\n");
    const mount = await find("new");
    assert(mount.kind === "mount");
    assertEquals([mount.mount.source, mount.mount.fsType], ["a b", "tmpfs"]);
    assertEquals([mount.of.pid, mount.alone], [started.pid, true]);
    await started.type("\n");
    await find("gone");
  },
);

Deno.test(
  "watch() tells what keeps a namespace that no process is in, and that it is entered",
  requires({ root: true, programs: ["unshare", "nsenter", "mount"] }),
  async () => {
    const folder = await Deno.makeTempDir();
    const file = `${folder}/net`;
    await Deno.writeTextFile(file, "");
    await using seen = await begin();
    try {
      let ns: number;
      {
        await using maker = await start(["unshare", `--net=${file}`, ...WAIT]);
        ns = inode(maker.pid, "net");
        await seen.until("the namespace", isMade(ns, [maker.pid]));
      }
      const empty = await seen.until("that it is empty", isNamespace("empty", ns));
      const [holder] = empty.holders;
      assert(holder?.kind === "mount" && holder.path === file, JSON.stringify(empty));
      await using visitor = await start(["nsenter", `--net=${file}`, ...WAIT]);
      const entered = await seen.until(
        "the visitor",
        (event) => event.kind === "enter" && event.ns === ns && event.process.pid === visitor.pid,
      );
      assert(entered.kind === "enter");
      assertEquals([entered.type, entered.from], ["net", inode("self", "net")]);
    } finally {
      await new Deno.Command("umount", { args: ["-l", file] }).output();
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test("watch() tells that a process executes another program, but not that it is renamed", async () => {
  await using seen = await begin();
  const script = "echo ready; read x; printf renamed >/proc/self/comm; read x; exec cat";
  await using started = await start(["bash", "-c", script]);
  const of = (event: WatchEvent): boolean =>
    event.kind === "process" && event.process.pid === started.pid;
  await seen.until("bash", of);
  await started.type("\n");
  await started.type("\n");
  await seen.until(
    "cat",
    (event) =>
      of(event) && event.kind === "process" && event.change === "exec" &&
      event.process.command === "cat",
  );
  const told = seen.events.filter((event) =>
    of(event) && "change" in event && event.change === "exec"
  );
  assertEquals(told.length, 1);
});

Deno.test("watch() ends by its signal, and closes all that it has opened when the loop is left", async () => {
  const descriptors = (): number => [...Deno.readDirSync("/proc/self/fd")].length;
  const before = descriptors();
  for await (const _ of watch({ signal: AbortSignal.timeout(120) }));
  const child = new Deno.Command("sleep", { args: ["0.5"] }).spawn();
  for await (const event of watch()) {
    if (event.kind === "process" && event.change === "gone") break;
  }
  await child.status;
  assertEquals(descriptors(), before);
});

Deno.test("watch() refuses an interval that is none", async () => {
  for (const interval of [0, -1, NaN]) {
    await assertRejects(() => watch({ interval }).next(), RangeError, "interval");
  }
});
