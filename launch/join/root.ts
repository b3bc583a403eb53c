/** Root and working directory of a program that joins. @see chroot(2), proc_pid_root(5) */
import { AT_FDCWD, O_CLOEXEC, O_PATH } from "../../ffi/abi/fcntl.ts";
import { all } from "../../engine/condition.ts";
import { words } from "../../engine/failure.ts";
import type { Variable } from "../../engine/value.ts";
import { chrootHints } from "../mounts/hints.ts";
import { firstOf } from "../cases.ts";
import { FEW_FILES } from "../causes.ts";
import { failed } from "../context.ts";
import type { Text } from "../parameter.ts";
import type { Joining } from "./joining.ts";
import { NONE } from "./target.ts";
import { openTargetFile } from "./target_files.ts";

/** Descriptors of the directories to be, as far as others are asked for. */
export interface Directories {
  readonly root: Variable | undefined;
  readonly cwd: Variable | undefined;
}

/** Opens the directories where they are named, before anything is joined. */
export function openDirectories(joining: Joining): Directories {
  const { root, wd } = joining.spec.join!;
  return {
    root: openDirectory(joining, root, "root", "the root directory to be"),
    cwd: openDirectory(joining, wd, "cwd", "the working directory to be"),
  };
}

function openDirectory(
  joining: Joining,
  directory: true | Text | undefined,
  name: "root" | "cwd",
  note: string,
): Variable | undefined {
  const { s, target, request } = joining;
  if (directory === undefined) return undefined;
  const openNamed = (): Variable => {
    const path = directory as Text;
    return s.call("openat", [AT_FDCWD, request.value(path), O_PATH | O_CLOEXEC, 0], note, {
      result: name,
      fails: failed(words`cannot open ${request.path(path)}`, [FEW_FILES]),
    });
  };
  return firstOf(s, name, [
    [
      all(target.isGiven, request.isTrue(directory)),
      () => openTargetFile(joining, name, { result: name, note, flags: O_PATH }),
    ],
    [request.isGiven(directory), openNamed],
  ], NONE);
}

/**
 * Goes to these directories. With another root the working directory is there, unless one is asked
 * for: one outside would be a way out of it.
 */
export function enterDirectories(joining: Joining, { root, cwd }: Directories): void {
  const { s, spec, request } = joining;
  s.if(request.isGiven(spec.join!.root), () => {
    s.call("fchdir", [root!], "go to the root directory to be", {
      fails: failed("change directory by root file descriptor failed"),
    });
    s.call("chroot", ["."], "it is / from here on", {
      fails: failed("chroot failed", chrootHints(joining)),
    });
    s.call("close", [root!], "it is only a path now", { fails: "ignored" });
  });
  s.if(request.isGiven(spec.join!.wd), () => {
    s.call("fchdir", [cwd!], "start in this directory", {
      fails: failed("change directory by working directory file descriptor failed"),
    });
    s.call("close", [cwd!], "nothing else is kept open", { fails: "ignored" });
  });
}
