// Mounts below a root whose symbolic links lead elsewhere: none of them leaves it.

import { assert, assertEquals } from "@std/assert";
import type { Builder } from "../../../engine/builder.ts";
import { readText, writeAll } from "../../../engine/file.ts";
import { struct } from "../../../engine/struct.ts";
import { eachRow } from "../../../engine/table.ts";
import type { Value } from "../../../engine/value.ts";
import { ELOOP, ENOENT } from "../../../ffi/abi/errno.ts";
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  O_CLOEXEC,
  O_PATH,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
} from "../../../ffi/abi/fcntl.ts";
import * as mount from "../../../ffi/abi/mount.ts";
import { CLONE_NEWNS, CLONE_NEWUSER } from "../../../ffi/abi/sched.ts";
import { decode } from "../../../ffi/bytes.ts";
import { requires } from "../../requires.ts";
import { broken, Trial } from "../trial.ts";
import { MOUNT_ATTR, OPEN_HOW } from "./structs.ts";

/** A mount that is asked for, and where in the root it is to be: or the error. */
interface Wanted {
  readonly target: string;
  readonly found: string | number;
}

/** What an attacker has put into folder `n` of the root, and what is mounted over that. */
function plant(root: string, outside: string, n: string): Wanted[] {
  const folder = `${root}/${n}`;
  for (const name of ["real", "a", "b", "c", "d"]) {
    Deno.mkdirSync(`${folder}/${name}`, { recursive: true });
  }
  const link = (name: string, to: string): void => Deno.symlinkSync(to, `${folder}/${name}`);
  link("absolute", `/${n}/a`);
  link("up", `../../../../../../../../${n}/b`);
  link("outside", outside);
  link("loop", "loop");
  link("magic", "/proc/self/cwd");
  link("twice", `outside/../${n}/up`);
  return [
    { target: `${n}/real`, found: `${n}/real` },
    // The folder that is mounted there brings its own links.
    { target: `${n}/real/link`, found: `${n}/d` },
    { target: `${n}/real/deep`, found: `${n}/real/deep` },
    { target: `${n}/absolute`, found: `${n}/a` },
    { target: `/${n}/up`, found: `${n}/b` },
    { target: `${n}/../../../${n}/c`, found: `${n}/c` },
    { target: `${n}/outside`, found: -ENOENT },
    { target: `${n}/loop`, found: -ELOOP },
    { target: `proc/self/root${outside}`, found: -ELOOP },
    { target: `${n}/magic`, found: -ELOOP },
  ];
}

/** A copy of what is mounted at a path, which is not mounted anywhere yet. */
function copyOf(s: Builder, path: Value, flags: number): Value {
  return s.call("open_tree", [AT_FDCWD, path, flags | mount.OPEN_TREE_CLONE | O_CLOEXEC], "copy", {
    result: "tree",
    fails: broken("cannot copy a mount"),
  });
}

/** Opens a path in a root, whatever links lead to. */
function openIn(s: Builder, root: Value, path: Value, refused: (error: Value) => void): Value {
  const how = struct(s, "how", OPEN_HOW, {
    flags: O_PATH | O_CLOEXEC,
    resolve: RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
  });
  return s.call("openat2", [root, path, how.at, OPEN_HOW.bytes], "find the target", {
    result: "target",
    fails: ({ result }) => refused(result),
  });
}

function put(s: Builder, tree: Value, target: Value): void {
  const flags = mount.MOVE_MOUNT_F_EMPTY_PATH | mount.MOVE_MOUNT_T_EMPTY_PATH;
  const fails = broken("cannot mount");
  s.call("move_mount", [tree, "", target, "", flags], "put it there", { fails });
  for (const fd of [tree, target]) s.call("close", [fd], "it is done", { fails: "ignored" });
}

