/** A launcher's file where no copy of it may be made: by a mount of its own, through which nobody can write. */
import type { Builder } from "../../engine/builder.ts";
import { struct } from "../../engine/struct.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { AT_EMPTY_PATH } from "../../ffi/abi/fcntl.ts";
import { MOUNT_ATTR_RDONLY, OPEN_TREE_CLOEXEC, OPEN_TREE_CLONE } from "../../ffi/abi/mount.ts";
import { executeOpen } from "../program/execute.ts";
import { MOUNT_ATTR } from "../root/attributes.ts";

/**
 * Goes on from a mount of the launcher's file that is attached nowhere, and by then not open: who finds it
 * through /proc/PID/exe can neither write nor make another mount of it. It takes CAP_SYS_ADMIN, and Linux 5.12.
 * Comes back where it cannot.
 */
export function goOnReadOnly(s: Builder, self: Variable, words: readonly [Value, Value]): void {
  s.block(({ leave }) => {
    const fails = leave;
    const clone = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH;
    const note = "no file may become as large as a copy: a mount of its own instead";
    const mount = s.call("open_tree", [self, "", clone], note, { result: "mount", fails });
    const attributes = struct(s, "attributes", MOUNT_ATTR, { set: MOUNT_ATTR_RDONLY });
    const args = [mount, "", AT_EMPTY_PATH, attributes.at, MOUNT_ATTR.bytes];
    s.call("mount_setattr", args, "nobody can write through it", { fails });
    executeOpen(s, mount, words, "go on from there", leave);
  });
}
