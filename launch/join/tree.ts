/**
 * The target's files, seen from another mount namespace. That one's mounts can be copied only by who is in
 * it: this process goes there for one call, which follows no path, and comes back. @see open_tree(2)
 */
import { AT_EMPTY_PATH, AT_FDCWD, O_CLOEXEC, O_PATH, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import {
  AT_RECURSIVE,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  MOVE_MOUNT_F_EMPTY_PATH,
  MS_PRIVATE,
  OPEN_TREE_CLOEXEC,
  OPEN_TREE_CLONE,
} from "../../ffi/abi/mount.ts";
import { NAMESPACE_FLAGS } from "../../ffi/abi/namespaces.ts";
import { type Hint, type Message, words } from "../../engine/failure.ts";
import { struct } from "../../engine/struct.ts";
import { filtered } from "../causes.ts";
import { type Context, failed } from "../context.ts";
import { mountHints } from "../mounts/hints.ts";
import { MOUNT_ATTR } from "../root/attributes.ts";
import { treeHints, treePathHints } from "./hints.ts";
import type { Joining } from "./joining.ts";
import { openTargetFile } from "./target_files.ts";

/** Nothing in there is changed or run. */
const ATTRIBUTES = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

/** Before anything is joined: opens the target's root directory, and the mount namespace that it is in. */
export function openTree(joining: Joining): void {
  const { spec: { join }, held } = joining;
  if (join!.mountRoot === undefined) return;
  const note = "the directory to be seen";
  held.treeRoot = openTargetFile(joining, "root", { result: "target root", note, flags: O_PATH });
  held.treeMounts = openTargetFile(joining, "ns/mnt", {
    result: "target mounts",
    note: "where it is mounted",
  });
}

/** In the new mount namespace: copies the target's mounts. */
export function takeTree({ s, held }: Context): void {
  const { treeRoot, treeMounts } = held;
  if (!treeRoot || !treeMounts) return;
  const open = (path: string, result: string, flags: number, note: string) =>
    s.call("openat", [AT_FDCWD, path, flags | O_CLOEXEC, 0], note, {
      result,
      fails: failed(`cannot open ${path}`),
    });
  const close = (fd: typeof treeRoot): void => {
    s.call("close", [fd], "it is done", { fails: "ignored" });
  };
  const own = open("/proc/self/ns/mnt", "own mounts", O_RDONLY, "the way back");
  const root = open("/", "own root", O_PATH, "the way back");
  const folder = open(".", "own folder", O_PATH, "the way back");
  const enter = (fd: typeof treeRoot, note: string, message: Message, hints: readonly Hint[]) => {
    s.call("setns", [fd, NAMESPACE_FLAGS.mnt], note, { fails: failed(message, hints) });
  };
  enter(treeMounts, "go where the target's mounts are", "cannot go to the target's mounts", [
    ...treeHints(),
  ]);
  const flags = AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
  held.tree = s.call("open_tree", [treeRoot, "", flags], "a copy of all that is mounted there", {
    result: "tree",
    fails: failed("cannot copy the target's mounts", [filtered("mount"), ...mountHints()]),
  });
  enter(own, "come back", "cannot come back from the target's mounts", []);
  const back = failed("cannot come back to the root directory");
  s.call("fchdir", [root], "come back", { fails: back });
  s.call("chroot", ["."], "come back", { fails: back });
  s.call("fchdir", [folder], "come back", { fails: back });
  for (const fd of [treeRoot, treeMounts, own, root, folder]) close(fd);
}

/** In the program's root: mounts the copy. */
export function mountTree({ s, spec: { join }, request, held: { tree } }: Context): void {
  const path = join?.mountRoot;
  if (!tree || path === undefined) return;
  const attributes = struct(s, "attributes", MOUNT_ATTR);
  attributes.set("set", ATTRIBUTES);
  attributes.set("propagation", MS_PRIVATE);
  const args = [tree, "", AT_EMPTY_PATH | AT_RECURSIVE, attributes.at, MOUNT_ATTR.bytes];
  s.call("mount_setattr", args, "nothing in there is changed or run", {
    fails: failed("cannot make the target's files read-only", mountHints()),
  });
  const message = words`cannot mount the target's files on ${request.path(path)}`;
  const to = [tree, "", AT_FDCWD, request.value(path), MOVE_MOUNT_F_EMPTY_PATH];
  s.call("move_mount", to, `the target's files are below ${request.shown(path)}`, {
    fails: failed(message, [...treePathHints(), ...mountHints()]),
  });
  releaseTree({ s, held: { tree } });
}

/** Where nothing is mounted any more: else who waits would keep the target's mounts busy. */
export function releaseTree({ s, held: { tree } }: Pick<Context, "s" | "held">): void {
  if (tree) s.call("close", [tree], "the copy is done", { fails: "ignored" });
}
