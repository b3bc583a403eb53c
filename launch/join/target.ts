/** The process whose namespaces are joined. @see pidfd_open(2) */
import { ESRCH } from "../../ffi/abi/errno.ts";
import { PIDFD_THREAD } from "../../ffi/abi/pidfd.ts";
import { SIGSET_BYTES } from "../../ffi/abi/signal.ts";
import { POLLIN } from "../../ffi/abi/wait.ts";
import type { Builder } from "../../engine/builder.ts";
import { all, type When } from "../../engine/condition.ts";
import { struct } from "../../engine/struct.ts";
import type { Variable } from "../../engine/value.ts";
import { version } from "../causes.ts";
import { targetHints } from "./hints.ts";
import type { Join } from "../spec.ts";
import { type Context, failed } from "../context.ts";
import { inodeOf } from "../proc/inode.ts";
import { lookForThread } from "./cause.ts";
import { findLinux } from "../proc/linux.ts";
import { NO_TIME, POLLFD } from "../structs.ts";

/** No descriptor. */
export const NONE = -1;

/** The target's process. */
export interface Target {
  readonly pid: number;
  /** Its descriptor; {@linkcode NONE} where a filter refuses it, or Linux has no such. */
  readonly pidfd: Variable;
  /** Whether namespaces are joined by it. */
  readonly isTaken: When;
}

/**
 * Opens the target: from here on it cannot be mistaken for another process that gets its PID.
 *
 * @param joins Whether namespaces are to be joined by its descriptor, where that is taken.
 */
export function openTarget(context: Context, join: Join, joins: boolean): Target | undefined {
  const { s } = context;
  const { target: pid, targetInode, netSocket } = join;
  if (pid === undefined) return undefined;
  lookForThread(s, pid);
  const isNeeded = netSocket !== undefined || targetInode !== undefined;
  const pidfd = openProcess(s, pid, isNeeded);
  if (targetInode !== undefined) checkInode(s, pidfd, pid, targetInode);
  if (!joins) return { pid, pidfd, isTaken: false };
  // Older ones do not take the descriptor of a process.
  const { isOlder } = findLinux(s, version(5, 8));
  return { pid, pidfd, isTaken: all(pidfd.isNot(NONE), isOlder.is(0)) };
}

/** Opens a process, or a thread of one. @param isNeeded Whether it is the end if none can be opened. */
function openProcess(s: Builder, pid: number, isNeeded: boolean): Variable {
  const fails = failed(`cannot open process ${pid}`, targetHints(pid));
  const pidfd = s.variable("target", NONE);
  s.block(({ leave }) => {
    const note = `process ${pid}, whoever may have its PID later`;
    const process = s.call("pidfd_open", [pid, 0], note, {
      result: "target",
      fails: {
        ESRCH: fails,
        ...(isNeeded ? {} : { EPERM: leave, ENOSYS: leave }),
        otherwise() {
          const note = "a thread has namespaces of its own";
          const thread = s.call("pidfd_open", [pid, PIDFD_THREAD], note, {
            result: "target",
            fails,
            when: "if it is a thread, but not its process's first",
          });
          pidfd.set(thread);
          leave();
        },
      },
    });
    pidfd.set(process);
  });
  return pidfd;
}

/** Sees to it that the process is the one that has this inode, and not another with its PID. */
function checkInode(s: Builder, pidfd: Variable, pid: number, wanted: number | bigint): void {
  const message = `failed to obtain a valid file descriptor for PID ${pid}`;
  const inode = inodeOf(s, pidfd, `is it the one whose inode is ${wanted}?`, {
    fails: failed(message),
  });
  const another = failed(message, [{
    why: `PID ${pid} is another process than the one with inode ${wanted}`,
    remedy: "find out its PID again",
  }]);
  s.if(inode.isNot(wanted), () => s.fail(another, ESRCH));
}

/** If the target lives when all its files are open, none of them is another's. */
export function checkTargetLives(s: Builder, { pid, pidfd }: Target): void {
  s.if(pidfd.isNot(NONE), () => checkLives(s, pidfd, pid));
}

function checkLives(s: Builder, pidfd: Variable, target: number): void {
  const poll = struct(s, "poll", POLLFD);
  poll.set("fd", pidfd);
  poll.set("events", POLLIN);
  const note = "does the target live? Then all that was opened is its";
  const ended = s.call("ppoll", [poll.at, 1, NO_TIME, 0, SIGSET_BYTES], note, {
    result: "ended",
    fails: failed("poll of the target failed"),
  });
  const failure = failed(`cannot enter process ${target}`, [{ why: "it has ended meanwhile" }]);
  s.if(ended.isNot(0), () => s.fail(failure, ESRCH));
}

/** Closes its descriptor. */
export function closeTarget(s: Builder, { pidfd }: Target): void {
  s.if(pidfd.isNot(NONE), () => {
    s.call("close", [pidfd], "the target is done", { fails: "ignored" });
  });
}
