/**
 * Sources that are open already, in the mount namespace that the launch was started in: nothing of that one
 * can be mounted in another, but its path leads to the same here.
 */
import { AT_EMPTY_PATH, AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { PATH_MAX } from "../../ffi/abi/limits.ts";
import { STATX_INO } from "../../ffi/abi/statx.ts";
import { any } from "../../engine/condition.ts";
import { NUL } from "../../engine/file.ts";
import { struct } from "../../engine/struct.ts";
import type { Value, Variable } from "../../engine/value.ts";
import type { Context } from "../context.ts";
import { isParameter } from "../parameter.ts";
import { isRecord } from "../shape.ts";
import { STATX } from "../structs.ts";
import { openSource } from "./attach.ts";
import type { Root } from "./root.ts";
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
 * Opens what a descriptor is of, to be mounted, and sees to it that it is the same.
 *
 * @param otherwise The block for what is not there, or is another: it must end or leave.
 */
export function openOpened(root: Root, fd: Value, otherwise: () => void): Variable {
  const { s, self } = root;
  openSelf(root);
  const path = s.memory("path of a descriptor", PATH_MAX);
  const number = s.variable("descriptor", fd);
  const args = [self, inSelf(s, number), path, PATH_MAX - 1];
  const length = s.call("readlinkat", args, "which path has it?", {
    result: "path length",
    fails: otherwise,
  });
  s.store(path.plus(length), NUL, { bytes: 1 });
  const start = s.variable("opened path", path);
  const source = openSource(root, { folder: AT_FDCWD, path: start, mayMiss: 1 });
  s.if(source.isLess(0), otherwise);
  const [wanted, found] = [number, source].map((fd) => {
    const status = struct(s, "statx", STATX);
    s.call("statx", [fd, "", AT_EMPTY_PATH, STATX_INO, status.at], "is it the same?", {
      fails: otherwise,
    });
    return status;
  });
  const differs = (name: "ino" | "dev") =>
    s.variable(name, wanted!.get(name)).isNot(found!.get(name));
  s.if(any(differs("ino"), differs("dev")), otherwise);
  return source;
}
