/** The process whose namespaces are joined. @see pidfd_open(2) */
import { ESRCH } from "../../ffi/abi/errno.ts";
import { PIDFD_THREAD } from "../../ffi/abi/pidfd.ts";
import { SIGSET_BYTES } from "../../ffi/abi/signal.ts";
import { POLLIN } from "../../ffi/abi/wait.ts";
import type { Builder } from "../../engine/builder.ts";
import { all, any, not, type When } from "../../engine/condition.ts";
import { words } from "../../engine/failure.ts";
import { struct } from "../../engine/struct.ts";
import type { Variable } from "../../engine/value.ts";
import { version } from "../causes.ts";
import { holdsIf } from "../cases.ts";
import { failed } from "../context.ts";
import type { Parameter } from "../parameter.ts";
import { inodeOf } from "../proc/inode.ts";
import type { Joining } from "./joining.ts";
import { targetHints } from "./target_hints.ts";
import { findLinux } from "../proc/linux.ts";
import { NO_TIME, POLLFD } from "../structs.ts";

/** No descriptor. */
export const NONE = -1;

/** The target's process. */
export interface Target {
  /** Its descriptor; {@linkcode NONE} where a filter refuses it, or Linux has no such. */
  readonly pidfd: Variable;
  /** Whether namespaces are joined by it. */
  readonly isTaken: When;
}

/** Opens the target: from here on it cannot be mistaken for another process that gets its PID. */
export function openTarget(joining: Joining): Target | undefined {
  const { s, spec: { join }, target, request } = joining;
  if (target.isGiven === false) return undefined;
  const inode = request.isGiven(join!.targetInode);
  const pidfd = s.variable("target", NONE);
  s.if(target.isGiven, () => {
    openProcess(joining, pidfd, any(request.isGiven(join!.netSocket), inode));
    s.if(inode, () => checkInode(joining, pidfd, join!.targetInode!));
  });
  const isTaken = holdsIf(s, all(target.isGiven, joining.atOnce.isAny), "is taken", () => {
    // Older ones do not take the descriptor of a process.
    const { isOlder } = findLinux(s, version(5, 8));
    return all(pidfd.isNot(NONE), isOlder.is(0));
  });
  return { pidfd, isTaken };
}

/** Opens a process, or a thread of one. @param isNeeded Whether it is the end if none can be opened. */
function openProcess(joining: Joining, pidfd: Variable, isNeeded: When): void {
  const { s, target } = joining;
  const { number } = target;
  const fails = failed(words`cannot open process ${number}`, targetHints(target));
  s.block(({ leave }) => {
    const note = `process ${
      joining.request.shown(joining.spec.join!.target!)
    }, whoever may have its PID later`;
    const process = s.call("pidfd_open", [target.value, 0], note, {
      result: "target",
      fails: {
        ESRCH: fails,
        ...(isNeeded === false ? { EPERM: leave, ENOSYS: leave } : {}),
        otherwise(error) {
          const mayLack = typeof isNeeded !== "boolean" &&
            all(not(isNeeded), error.is("EPERM", "ENOSYS"));
          s.if(mayLack, leave);
          const note = "a thread has namespaces of its own";
          const thread = s.call("pidfd_open", [target.value, PIDFD_THREAD], note, {
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
}

/** Sees to it that the process is the one that has this inode, and not another with its PID. */
function checkInode(
  { s, request, target: { number } }: Joining,
  pidfd: Variable,
  wanted: number | bigint | Parameter,
): void {
  const message = words`failed to obtain a valid file descriptor for PID ${number}`;
  const inode = inodeOf(s, pidfd, `is it the one whose inode is ${request.shown(wanted)}?`, {
    fails: failed(message),
  });
  const another = failed(message, [{
    why: words`PID ${number} is another process than the one with inode ${request.number(wanted)}`,
    remedy: "find out its PID again",
  }]);
  s.if(inode.isNot(request.value(wanted)), () => s.fail(another, ESRCH));
}

/** If the target lives when all its files are open, none of them is another's. */
export function checkTargetLives(joining: Joining, { pidfd }: Target): void {
  joining.s.if(pidfd.isNot(NONE), () => checkLives(joining, pidfd));
}

function checkLives({ s, target }: Joining, pidfd: Variable): void {
  const poll = struct(s, "poll", POLLFD);
  poll.set("fd", pidfd);
  poll.set("events", POLLIN);
  const note = "does the target live? Then all that was opened is its";
  const ended = s.call("ppoll", [poll.at, 1, NO_TIME, 0, SIGSET_BYTES], note, {
    result: "ended",
    fails: failed("poll of the target failed"),
  });
  const failure = failed(words`cannot enter process ${target.number}`, [{
    why: "it has ended meanwhile",
  }]);
  s.if(ended.isNot(0), () => s.fail(failure, ESRCH));
}

/** Closes its descriptor. */
export function closeTarget(s: Builder, { pidfd }: Target): void {
  s.if(pidfd.isNot(NONE), () => {
    s.call("close", [pidfd], "the target is done", { fails: "ignored" });
  });
}