/** Tells for each mount 0 or -errno, and writes what is mounted then. */
function mountAll(s: Trial, root: string, all: readonly (Wanted & { source: string })[]): void {
  const flags = Deno.uid() === 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER;
  s.call("unshare", [flags], "mounts of its own", { fails: broken("cannot unshare") });
  s.call("mount", ["none", "/", 0, mount.MS_REC | mount.MS_PRIVATE, 0], "private", {
    fails: broken("cannot make it private"),
  });
  const rootFd = s.call("openat", [AT_FDCWD, root, O_PATH | O_CLOEXEC, 0], "the root", {
    result: "root",
    fails: broken("cannot open the root"),
  });
  const noProc = (): void => s.fail(broken("cannot find proc"));
  put(s, copyOf(s, "/proc", mount.AT_RECURSIVE), openIn(s, rootFd, "proc", noProc));
  const attributes = struct(s, "attributes", MOUNT_ATTR);
  const rows = all.map(({ source, target }, i) => ({
    source,
    target,
    set: mount.MOUNT_ATTR_NOSUID | mount.MOUNT_ATTR_NODEV | (i % 2 ? mount.MOUNT_ATTR_RDONLY : 0),
  }));
  eachRow(s, ["source", "target", "set"], rows, (row, { next }) => {
    const target = openIn(s, rootFd, row.get("target"), (error) => {
      s.tell(error);
      next();
    });
    const tree = copyOf(s, row.get("source"), 0);
    attributes.set("set", row.get("set"));
    s.call(
      "mount_setattr",
      [tree, "", AT_EMPTY_PATH, attributes.at, MOUNT_ATTR.bytes],
      "what can be done there",
      { fails: broken("cannot set attributes") },
    );
    put(s, tree, target);
    s.tell(0);
  });
  const { start, end } = readText(s, "/proc/self/mountinfo", {
    room: 1 << 20,
    note: "what is mounted",
    cannotOpen: broken("cannot open mountinfo"),
    cannotRead: broken("cannot read mountinfo"),
  });
  writeAll(s, 1, { start, length: end.minus(start) }, "show it", broken("cannot write"));
}

Deno.test(
  "of 100 mounts below a root with planted links, each is in it or is refused",
  requires({ kernel: "5.12", ...(Deno.uid() === 0 ? { root: true } : { userNamespaces: true }) }),
  async () => {
    const folder = Deno.makeTempDirSync({ prefix: "nido-trial-" });
    try {
      const [root, outside] = [`${folder}/root`, `${folder}/outside`];
      for (const path of [`${root}/proc`, outside]) Deno.mkdirSync(path, { recursive: true });
      const wanted = Array.from({ length: 10 }, (_, n) => plant(root, outside, `n${n}`)).flat();
      const all = wanted.map((one, i) => ({ ...one, source: `${folder}/sources/s${i}` }));
      for (const { source, target } of all) {
        Deno.mkdirSync(`${source}/deep`, { recursive: true });
        Deno.symlinkSync(`/${target.replace(/\/.*/, "")}/d`, `${source}/link`);
      }
      const s = new Trial();
      mountAll(s, root, all);
      const steps = s.steps.length;
      const { code, stdout, stderr } = await s.outcome(Deno.build.arch);
      assertEquals([code, stderr], [0, ""]);
      const results = [...new BigInt64Array(stdout.slice(0, 800).buffer)].map(Number);
      const expected = all.map(({ found }) => typeof found === "number" ? found : 0);
      assertEquals(results, expected);
      // In the order in which they were made, each where it was meant to be.
      const mounted = decode(stdout.subarray(800)).split("\n").map((line) => line.split(" "))
        .filter(([, , , from]) => from?.includes(`${folder.slice(folder.lastIndexOf("/"))}/`))
        .map(([, , , from, at, flags]) => {
          const isReadOnly = flags!.split(",").includes("ro");
          assert(/\bnosuid\b/.test(flags!) && /\bnodev\b/.test(flags!), flags);
          return [from!.replace(/.*\//, ""), at!.slice(root.length + 1), isReadOnly];
        });
      const there = all.flatMap(({ found }, i) =>
        typeof found === "number" ? [] : [[`s${i}`, found, i % 2 === 1]]
      );
      assertEquals(mounted, there);
      assertEquals(there.length, 60);
      // The table is gone through by steps that are written once.
      assert(steps < 200, `${steps} steps`);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
);
