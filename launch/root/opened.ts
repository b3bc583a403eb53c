/**
 * Sources that are open already, in the mount namespace that the launch was started in: nothing of that one
 * can be mounted in another, but its path leads to the same here.
 */
import { EINVAL } from "../../ffi/abi/errno.ts";
import { AT_EMPTY_PATH, AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { PATH_MAX } from "../../ffi/abi/limits.ts";
import { STATX_INO } from "../../ffi/abi/statx.ts";
import { NUL } from "../../engine/characters.ts";
import { any } from "../../engine/condition.ts";
import { struct } from "../../engine/struct.ts";
import type { Value, Variable } from "../../engine/value.ts";
import type { Context } from "../context.ts";
import { isParameter } from "../parameter.ts";
import { isRecord } from "../shape.ts";
import { STATX } from "../structs.ts";
import { cannotOpen, openSource } from "./attach.ts";
import { close, type Root, WAY } from "./root.ts";
import { inSelf, openSelf } from "./self.ts";

/** Whether operations may have a descriptor as source. */
function mayHaveOpened({ spec: { newRoot }, starter }: Context): boolean {
  if (newRoot === undefined) return false;
  // A Command's own process is in that namespace, and stays.
  if (isParameter(newRoot)) return starter.listens !== true;
  return newRoot.some(({ kind, ...operation }) => {
    const { source } = operation as { readonly source?: unknown };
    return kind.endsWith("bind") && isRecord(source) && source.fd !== undefined;
  });
}

/** Keeps the mount namespace that the launch was started in: without it descriptors have no paths. */
export function holdMounts(context: Context): void {
  const { s, spec, request, held } = context;
  if (!mayHaveOpened(context)) return;
  const isGiven = request.isGiven(spec.newRoot);
  const mounts = held.mounts = s.variableIf(isGiven, "old mounts");
  s.if(isGiven, () => {
    const args = [AT_FDCWD, "/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC, 0];
    s.call("openat", args, "keep it: else descriptors have no paths", {
      result: mounts,
      fails: "ignored",
    });
  });
}

/** Keeps it no more. */
export function releaseMounts({ s, held: { mounts } }: Root): void {
  if (mounts) s.call("close", [mounts], "descriptors are done", { fails: "ignored" });
}

/**
 * Opens the source of an operation. What links of /proc lead to, as /proc/self/fd/7, is of the mount namespace that
 * the launch was started in, too.
 *
 * @returns A descriptor, or a number below 0 if it is missing and may be.
 */
export function openGiven(root: Root, mayMiss: Variable): Variable {
  const { s, record: { source: path }, folder } = root;
  const source = openSource(root, { folder, path, mayMiss, mayBeForeign: 1 });
  s.if(source.is(-EINVAL), () => {
    const failure = cannotOpen(root, path);
    const opened = s.call("openat", [folder, path, WAY, 0], "it is of another namespace", {
      result: "opened",
      fails: failure,
    });
    source.set(openOpened(root, opened, () => s.fail(failure, EINVAL)));
    close(s, opened);
  }, { when: "if it is in another mount namespace" });
  return source;
}

/**
 * Opens what a descriptor is of, to be mounted, and sees to it that it is the same.
 *
 * @param otherwise The block for what is not there, or is another: it must end or leave.
 */
export function openOpened(root: Root, fd: Value, otherwise: () => void): Variable {
  const { s, self } = root;
  const { source } = s.subroutine("opened", {
    parameters: ["fd"],
    results: ["source"],
  }, ({ fd, source }) => {
    openSelf(root);
    const path = s.memory("path of a descriptor", PATH_MAX);
    source.set(-1);
    s.block(({ leave }) => {
      const args = [self, inSelf(s, fd), path, PATH_MAX - 1];
      const length = s.call("readlinkat", args, "which path has it?", {
        result: "path length",
        fails: leave,
      });
      s.store(path.plus(length), NUL, { bytes: 1 });
      const start = s.variable("opened path", path);
      const found = openSource(root, { folder: AT_FDCWD, path: start, mayMiss: 1 });
      s.if(found.isLess(0), leave);
      const [wanted, other] = [fd, found].map((fd) => {
        const status = struct(s, "statx", STATX);
        s.call("statx", [fd, "", AT_EMPTY_PATH, STATX_INO, status.at], "is it the same?", {
          fails: leave,
        });
        return status;
      });
      const differs = (name: "ino" | "dev") =>
        s.variable(name, wanted!.get(name)).isNot(other!.get(name));
      s.if(any(differs("ino"), differs("dev")), leave);
      source.set(found);
    });
  })({ fd });
  s.if(source.isLess(0), otherwise);
  return source;
}
