/** Root and working directory of a program that joins. @see chroot(2), proc_pid_root(5) */
import { AT_FDCWD, O_CLOEXEC, O_PATH } from "../../ffi/abi/fcntl.ts";
import { type Bytes, display, encode } from "../../ffi/bytes.ts";
import { chrootHints } from "../hints/mounts.ts";
import { targetFileHints } from "../hints/join.ts";
import { slot } from "../plan.ts";
import type { Join } from "../spec.ts";
import { type Context, failed } from "./context.ts";

/** Opens the directories where they are named, before anything is joined. */
export function openDirectories(context: Context, { target, root, wd }: Join): void {
  const open = (what: Bytes | true | undefined, kind: "root" | "cwd"): void => {
    if (what === undefined) return;
    const path = what === true ? `/proc/${target}/${kind}` : what;
    const note = kind === "root" ? "the root directory to be" : "the working directory to be";
    context.s.call("openat", [AT_FDCWD, encode(path), O_PATH | O_CLOEXEC, 0], note, {
      result: kind,
      failure: failed(
        `cannot open ${display(path)}`,
        what === true ? targetFileHints(target!, context.caller) : [],
      ),
    });
  };
  open(root, "root");
  open(wd, "cwd");
}

/**
 * Goes to these directories. With another root the working directory is there, unless one is asked
 * for: one outside would be a way out of it.
 */
export function enterDirectories({ s, spec, caller }: Context, { root, wd }: Join): void {
  if (root !== undefined) {
    s.call("fchdir", [slot("root")], "go to the root directory to be", {
      failure: failed("change directory by root file descriptor failed"),
    });
    s.call("chroot", ["."], "it is / from here on", {
      failure: failed("chroot failed", chrootHints(spec, caller)),
    });
    s.call("close", [slot("root")], "it is only a path now");
  }
  if (wd !== undefined) {
    s.call("fchdir", [slot("cwd")], "start in this directory", {
      failure: failed("change directory by working directory file descriptor failed"),
    });
    s.call("close", [slot("cwd")], "nothing else is kept open");
  }
}
