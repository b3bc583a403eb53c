/**
 * Files of /proc/self that are written. Where namespaces are joined /proc may be whatever somebody has
 * put there, so it is opened before, and what is in it from there. @see proc(5)
 */
import { AT_FDCWD, O_CLOEXEC, O_PATH, O_WRONLY } from "../../ffi/abi/fcntl.ts";
import { PROC_SUPER_MAGIC } from "../../ffi/abi/stat.ts";
import { any, type When } from "../../engine/condition.ts";
import type { Value } from "../../engine/value.ts";
import { writesOwnId } from "../ids/caller.ts";
import { NO_PROC } from "../causes.ts";
import { type Context, failed } from "../context.ts";
import { isJoining } from "../join/asked.ts";
import { isParameter } from "../parameter.ts";
import { checkFileSystem } from "./file_system.ts";

const NO_PROC_THERE = "what is mounted on /proc is no proc";

/** Whether maps of a new user namespace are written from inside. */
function writesMaps(context: Context): When {
  return any(writesOwnId(context), context.request.isGiven(context.spec.setgroups));
}

/** Before anything is joined: opens what will be written to, or where that will be. */
export function openProc(context: Context): void {
  if (writesMaps(context) === false || isJoining(context) !== true) return;
  const { s } = context;
  const args = [AT_FDCWD, "/proc", O_PATH | O_CLOEXEC, 0];
  const proc = s.call("openat", args, "the caller's: others may be fake", {
    result: "proc",
    fails: failed("cannot open /proc", NO_PROC),
  });
  checkFileSystem(context, proc, PROC_SUPER_MAGIC, NO_PROC_THERE);
  context.held.proc = proc;
}

/** Closes /proc: nobody inside may name a way that leads there. */
export function closeProc({ s, held: { proc } }: Context): void {
  if (proc) s.call("close", [proc], "nothing leads there any more", { fails: "ignored" });
}

/** Where a file of /proc/self is: a directory, and a path from there. */
export function inProc({ held: { proc } }: Context, file: string): readonly [Value, string] {
  return proc ? [proc, `self/${file}`] : [AT_FDCWD, `/proc/self/${file}`];
}

export const TIMENS_OFFSETS = "/proc/self/timens_offsets";

/** Whether clocks are set. */
const setsClocks = ({ spec }: Context): boolean =>
  [spec.boottime, spec.monotonic].some((seconds) => seconds !== undefined && !isParameter(seconds));

/**
 * Opens the file by which clocks are set. It is that of the time namespace for children, whichever that
 * is when it is written; and it is this process's own only as long as that is dumpable.
 */
export function openClocks(context: Context): void {
  if (!setsClocks(context)) return;
  const args = [AT_FDCWD, TIMENS_OFFSETS, O_WRONLY | O_CLOEXEC, 0];
  const clocks = context.s.call("openat", args, "the clocks of a time namespace to come", {
    result: "clocks",
    fails: failed(`cannot open ${TIMENS_OFFSETS}`, NO_PROC),
  });
  checkFileSystem(context, clocks, PROC_SUPER_MAGIC, NO_PROC_THERE);
  context.held.clocks = clocks;
}
