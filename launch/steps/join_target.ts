/** The process whose namespaces are joined. @see pidfd_open(2) */
import { ESRCH } from "../../ffi/abi/errno.ts";
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import { PIDFD_THREAD } from "../../ffi/abi/pidfd.ts";
import { SIGSET_BYTES } from "../../ffi/abi/signal.ts";
import { POLLIN } from "../../ffi/abi/wait.ts";
import { targetFileHints, targetHints } from "../hints/join.ts";
import { address, ERROR, FAILURE, type Failure, slot } from "../plan.ts";
import type { Join } from "../spec.ts";
import { type Context, failed } from "./context.ts";
import { inodeOf } from "./inode.ts";
import { lookForThread } from "./join_cause.ts";
import { NO_TIME } from "./structs.ts";

/** The descriptor of the target. */
const RESULT = "target";
export const TARGET = slot(RESULT);

/** Whether setns(2) takes the target's descriptor: Linux 5.8. A kernel that is not known is a new one. */
export function hasSetnsOfProcess(
  { caller: { kernel = [6, 0], pidfds = true } }: Context,
): boolean {
  const [major, minor] = kernel;
  return pidfds && (major > 5 || major === 5 && minor >= 8);
}

/** Whether the target's descriptor is open: older kernels may not even have such. */
function isOpened(context: Context, join: Join): boolean {
  return join.target !== undefined &&
    (hasSetnsOfProcess(context) || join.netSocket !== undefined || join.targetInode !== undefined);
}

/** Ends the launch as if a call had failed so. */
function fail({ s }: Context, errno: number, failure: Failure): void {
  s.compute(ERROR, "set", -errno);
  s.compute(FAILURE, "set", { kind: "failure", failure });
  s.jump("fail");
}

/** Opens the target: from here on it cannot be mistaken for another process that gets its PID. */
export function openTarget(context: Context, join: Join): void {
  const { target, targetInode } = join;
  if (target === undefined) return;
  const { s } = context;
  lookForThread(s, target);
  if (!isOpened(context, join)) return;
  const [thread, opened] = [s.unique("thread"), s.unique("target")];
  const failure = failed(`cannot open process ${target}`, targetHints(target));
  s.call("pidfd_open", [target, 0], `process ${target}, whoever may have its PID later`, {
    result: RESULT,
    orElse: thread,
    failure,
  });
  s.jump(opened);
  s.label(thread);
  s.test("ifEqual", [slot(ERROR), -ESRCH], "fail");
  s.call("pidfd_open", [target, PIDFD_THREAD], "a thread has namespaces of its own", {
    result: RESULT,
    failure,
    when: "if it is a thread, but not its process's first",
  });
  s.label(opened);
  if (targetInode === undefined) return;
  const meant = s.unique("meant");
  const message = `failed to obtain a valid file descriptor for PID ${target}`;
  inodeOf(s, TARGET, "inode", `is it the one whose inode is ${targetInode}?`, {
    failure: failed(message),
  });
  s.test("ifEqual", [slot("inode"), targetInode], meant);
  fail(
    context,
    ESRCH,
    failed(message, [{
      why: `PID ${target} is another process than the one with inode ${targetInode}`,
      remedy: "find out its PID again",
    }]),
  );
  s.label(meant);
}

/** Closes the target where it was open. */
export function closeTarget(context: Context, join: Join): void {
  if (isOpened(context, join)) context.s.call("close", [TARGET], "the target is done");
}

/** If the target lives when all its files are open, none of them is another's. */
export function checkTargetLives(context: Context, join: Join): void {
  if (!isOpened(context, join)) return;
  const { s } = context;
  const alive = s.unique("alive");
  // struct pollfd { int fd; short events, revents; }
  s.compute("poll", "add", TARGET, BigInt(POLLIN) << 32n);
  s.call(
    "ppoll",
    [address("poll"), 1, NO_TIME, 0, SIGSET_BYTES],
    "does the target live? Then all that was opened is its",
    { result: "ended", failure: failed("poll of the target failed") },
  );
  s.test("ifEqual", [slot("ended"), 0], alive);
  const message = `cannot enter process ${join.target}`;
  fail(context, ESRCH, failed(message, [{ why: "it has ended meanwhile" }]));
  s.label(alive);
}

/** The slot with the descriptor of a namespace. */
export const namespaceSlot = (type: NamespaceType): string => `${type} namespace`;

/** Opens a namespace of the target by its file. */
export function openOfTarget(
  { s, caller }: Context,
  target: number,
  type: NamespaceType,
  when?: string,
): void {
  const path = `/proc/${target}/ns/${type}`;
  s.call("openat", [AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0], `the target's ${type} namespace`, {
    result: namespaceSlot(type),
    failure: failed(`cannot open ${path}`, targetFileHints(target, caller)),
    ...(when === undefined ? {} : { when }),
  });
}
