/** Attributes of mounts, which are only ever added: some may be locked. @see mount_setattr(2), mount_namespaces(7) */
import { AT_EMPTY_PATH } from "../../ffi/abi/fcntl.ts";
import { MS_BIND, MS_NOSYMFOLLOW, MS_RELATIME, MS_REMOUNT } from "../../ffi/abi/mount.ts";
import { PATH_MAX } from "../../ffi/abi/limits.ts";
import { ST_AS_MOUNT, ST_NOSYMFOLLOW, ST_RELATIME, STATFS } from "../../ffi/abi/stat.ts";
import { SLASH } from "../../engine/characters.ts";
import { all, any } from "../../engine/condition.ts";
import { type Layout, layout, struct } from "../../engine/struct.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { readOnlyHints } from "./hints.ts";
import { eachMountPoint } from "./mountinfo.ts";
import { cannotAt, close, NEW, type Root } from "./root.ts";
import { goToSelf, inSelf, openSelf } from "./self.ts";
import { walk } from "./walk.ts";

/** struct mount_attr */
export const MOUNT_ATTR: Layout<"set" | "clear" | "propagation" | "userNamespace"> = layout(32, {
  set: [0, 8],
  clear: [8, 8],
  propagation: [16, 8],
  userNamespace: [24, 8],
});

/** Looks whether there is a mount_setattr(2). */
export function lookForAttributes({ s, hasAttributes }: Root): void {
  hasAttributes.set(1);
  const attributes = struct(s, "attributes", MOUNT_ATTR);
  const args = [-1, "", AT_EMPTY_PATH, attributes.at, MOUNT_ATTR.bytes];
  s.call("mount_setattr", args, "is there such a call, and allowed?", {
    fails: (error) => s.if(error.is("ENOSYS", "EPERM"), () => hasAttributes.set(0)),
  });
}

/** Adds attributes to a mount. @param flags AT_RECURSIVE for all mounts below, or 0. */
export function setAttributes(root: Root, fd: Variable, attributes: Value, flags: number): void {
  const { s } = root;
  const to = struct(s, "attributes", MOUNT_ATTR);
  to.set("set", attributes);
  const args = [fd, "", AT_EMPTY_PATH | flags, to.at, MOUNT_ATTR.bytes];
  s.call("mount_setattr", args, flags === 0 ? "this mount alone" : "for all mounts of it", {
    fails: cannotAt(root, "set attributes of", readOnlyHints()),
  });
}

/** The same by mount(2), which would take away what is not named. The low bits of both are the same. */
export function remount(root: Root, fd: Variable, attributes: Value): void {
  const { s } = root;
  s.subroutine("remount", { parameters: ["fd", "attributes"] }, ({ fd, attributes }) => {
    const statfs = s.memory("statfs", STATFS.bytes);
    s.call("fstatfs", [fd, statfs], "which attributes has it?", {
      fails: cannotAt(root, "set attributes of"),
    });
    const has = s.variable("has", statfs.word(STATFS.flags));
    const flags = s.variable("mount flags", has.and(ST_AS_MOUNT).or(attributes));
    s.if(has.has(ST_RELATIME), () => flags.set(flags.or(MS_RELATIME)));
    s.if(has.has(ST_NOSYMFOLLOW), () => flags.set(flags.or(MS_NOSYMFOLLOW)));
    flags.set(flags.or(MS_REMOUNT | MS_BIND));
    goToSelf(root);
    s.call("mount", [0, inSelf(s, fd), 0, flags, 0], "the same, and these", {
      fails: cannotAt(root, "set attributes of", readOnlyHints()),
    });
  })({ fd, attributes });
}

/** The same for a mount and all that are below it. */
export function remountTree(root: Root, fd: Value, attributes: Value): void {
  const { s } = root;
  s.subroutine("remount tree", { parameters: ["fd", "attributes"] }, ({ fd, attributes }) => {
    remount(root, fd, attributes);
    openSelf(root);
    const path = s.memory("path of the mount", PATH_MAX);
    const args = [root.self, inSelf(s, fd), path, PATH_MAX - 1];
    const length = s.call("readlinkat", args, "where is it?", {
      result: "length",
      fails: cannotAt(root, "find"),
    });
    eachMountPoint(root, (point) => {
      const end = s.variable("end", point.plus(length));
      // The root has all of them below it.
      const isRoot = length.is(`/${NEW}`.length);
      const isBelow = all(point.isSame(path, length), end.byte().is(SLASH));
      s.if(any(all(isRoot, point.begins(`/${NEW}/`)), isBelow), () => {
        const below = walk(root, point.plus(`/${NEW}`.length), 0);
        remount(root, below, attributes);
        close(s, below);
      }, { when: "if it is below" });
    });
  })({ fd, attributes });
}
