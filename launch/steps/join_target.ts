/** The process whose namespaces are joined. @see pidfd_open(2) */
import { ESRCH } from "../../ffi/abi/errno.ts";
import { PIDFD_THREAD } from "../../ffi/abi/pidfd.ts";
import { SIGSET_BYTES } from "../../ffi/abi/signal.ts";
import { POLLIN } from "../../ffi/abi/wait.ts";
import type { Builder } from "../../engine/builder.ts";
import { struct } from "../../engine/struct.ts";
import type { Variable } from "../../engine/value.ts";
import { targetHints } from "../hints/join.ts";
import type { Join } from "../spec.ts";
import { type Context, failed } from "./context.ts";
import { inodeOf } from "./inode.ts";
import { lookForThread } from "./join_cause.ts";
import { NO_TIME, POLLFD } from "./structs.ts";

/** Whether setns(2) takes a process's descriptor: Linux 5.8. A kernel that is not known is a new one. */
export function hasSetnsOfProcess(
  { caller: { kernel = [6, 0], pidfds = true } }: Context,
): boolean {
  const [major, minor] = kernel;
  return pidfds && (major > 5 || major === 5 && minor >= 8);
}

/**
 * Opens the target: from here on it cannot be mistaken for another process that gets its PID.
 *
 * @returns Its descriptor, where one is of use: older kernels may not even have such.
 */
export function openTarget(context: Context, join: Join): Variable | undefined {
  const { s } = context;
  const { target, targetInode, netSocket } = join;
  if (target === undefined) return undefined;
  lookForThread(s, target);
  const isOfUse = hasSetnsOfProcess(context) || netSocket !== undefined ||
    targetInode !== undefined;
  if (!isOfUse) return undefined;
  const pidfd = openProcess(s, target);
  if (targetInode !== undefined) checkInode(s, pidfd, target, targetInode);
  return pidfd;
}

/** Opens a process, or a thread of one. */
function openProcess(s: Builder, pid: number): Variable {
  const fails = failed(`cannot open process ${pid}`, targetHints(pid));
  const pidfd = s.variable("target");
  s.block(({ leave }) => {
    const note = `process ${pid}, whoever may have its PID later`;
    const process = s.call("pidfd_open", [pid, 0], note, {
      result: "target",
      fails: {
        ESRCH: fails,
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
export function checkTargetLives(s: Builder, pidfd: Variable, target: number): void {
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
