/** Why namespaces cannot be joined, and what mends it: looked up after the failure, in this order. */
import { CAP_DAC_READ_SEARCH, CAP_SYS_ADMIN, CAP_SYS_PTRACE } from "../../ffi/abi/capability.ts";
import {
  EBADF,
  EINVAL,
  ENOENT,
  ENOTTY,
  EPERM,
  ESRCH,
  ESTALE,
  EUSERS,
} from "../../ffi/abi/errno.ts";
import { flagsOf, NAMESPACE_TYPES, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import { type Bytes, display, wellFormed } from "../../ffi/bytes.ts";
import { shellWord } from "../../ffi/shell_word.ts";
import {
  BY_USER,
  filtered,
  forRoot,
  IS_ROOT,
  isBefore,
  isOthers,
  MOUNTINFO,
  REFUSED,
  withCapability,
} from "../causes.ts";
import {
  FOUND,
  FOUND_NAME,
  type Hint,
  type Look,
  type Message,
  type RuntimeValue,
  words,
} from "../../engine/failure.ts";
import { absent, contains, exists, lacksCapability, sameLink } from "../../engine/looks.ts";
import { option, type OptionTerm, together, withLetter } from "../option.ts";
import { joins, type OpenSpec } from "../spec.ts";

/** A namespace's file of /proc. */
const file = (type: NamespaceType, process: Message | number | RuntimeValue): OptionTerm =>
  option(`join.files.${type}`, words`/proc/${process}/ns/${type}`);

/** Of the target: it must be the caller's own to be looked at, but for root. */
function foreign(target: number): Hint[] {
  return [{
    errno: REFUSED,
    look: [isOthers(target)],
    why: words`process ${target} is not one of uid ${FOUND}'s`,
    remedy: "run as root, or as its user",
  }];
}

/** The look for a thread of the target that lives, where its first has ended: finds its number. */
export const livingThread = (target: number): Look => ({
  kind: `a thread of ${target} that lives`,
});

/** A process that is not there any more, though its PID is: nothing but its PID namespace is left of it. */
function endedHints(errno: readonly number[], target: number): Hint[] {
  const why = `the first thread of process ${target} has ended, while others live`;
  const ended = contains(`/proc/${target}/status`, "\nState:\tZ");
  return [
    {
      errno,
      look: [ended, isBefore(6, 9), livingThread(target)],
      why,
      remedy: words`name the files of another: ${file("net", FOUND)}`,
    },
    {
      errno,
      look: [ended, livingThread(target)],
      why,
      remedy: words`enter another: ${option("join.target", [FOUND], "letter")}`,
    },
    {
      errno,
      look: [ended],
      why:
        `process ${target} has ended: it is a zombie, which has no namespaces, until its parent asks how it did`,
      remedy: "name another process that is in them: nido lsns",
    },
  ];
}

/** A /proc in which the target has another number, or is not. */
export const foreignProcHint = (target: number): Hint => ({
  why:
    "/proc is of another PID namespace than the caller's own, and numbers are other processes' there",
  remedy:
    words`mount -t proc proc /proc, in a mount namespace of its own; if it is the number that /proc shows: name files, as ${
      file("net", target)
    }`,
});

/** pidfd_open(2). */
export function targetHints(target: number): Hint[] {
  const filter = filtered("pidfd_open");
  return [
    {
      ...filter,
      remedy: words`name files instead of ${option("join.target", undefined, "letter")}, as ${
        file("net", target)
      }; or ${filter.remedy!}`,
    },
    {
      errno: [ESRCH],
      why: `there is no process ${target} in the caller's PID namespace`,
      remedy: "list who is in which namespaces: nido lsns",
    },
    {
      errno: [EINVAL, ENOENT],
      look: [exists(`/proc/${target}/status`)],
      why:
        `${target} is a thread, but not the first of its process, and Linux takes such since 6.9`,
      remedy: `look whose it is, and name that: grep Tgid /proc/${target}/status`,
    },
  ];
}

/** Opening a file of /proc/PID. */
export function targetFileHints(target: number): Hint[] {
  return [
    ...forRoot({
      errno: [ENOENT, ...REFUSED],
      look: [
        absent(`/proc/${target}/status`),
        contains(MOUNTINFO, "hidepid="),
      ],
      why: `/proc is mounted with hidepid, and does not show process ${target} to this user`,
    }, { root: withCapability(CAP_SYS_PTRACE), others: "run as root" }),
    {
      errno: [ENOENT],
      look: [absent(`/proc/${target}/status`)],
      why: `there is no process ${target} in the caller's PID namespace`,
      remedy: "list who is in which namespaces: nido lsns",
    },
    ...endedHints([ENOENT, ESRCH], target),
    {
      errno: [ESRCH],
      why:
        `process ${target} has just ended, or is a thread of the kernel, which has no such thing`,
    },
    { errno: [ENOENT], why: "this kernel has no such file" },
    ...foreign(target),
    ...forRoot({
      errno: REFUSED,
      why: `process ${target} may not be looked at: it is more privileged, or not dumpable`,
    }, { root: withCapability(CAP_SYS_PTRACE), others: "run as root" }),
  ];
}

/** The path as mounts have it: /var/run is a link to /run. */
function seenPath(path: Bytes): string {
  return wellFormed(path).replace(/^\/var\/run\//, "/run/");
}

/** The kind of the look for a process whose mountinfo has a text: finds its PID. */
export const HAS_MOUNTED = "a process that has it mounted";

/** A file is that of a namespace in the mount namespace of another process. */
const elsewhere = (path: Bytes): Look => ({
  kind: HAS_MOUNTED,
  // A mount has a file of nsfs as root: 36 35 0:4 net:[4026532281] /run/netns/one rw …
  given: [`] ${seenPath(path)} `],
});

/** A file of a namespace that is one only in another mount namespace. */
function elsewhereHint(errno: number, type: NamespaceType, path: Bytes): Hint {
  const there = words`/proc/${FOUND}/root${shellWord(seenPath(path))}`;
  return {
    errno: [errno],
    look: [elsewhere(path)],
    why: words`${
      display(path)
    } is a namespace in another mount namespace, that of process ${FOUND}, and not here`,
    remedy: words`name it as seen from here: ${option(`join.files.${type}`, there)}`,
  };
}

/** Opening a file that is to be a namespace. */
export function fileHints(type: NamespaceType, path: Bytes): Hint[] {
  const name = wellFormed(path);
  const files = option(`join.files.${type}`);
  const known: Hint[] = /^\d+$/.test(name)
    ? [{
      errno: [ENOENT],
      why: words`${name} is a number, and what follows ${files} is a file`,
      remedy: words`if it is a process: ${
        together(option("join.target", name, "letter"), option(`join.namespaces.${type}`))
      }`,
    }]
    : type === "net" && !name.includes("/")
    ? [{
      errno: [ENOENT],
      look: [exists(`/run/netns/${name}`)],
      why: words`${
        display(path)
      } is a name that ip-netns(8) knows, and what follows ${files} is a file`,
      remedy: [option(`join.files.${type}`, `/run/netns/${shellWord(name)}`)],
    }]
    : [];
  return [
    ...known,
    elsewhereHint(ENOENT, type, path),
    {
      errno: [ENOENT],
      why: `the ${type} namespace's file is not there`,
      remedy: "list the files that namespaces are bound to: nido lsns -o TYPE,NS,NSFS",
    },
    ...forRoot({ errno: REFUSED, why: "this user may not open it" }, {
      root: withCapability(CAP_DAC_READ_SEARCH),
      others: "run as root",
    }),
  ];
}

/** A folder in the place of a namespace's file. */
function folderHint(type: NamespaceType, path: Bytes): Hint {
  const [, process] = wellFormed(path).match(/^(\/proc\/[\w-]+)(?:\/ns)?\/?$/) ?? [];
  return {
    errno: [EINVAL],
    look: [exists(`${wellFormed(path)}/.`)],
    why: `${display(path)} is a directory, and no file of a namespace`,
    remedy: process === undefined
      ? `look, and name a file in it: ls ${shellWord(wellFormed(path))}`
      : [option(`join.files.${type}`, `${process}/ns/${type}`)],
  };
}

/** open_by_handle_at(2). */
export function idOfNamespaceHints(id: bigint): Hint[] {
  return [
    {
      errno: [ESTALE, EINVAL, EBADF],
      look: [isBefore(6, 19)],
      why: words`this is Linux ${FOUND_NAME}, and namespaces are found by their ids since 6.19`,
      remedy: words`name a process that is in it (${option("join.target")}), or its file`,
    },
    {
      errno: [ESTALE],
      why: `there is no namespace with id ${id}, or none that the caller may see`,
      remedy: "list those there are: nido lsns",
    },
  ];
}

/** pidfd_getfd(2) and ioctl(SIOCGSKNS). */
export function netSocketHints(socket: number, target: number): Hint[] {
  const list = `look which it has: ls -l /proc/${target}/fd`;
  return [
    { errno: [EBADF], why: `process ${target} has no descriptor ${socket}`, remedy: list },
    { errno: [ENOTTY], why: `its descriptor ${socket} is no socket`, remedy: list },
    ...foreign(target),
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

const WITHOUT_CGROUP = words`leave ${option("join.cgroup")} out`;

/** Moving into a control group. */
export function cgroupHints(): Hint[] {
  return [
    ...forRoot({
      errno: REFUSED,
      why:
        "who moves between control groups must be allowed to write cgroup.procs of both, and of their " +
        "common ancestor",
    }, { root: WITHOUT_CGROUP, others: words`run as root, or ${WITHOUT_CGROUP}` }),
    {
      errno: [ENOENT],
      why: "the target's control group is not below the caller's",
      remedy: WITHOUT_CGROUP,
    },
  ];
}

/** ioctl(NS_GET_USERNS). */
export function parentHints(): Hint[] {
  return [{
    errno: [EPERM],
    why: "the parent is beyond the caller's user namespace: it is above it, or there is none",
    remedy: words`leave ${option("join.userParent")} out`,
  }];
}

/** setns(2) of the caller's own user namespace. */
export const SAME_USER_HINT: Hint = {
  errno: [EINVAL],
  why: "the caller is in this user namespace already, and none can be entered twice",
  remedy: words`leave ${option("join.namespaces.user")} out (${option("join.all")} would)`,
};

/** What hinders whoever lacks the privilege: they have no namespace of their own that would give it. */
function unprivileged(types: readonly NamespaceType[], spec: OpenSpec): Hint[] {
  const names = types.filter((type) => type !== "user").join(", ");
  const ordinary: Hint = joins(spec, "user") !== "no"
    ? {
      why:
        words`uid ${FOUND} has not made this user namespace, or it does not own all that is joined${
          names ? `: ${names}` : ""
        }`,
      remedy: "run as root",
    }
    : {
      why:
        words`joining ${names} namespaces needs CAP_SYS_ADMIN in the user namespace that owns ${"them, and "}uid ${FOUND} has it in none`,
      remedy: words`add ${
        withLetter("join.namespaces.user")
      } if it has made that one, or run as root`,
    };
  return [
    {
      errno: [EPERM],
      look: [IS_ROOT, lacksCapability(CAP_SYS_ADMIN)],
      why: "root lacks CAP_SYS_ADMIN here",
      remedy: withCapability(CAP_SYS_ADMIN),
    },
    {
      errno: [EPERM],
      look: [IS_ROOT],
      why: "root of this user namespace has no rights over that which owns what is joined",
      remedy: "start it outside of this user namespace",
    },
    { errno: [EPERM], look: [BY_USER], ...ordinary },
  ];
}

/** setns(2) of the target's descriptor. */
export function atOnceHints(
  types: readonly NamespaceType[],
  { spec }: { readonly spec: OpenSpec },
): Hint[] {
  const target = spec.join!.target!;
  const ns = (who: string | number, type: NamespaceType): string => `/proc/${who}/ns/${type}`;
  return [
    ...endedHints([ESRCH], target),
    { errno: [ESRCH], why: `process ${target} has ended` },
    filtered("setns", flagsOf(types)),
    ...foreign(target),
    ...types.filter((type) => type !== "user").map((type): Hint => ({
      errno: [EPERM],
      look: [sameLink(ns("self", type), ns(target, type))],
      why:
        `the caller is in the target's ${type} namespace already, without the right to enter it again`,
      remedy: words`leave ${option(`join.namespaces.${type}`)} out, or use ${
        option("join.all")
      }, which leaves out what is shared`,
    })),
    {
      errno: [EPERM],
      look: [absent(ns(target, types[0]!))],
      why: `process ${target} may not be looked into: it is more privileged, or not dumpable`,
      remedy:
        `look which capabilities it has more: grep Cap /proc/${target}/status /proc/self/status`,
    },
    ...unprivileged(types, spec),
    ...types.map((type): Hint => ({
      errno: [EINVAL],
      look: [absent(ns("self", type))],
      why: `this kernel has no ${type} namespaces`,
    })),
    { errno: [EUSERS], why: "a time namespace is for processes of one thread" },
  ];
}

/** setns(2) of a namespace's own descriptor. */
export function aloneHints(type: NamespaceType, { spec }: { readonly spec: OpenSpec }): Hint[] {
  const { files, netSocket, userParent } = spec.join!;
  // With --all no file is of another type than it is said to be, and one text does for all.
  const isOneOfAll = joins(spec, type) === "maybe";
  const types = isOneOfAll ? NAMESPACE_TYPES.filter((one) => joins(spec, one) !== "no") : [type];
  const isWrong = !isOneOfAll || type === "pid" || type === "user";
  // A socket, and a parent, go before the file.
  const isFile = !(type === "net" && netSocket !== undefined) && !(type === "user" && userParent);
  const path = isFile ? files?.[type] : undefined;
  const reason = type === "pid"
    ? "it is no PID namespace, or none below the caller's own, as it must be"
    : type === "user"
    ? "it is no user namespace, or the caller's own"
    : `it is no ${type} namespace`;
  return [
    filtered("setns", flagsOf([type])),
    ...(path === undefined ? [] : [folderHint(type, path), elsewhereHint(EINVAL, type, path)]),
    ...(isWrong
      ? [{
        errno: [EINVAL],
        why: reason,
        remedy: path === undefined
          ? "list those there are: nido lsns"
          : `see what it is: nido who ${shellWord(wellFormed(path))}`,
      }]
      : []),
    ...unprivileged(types, spec),
  ];
}
