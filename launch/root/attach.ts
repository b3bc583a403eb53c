/** Mounts what is outside at a place of the new root. @see open_tree(2), move_mount(2) */
import {
  AT_RECURSIVE,
  MOVE_MOUNT_F_EMPTY_PATH,
  MOVE_MOUNT_T_EMPTY_PATH,
  MS_BIND,
  MS_REC,
  OPEN_TREE_CLOEXEC,
  OPEN_TREE_CLONE,
} from "../../ffi/abi/mount.ts";
import { not } from "../../engine/condition.ts";
import { type Failure, words } from "../../engine/failure.ts";
import { EACCES, EINVAL, ENOTDIR } from "../../ffi/abi/errno.ts";
import { AT_EMPTY_PATH } from "../../ffi/abi/fcntl.ts";
import { S_IFDIR, S_IFMT } from "../../ffi/abi/stat.ts";
import { STATX_TYPE } from "../../ffi/abi/statx.ts";
import { scratch } from "../../engine/struct.ts";
import { STATX } from "../structs.ts";
import { constant, type Value, type Variable } from "../../engine/value.ts";
import { remountTree, setAttributes } from "./attributes.ts";
import { attachHints, KIND_HINT, sourceHints } from "./hints.ts";
import { cannot, cannotAt, close, openTop, type Root, WAY } from "./root.ts";
import { goToSelf, inSelf } from "./self.ts";

const ASK = "is there such a call, and allowed?";

/** Looks whether there are open_tree(2) and move_mount(2). */
export function lookForTrees({ s, hasTrees }: Root): void {
  hasTrees.set(1);
  s.call("open_tree", [-1, "", 0], ASK, {
    fails: (error) => s.if(error.is("ENOSYS", "EPERM"), () => hasTrees.set(0)),
  });
  s.call("move_mount", [-1, "", -1, "", 0], ASK, {
    fails: (error) => s.if(error.is("ENOSYS", "EPERM"), () => hasTrees.set(0)),
  });
}

/** Whether it is a directory, and what else it may be: S_IF*. */
export function typeOf({ s }: Root, fd: Variable): Variable {
  const status = scratch(s, "statx", STATX);
  s.call("statx", [fd, "", AT_EMPTY_PATH, STATX_TYPE, status.at], "is it a directory?", {
    fails: "ignored",
  });
  return s.variable("type", status.get("mode").and(S_IFMT));
}

/** The destination is no directory. */
export const noDirectory = (root: Root): Failure =>
  cannotAt(root, "use", [KIND_HINT], ", which is no directory");

/** The destination is a directory. */
const noFile = (root: Root): Failure =>
  cannotAt(root, "use", [KIND_HINT], ", which is a directory");

/** A path, the directory that it begins at, and what it may be without a failure: 1 or 0. */
export interface Source {
  readonly folder: Value;
  readonly path: Value;
  /** Missing. */
  readonly mayMiss?: Value;
  /** Of another mount namespace. */
  readonly mayBeForeign?: Value;
}

/** A source cannot be opened. */
export const cannotOpen = (root: Root, path: Variable): Failure =>
  cannot(
    root,
    words`open source '${{ string: path, isPath: true }}'`,
    sourceHints({ string: path }),
  );

/** How a call fails. */
interface Refused {
  fail(as: Failure, result?: Value): void;
}

/**
 * Opens what is to be mounted: a copy of it with all that is mounted below, or a way to it where there are
 * no such copies.
 *
 * @returns A descriptor, or what is below 0: -ENOENT if it is missing, -EINVAL if it is foreign.
 */
export function openSource(
  root: Root,
  { folder, path, mayMiss = 0, mayBeForeign = 0 }: Source,
): Variable {
  const { s } = root;
  return s.subroutine("source", {
    parameters: ["folder", "path", "mayMiss", "mayBeForeign"],
    results: ["source"],
  }, ({ folder, path, mayMiss, mayBeForeign, source }) => {
    path.said();
    const failure = cannotOpen(root, path);
    const opened = {
      result: source,
      fails: {
        ENOENT: (error: Refused) => s.if(mayMiss.is(0), () => error.fail(failure)),
        // The working directory may not be entered.
        EBADF: (error: Refused) => error.fail(failure, constant(-EACCES)),
        EINVAL: (error: Refused) => s.if(mayBeForeign.is(0), () => error.fail(failure)),
        otherwise: failure,
      },
    };
    s.if(root.hasTrees.is(1), () => {
      const flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE;
      s.call("open_tree", [folder, path, flags], "the source, with all mounts below", opened);
    }, {
      otherwise: () => void s.call("openat", [folder, path, WAY, 0], "the source", opened),
    });
  })({ folder, path, mayMiss, mayBeForeign }).source;
}

/** Refuses a file on a directory, and a directory on what is none. */
function refuseOtherKind(
  root: Root,
  source: Variable,
  at: Variable,
  refuse: (failure: Failure) => void,
): void {
  const { s } = root;
  const isDirectory = typeOf(root, source).is(S_IFDIR);
  s.if(typeOf(root, at).is(S_IFDIR), () => s.if(not(isDirectory), () => refuse(noFile(root))), {
    otherwise: () => s.if(isDirectory, () => refuse(noDirectory(root))),
  });
}

/** Where something is mounted: a name in a directory, and what is there, all of them open. */
export interface Target {
  readonly folder: Value;
  readonly name: Value;
  readonly at: Value;
}

/**
 * Mounts a source, and closes it.
 *
 * @param attributes MOUNT_ATTR_*, for it and for all mounts below.
 */
export function attach(
  root: Root,
  source: Value,
  { folder, name, at }: Target,
  attributes: Value,
): void {
  const { s, hasTrees, hasAttributes } = root;
  s.subroutine("attach", {
    parameters: ["source", "folder", "name", "at", "attributes"],
  }, ({ source, folder, name, at, attributes }) => {
    const mounted = s.variable("mounted", source);
    const setIf = (): void => {
      s.if(hasAttributes.is(1), () => setAttributes(root, mounted, attributes, AT_RECURSIVE));
    };
    s.if(hasTrees.is(1), () => {
      setIf();
      const flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
      s.call("move_mount", [source, "", at, "", flags], "mount it there", {
        fails: {
          // It has one error for several causes.
          EINVAL: (error) => {
            refuseOtherKind(root, source, at, (failure) => error.fail(failure, constant(-EINVAL)));
            error.fail(cannotAt(root, "mount on", attachHints()), constant(-EINVAL));
          },
          otherwise: cannotAt(root, "mount on", attachHints()),
        },
      });
    }, {
      otherwise() {
        goToSelf(root);
        const args = [inSelf(s, source), inSelf(s, at), 0, MS_BIND | MS_REC, 0];
        s.call("mount", args, "mount it there, with all mounts below", {
          fails: {
            ENOTDIR: (error) => {
              refuseOtherKind(
                root,
                source,
                at,
                (failure) => error.fail(failure, constant(-ENOTDIR)),
              );
              error.fail(cannotAt(root, "mount on", attachHints()), constant(-ENOTDIR));
            },
            otherwise: cannotAt(root, "mount on", attachHints()),
          },
        });
        mounted.set(openTop(root, folder, name));
        setIf();
      },
    });
    s.if(hasAttributes.is(0), () => remountTree(root, mounted, attributes));
    s.if(hasTrees.is(0), () => close(s, mounted));
    close(s, source);
  })({ source, folder, name, at, attributes });
}
