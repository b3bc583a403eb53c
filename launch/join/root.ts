/** Root and working directory of a program that joins. @see chroot(2), proc_pid_root(5) */
import { AT_FDCWD, O_CLOEXEC, O_PATH } from "../../ffi/abi/fcntl.ts";
import { type Bytes, display, encode } from "../../ffi/bytes.ts";
import type { Variable } from "../../engine/value.ts";
import { chrootHints } from "../mounts/hints.ts";
import type { Join } from "../spec.ts";
import { type Context, failed } from "../context.ts";
import { openTargetFile } from "./target_files.ts";

/** Descriptors of the directories to be, as far as others are asked for. */
export interface Directories {
  readonly root: Variable | undefined;
  readonly cwd: Variable | undefined;
}

/** Opens the directories where they are named, before anything is joined. */
export function openDirectories(context: Context, { target, root, wd }: Join): Directories {
  const open = (directory: Bytes | true | undefined, name: "root" | "cwd", note: string) => {
    if (directory === undefined) return undefined;
    const words = { result: name, note, flags: O_PATH };
    if (directory === true) {
      return openTargetFile(context, target!, `/proc/${target}/${name}`, words);
    }
    return context.s.call("openat", [AT_FDCWD, encode(directory), O_PATH | O_CLOEXEC, 0], note, {
      result: name,
      fails: failed(`cannot open ${display(directory)}`),
    });
  };
  return {
    root: open(root, "root", "the root directory to be"),
    cwd: open(wd, "cwd", "the working directory to be"),
  };
}

/**
 * Goes to these directories. With another root the working directory is there, unless one is asked
 * for: one outside would be a way out of it.
 */
export function enterDirectories({ s, spec }: Context, { root, cwd }: Directories): void {
  if (root) {
    s.call("fchdir", [root], "go to the root directory to be", {
      fails: failed("change directory by root file descriptor failed"),
    });
    s.call("chroot", ["."], "it is / from here on", {
      fails: failed("chroot failed", chrootHints(spec)),
    });
    s.call("close", [root], "it is only a path now", { fails: "ignored" });
  }
  if (cwd) {
    s.call("fchdir", [cwd], "start in this directory", {
      fails: failed("change directory by working directory file descriptor failed"),
    });
    s.call("close", [cwd], "nothing else is kept open", { fails: "ignored" });
  }
}
