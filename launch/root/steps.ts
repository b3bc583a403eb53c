/**
 * Makes the root of the program. Until all of it is made this process keeps looking from the old root, so
 * that sources are what the caller means, and reaches the new one by descriptors alone. @see pivot_root(2)
 */
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { MNT_DETACH, MS_BIND, MS_NODEV, MS_NOSUID } from "../../ffi/abi/mount.ts";
import { data } from "../../engine/operand.ts";
import type { Variable } from "../../engine/value.ts";
import { FEW_FILES } from "../causes.ts";
import { type Context, failed } from "../context.ts";
import { mountHints } from "../mounts/hints.ts";
import { isParameter } from "../parameter.ts";
import { lookForTrees } from "./attach.ts";
import { lookForAttributes } from "./attributes.ts";
import { lookForOpenat2 } from "./destination.ts";
import { baseHints, outsideHints } from "./hints.ts";
import { doOperations } from "./operations.ts";
import { releaseMounts } from "./opened.ts";
import { layersOf } from "./overlay.ts";
import { operationsBytes } from "./record.ts";
import { close, NEW, OLD, type Root, rootOf, WAY } from "./root.ts";

/** Makes it, if one is asked for. */
export function makeRoot(context: Context): void {
  const { s, spec: { newRoot }, request } = context;
  if (newRoot === undefined) return;
  const isGiven = request.isGiven(newRoot);
  const root = rootOf(context, isGiven);
  const layers = layersOf(root);
  const operations = isParameter(newRoot)
    ? request.value(newRoot)
    : data(operationsBytes(newRoot), `${newRoot.length} operations`);
  s.if(isGiven, () => {
    for (const variable of [root.number, root.self, root.parent, root.last]) variable.set(0);
    root.isAway.set(1);
    lookForTrees(root);
    lookForAttributes(root);
    lookForOpenat2(root);
    const umask = s.call("umask", [0], "modes are those that are asked for", {
      result: "umask",
      fails: "ignored",
    });
    enterBase(root);
    doOperations(root, layers, operations);
    enterNew(root);
    s.call("umask", [umask], "it is the program's again", { fails: "ignored" });
  });
}

function openWay({ s }: Root, path: string, result: Variable, note: string): void {
  s.call("openat", [AT_FDCWD, path, WAY, 0], note, {
    result,
    fails: failed(`cannot open ${path}`, [FEW_FILES]),
  });
}

/** Hides the old root below a file system of its own, and looks from there. */
function enterBase(root: Root): void {
  const { s, base, outside, folder, top } = root;
  s.call("openat", [AT_FDCWD, ".", WAY, 0], "where relative paths of sources begin", {
    result: folder,
    // Who may not enter it has other sources.
    fails: { EACCES: "ignored", otherwise: failed("cannot open .", [FEW_FILES]) },
  });
  openWay(root, "/", outside, "where sources are");
  const args = ["tmpfs", "/", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755"];
  s.call("mount", args, "what has the old and the new root in it", {
    fails: failed("cannot mount a file system for the new root", baseHints()),
  });
  // What is on top of a root is reached from it only so.
  openWay(root, "/..", base, "it is on top of the old root");
  s.call("fchdir", [base], "make the two", { fails: failed("cannot make the new root") });
  for (const name of [OLD, NEW]) {
    s.call("mkdirat", [base, name, 0o755], `the ${name === OLD ? "old" : "new"} root`, {
      fails: failed("cannot make the new root", baseHints()),
    });
  }
  s.call("mount", [NEW, NEW, 0, MS_BIND, 0], "a root must be a mount", {
    fails: failed("cannot make the new root", baseHints()),
  });
  s.call("pivot_root", [".", OLD], "the old root is below", {
    fails: failed("cannot change the root", mountHints()),
  });
  s.call("openat", [base, NEW, WAY, 0], "the new root", {
    result: top,
    fails: failed("cannot open the new root", [FEW_FILES]),
  });
  s.call("fchdir", [outside], "look from the old root", {
    fails: failed("cannot look from the old root"),
  });
  s.call("chroot", ["."], "sources are there", {
    fails: failed("cannot look from the old root", outsideHints()),
  });
}

/** Makes the new root that of the mount namespace, and leaves nothing of the old one. */
function enterNew(root: Root): void {
  const { s, base, outside, folder, top, self } = root;
  const failure = failed("cannot enter the new root", mountHints());
  s.call("fchdir", [base], "back to what has both", { fails: failure });
  s.call("chroot", ["."], "back to what has both", { fails: failure });
  s.call("fchdir", [top], "to the new root", { fails: failure });
  s.call("pivot_root", [".", "."], "it is / from here on, and the old one on top of it", {
    fails: failure,
  });
  s.call("umount2", [".", MNT_DETACH], "and that is gone", {
    fails: failed("cannot unmount the old root"),
  });
  s.call("chdir", ["/"], "start in the new root", {
    fails: failed("cannot change directory to /"),
  });
  for (const fd of [base, outside, folder, top]) close(s, fd, "nothing leads out of it");
  releaseMounts(root);
  s.if(self.isNot(0), () => close(s, self, "nothing leads out of it"));
}
