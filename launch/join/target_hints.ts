/** Why the target, or something of it, cannot be opened. */
import { CAP_SYS_PTRACE } from "../../ffi/abi/capability.ts";
import { EBADF, EINVAL, ENOENT, ENOTTY, ESRCH } from "../../ffi/abi/errno.ts";
import {
  FOUND,
  type Hint,
  type Look,
  type Message,
  type Part,
  type RuntimeValue,
  words,
} from "../../engine/failure.ts";
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import { contains } from "../../engine/looks.ts";
import {
  FEW_FILES,
  filtered,
  forRoot,
  isBefore,
  MOUNTINFO,
  REFUSED,
  withCapability,
} from "../causes.ts";
import { option, type OptionTerm } from "../option.ts";

/** Looks at a target. Paths of files are those below its folder in /proc. */
export interface TargetLooks {
  absent(file: string): Look;
  exists(file: string): Look;
  contains(file: string, text: string): Look;
  /** The caller is in its namespace of this type. */
  shares(type: NamespaceType): Look;
  /** It is another user's, and the caller not root: finds the caller's user id. */
  readonly isOthers: Look;
  /** A thread of it beside its first lives: finds its number. */
  readonly livingThread: Look;
}

/** The process that is named as the target. */
export interface NamedTarget {
  /** Its number. */
  readonly number: Part;
  readonly looks: TargetLooks;
}

/** The file of a process's network namespace, as the option that names it. */
const netFile = (process: Part | RuntimeValue): OptionTerm =>
  option("join.files.net", words`/proc/${process}/ns/net`);

/** The process must be the caller's own to be looked at, but for root. */
export function foreignHints(target: NamedTarget): Hint[] {
  return [{
    errno: REFUSED,
    look: [target.looks.isOthers],
    why: words`process ${target.number} is not one of uid ${FOUND}'s`,
    remedy: "run as root, or as its user",
  }];
}

/** A process that is not there any more, though its PID is: nothing but its PID namespace is left of it. */
export function endedHints(
  errno: readonly number[],
  target: NamedTarget,
): Hint[] {
  const why = words`the first thread of process ${target.number} has ended, while others live`;
  const { contains, livingThread } = target.looks;
  const ended = contains("status", "\nState:\tZ");
  return [
    {
      errno,
      look: [ended, isBefore(6, 9), livingThread],
      why,
      remedy: words`name the files of another: ${netFile(FOUND)}`,
    },
    {
      errno,
      look: [ended, livingThread],
      why,
      remedy: words`enter another: ${option("join.target", [FOUND], "letter")}`,
    },
    {
      errno,
      look: [ended],
      why:
        words`process ${target.number} has ended: it is a zombie, which has no namespaces, until its parent asks how it did`,
      remedy: "name another process that is in them: nido lsns",
    },
  ];
}

/** A /proc in which the target has another number, or is not. */
export const foreignProcHint = (target: NamedTarget): Hint => ({
  why:
    "/proc is of another PID namespace than the caller's own, and numbers are other processes' there",
  remedy:
    words`mount -t proc proc /proc, in a mount namespace of its own; if it is the number that /proc shows: name files, as ${
      netFile(target.number)
    }`,
});

const absentHint = (errno: readonly number[], target: NamedTarget): Hint => ({
  errno,
  why: words`there is no process ${target.number} in the caller's PID namespace`,
  remedy: "list who is in which namespaces: nido lsns",
});

/** pidfd_open(2). */
export function targetHints(target: NamedTarget): Hint[] {
  const filter = filtered("pidfd_open");
  const { number } = target;
  return [
    {
      ...filter,
      remedy: words`name files instead of ${option("join.target", undefined, "letter")}, as ${
        netFile(number)
      }; or ${filter.remedy!}`,
    },
    absentHint([ESRCH], target),
    FEW_FILES,
    {
      errno: [EINVAL, ENOENT],
      look: [target.looks.exists("status")],
      why:
        words`${number} is a thread, but not the first of its process, and Linux takes such since 6.9`,
      remedy: words`look whose it is, and name that: grep Tgid /proc/${number}/status`,
    },
  ];
}

/** Opening a file of /proc/PID. */
export function targetFileHints(target: NamedTarget): Hint[] {
  const { number } = target;
  const isGone = target.looks.absent("status");
  return [
    ...forRoot({
      errno: [ENOENT, ...REFUSED],
      look: [isGone, contains(MOUNTINFO, "hidepid=")],
      why: words`/proc is mounted with hidepid, and does not show process ${number} to this user`,
    }, { root: withCapability(CAP_SYS_PTRACE), others: "run as root" }),
    { ...absentHint([ENOENT], target), look: [isGone] },
    FEW_FILES,
    ...endedHints([ENOENT, ESRCH], target),
    {
      errno: [ESRCH],
      why:
        words`process ${number} has just ended, or is a thread of the kernel, which has no such thing`,
    },
    { errno: [ENOENT], why: "this kernel has no such file" },
    ...foreignHints(target),
    ...forRoot({
      errno: REFUSED,
      why: words`process ${number} may not be looked at: it is more privileged, or not dumpable`,
    }, { root: withCapability(CAP_SYS_PTRACE), others: "run as root" }),
  ];
}

/** pidfd_getfd(2) and ioctl(SIOCGSKNS). @param socket The descriptor's number. */
export function netSocketHints(target: NamedTarget, socket: Part): Hint[] {
  const list: Message = words`look which it has: ls -l /proc/${target.number}/fd`;
  return [
    {
      errno: [EBADF],
      why: words`process ${target.number} has no descriptor ${socket}`,
      remedy: list,
    },
    { errno: [ENOTTY], why: words`its descriptor ${socket} is no socket`, remedy: list },
    ...foreignHints(target),
    ...forRoot({
      errno: REFUSED,
      why:
        "this needs CAP_SYS_PTRACE over the target, and CAP_NET_ADMIN over the socket's namespace",
    }, {
      root: "start it with both: a container's --cap-add=SYS_PTRACE --cap-add=NET_ADMIN",
      others: "run as root",
    }),
  ];
}
