import { assert, assertEquals, assertRejects } from "@std/assert";
import type { NamespaceType } from "../../../ffi/abi/namespaces.ts";
import { listNamespaces, watch, type WatchEvent } from "../../../inspect/mod.ts";
import { requires } from "../../requires.ts";
import { AS_USER } from "../../support/nido.ts";
import { PATIENCE_MS, until } from "../../support/patience.ts";
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

/** Whether a process is in it: after the end of all that were, the kernel has given its number to another. */
const isAnothers = (ns: number): boolean =>
  listNamespaces().namespaces.some((one) => one.ns === ns && one.processes.length > 0);

/** What the watch has seen to be made. */
interface Made {
  readonly started: Started;
  /** The process in the namespaces, and their numbers. */
  readonly pid: number;
  readonly namespaces: readonly number[];
}

/**
 * Starts words until the watch tells of the namespaces that they make. It cannot where one has a number that was another's
 * within its interval.
 */
async function startSeen(
  seen: Seen,
  words: readonly string[],
  types: readonly NamespaceType[],
  forks = false,
): Promise<Made> {
  for (let patience = 1000; patience < PATIENCE_MS; patience *= 2) {
    seen.events.length = 0;
    const started = await start(words);
    const pid = forks ? started.childOf() : started.pid;
    const namespaces = types.map((type) => inode(pid, type));
    // Of a mount namespace that is entered no mount is new.
    const isTold = (ns: number, i: number): boolean =>
      seen.events.filter(isMade(ns, [started.pid, pid]))
        .some(({ kind }) => types[i] !== "mnt" || kind === "namespace");
    for (const end = performance.now() + patience; performance.now() < end;) {
      if (namespaces.every(isTold)) return { started, pid, namespaces };
      await new Promise((go) => setTimeout(go, 25));
    }
    await started[Symbol.asyncDispose]();
  }
  throw new Error(`The watch does not tell of new ${types}`);
}

const INSIDE = ["unshare", "-Urpnuf", "--kill-child", "--mount-proc"];
const TYPES = ["user", "pid", "mnt", "net", "uts"] as const;
const inside = requires({ userNamespaces: true, programs: ["unshare"] });

for (const under of [[], AS_USER]) {
  const whose = under.length > 0 ? "an ordinary user's" : "the caller's";

  Deno.test(`watch() tells of ${whose} processes, namespaces and mounts`, inside, async () => {
    await using seen = await begin();
    let pid: number;
    let namespaces: readonly number[];
    {
      const made = await startSeen(seen, [...under, ...INSIDE, ...WAIT], TYPES, true);
      await using started = made.started;
      ({ pid, namespaces } = made);
      const found = await seen.until(
        "the process",
        (event) => event.kind === "process" && event.change === "new" && event.process.pid === pid,
      );
      assert(found.kind === "process");
      assertEquals(found.process.pids, [pid, 1]);
      assertEquals(found.process.uid, under.length > 0 ? 1000 : Deno.uid());
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
    for (const ns of namespaces) {
      const isGone = isNamespace("gone", ns);
      await until("the end of each", () => seen.events.some(isGone) || isAnothers(ns), 25);
    }
  });
}

Deno.test(
  "watch() tells of mounts that come and go, and who is alone there",
  inside,
  async () => {
    await using seen = await begin();
    const script = "echo ready; read x; mount -t tmpfs 'a b' /mnt; read x; umount /mnt; read x";
    const { started, namespaces: [mnt] } = await startSeen(
      seen,
      ["unshare", "-Urm", "sh", "-c", script],
      ["mnt"],
    );
    await using _ = started;
    const find = (change: "new" | "gone") =>
      seen.until(
        `the mount ${change}`,
        (event) =>
          event.kind === "mount" && event.change === change && event.mnt === mnt &&
          event.mount.mountPoint === "/mnt",
      );
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
        const made = await startSeen(seen, ["unshare", `--net=${file}`, ...WAIT], ["net"]);
        await using _ = made.started;
        ns = made.namespaces[0]!;
      }
      const empty = await seen.until("that it is empty", isNamespace("empty", ns));
      // Who looks at all namespaces has it open for a moment.
      const [holder] = empty.holders.filter(({ kind }) => kind !== "descriptor");
      assert(holder?.kind === "mount" && holder.path === file, JSON.stringify(empty));
      await using visitor = await start(["nsenter", `--net=${file}`, ...WAIT]);
      const entered = await seen.until(
        "the visitor",
        (event) => event.kind === "enter" && event.ns === ns && event.process.pid === visitor.pid,
      );
      assert(entered.kind === "enter");
      assertEquals([entered.type, entered.from], ["net", inode("self", "net")]);
    } finally {
      const script = 'while umount -l "$0" 2>&-; do :; done';
      await new Deno.Command("sh", { args: ["-c", script, file] }).output();
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
