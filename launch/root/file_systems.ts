/** New file systems in the new root. @see mount(2), proc(5), tmpfs(5) */
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import {
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
} from "../../ffi/abi/mount.ts";
import { W_OK } from "../../ffi/abi/stat.ts";
import { any, type When } from "../../engine/condition.ts";
import type { Hint } from "../../engine/failure.ts";
import { eachRow } from "../../engine/table.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { procHints } from "../mounts/hints.ts";
import { mayJoin } from "../join/asked.ts";
import { attach, noDirectory, openSource } from "./attach.ts";
import { MAKE, openDestination } from "./destination.ts";
import { goToSelf, inSelf } from "./self.ts";
import { cannotAt, close, followRoot, goTo, openTop, type Root, WAY_NOT_LINK } from "./root.ts";

/** What is mounted. */
export interface FileSystem {
  readonly type: string;
  readonly flags: number;
  /** Its options. */
  readonly options?: Value;
  readonly hints: readonly Hint[];
}

/** Mounts a file system on an open directory. */
export function mountIn(
  root: Root,
  directory: Variable,
  { type, flags, options = 0, hints }: FileSystem,
): void {
  const { s } = root;
  const { there } = s.subroutine("there", {
    parameters: ["directory"],
    results: ["there"],
  }, ({ directory, there }) => {
    there.set(s.variable("here", "."));
    goTo(root, directory, "to mount on what was opened", {
      // What the caller may not enter may be hidden all the same.
      EACCES() {
        goToSelf(root);
        there.set(inSelf(s, directory));
      },
      ENOTDIR: noDirectory(root),
      otherwise: cannotAt(root, "go to"),
    });
  })({ directory });
  there.said();
  s.call("mount", [type, there, type, flags, options], `mount a ${type} there`, {
    fails: cannotAt(root, `mount a ${type} on`, hints),
  });
}

/** Mounts on the destination. @param use Runs with the new mount, if it is to be worked on. */
export function mountOn(root: Root, what: FileSystem, use?: (mounted: Variable) => void): void {
  const { s, parent, last } = root;
  const at = openDestination(root, { make: MAKE.directory, withParent: true });
  mountIn(root, at, what);
  close(s, at);
  followRoot(root);
  if (use) {
    const mounted = openTop(root, parent, last);
    use(mounted);
    close(s, mounted);
  }
  close(s, parent);
}

/** What of a proc is only for who administers the machine: as bwrap(1). */
const COVERED = ["sys", "sysrq-trigger", "irq", "bus"];

const SAFE = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

/** Whether the program has another PID namespace than who starts it. */
const hasNewPid = (root: Root): When =>
  any(
    root.request.includes(root.spec.namespaces, "pid"),
    root.request.isGiven(root.spec.join?.descriptors?.pid),
    mayJoin(root, "pid"),
  );

/** A proc: a new one shows the new PID namespace, and the old one is as good where there is none. */
export function mountProc(root: Root): void {
  const { s, parent, last } = root;
  const what = {
    type: "proc",
    flags: MS_NOSUID | MS_NODEV | MS_NOEXEC,
    hints: procHints(root),
  };
  s.if(hasNewPid(root), () => mountOn(root, what, (mounted) => coverProc(root, mounted)), {
    otherwise() {
      const at = openDestination(root, { make: MAKE.directory, withParent: true });
      const source = openSource(root, { folder: AT_FDCWD, path: "/proc" });
      attach(root, source, { folder: parent, name: last, at }, SAFE);
      close(s, at);
      followRoot(root);
      const mounted = openTop(root, parent, last);
      coverProc(root, mounted);
      close(s, mounted);
      close(s, parent);
    },
  });
}

function coverProc(root: Root, proc: Variable): void {
  const { s } = root;
  s.subroutine("cover proc", { parameters: ["proc"] }, ({ proc }) => {
    eachRow(s, ["name"], COVERED.map((name) => ({ name })), (row, { next }) => {
      const name = s.variable("name", row.get("name"));
      s.call("faccessat", [proc, name, W_OK], "may it be written to?", {
        fails: {
          EACCES: next,
          ENOENT: next,
          EROFS: next,
          otherwise: cannotAt(root, "look at what is in"),
        },
      });
      const source = openSource(root, { folder: proc, path: name });
      const at = s.call("openat", [proc, name, WAY_NOT_LINK, 0], "to cover it", {
        result: "covered",
        fails: cannotAt(root, "open what is in"),
      });
      attach(root, source, { folder: proc, name, at }, SAFE | MOUNT_ATTR_RDONLY);
      close(s, at);
    });
  })({ proc });
}
