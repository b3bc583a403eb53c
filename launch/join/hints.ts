/** Why namespaces cannot be joined, and what mends it: looked up after the failure, in this order. */
import { CAP_SYS_ADMIN } from "../../ffi/abi/capability.ts";
import { EINVAL, ENOENT, EPERM, ESRCH, EUSERS } from "../../ffi/abi/errno.ts";
import { flagsOf, NAMESPACE_TYPES, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import { all, any, not, type When } from "../../engine/condition.ts";
import { FOUND, type Hint, type Message, words } from "../../engine/failure.ts";
import { absent, lacksCapability } from "../../engine/looks.ts";
import type { Variable } from "../../engine/value.ts";
import { BY_USER, filtered, forRoot, IS_ROOT, REFUSED, withCapability } from "../causes.ts";
import { option } from "../option.ts";
import { type Asked, hintsIf } from "../request.ts";
import { isOneOfAll, mayJoin } from "./asked.ts";
import { type NamedFile, noNamespaceHints } from "./file_hints.ts";
import { endedHints, foreignHints, type NamedTarget } from "./target_hints.ts";

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

/** Going to the target's mounts. */
export function treeHints(): Hint[] {
  return [
    filtered("setns", flagsOf(["mnt"])),
    {
      errno: [EPERM],
      why: "the target's mount namespace is not that of the user namespace that is joined",
      remedy: "run as root",
    },
  ];
}

/** Mounting its files. */
export function treePathHints(): Hint[] {
  return [{
    errno: [ENOENT],
    why: "there is no such directory to mount on",
    remedy: "create it first",
  }];
}

/** Types of namespaces but the user namespace in messages: "net, uts". */
export interface Names {
  readonly list: Message;
  /** The same with ": " in front of it; or nothing. */
  readonly behindColon: Message;
}

/** Of types that are known. */
export function namesOf(types: readonly NamespaceType[]): Names {
  const list = types.filter((type) => type !== "user").join(", ");
  return { list, behindColon: list ? `: ${list}` : "" };
}

/** Namespaces that are joined at once. */
export interface AtOnce {
  /** All but the user namespace, as CLONE_NEW*. */
  readonly flags: number | Variable;
  readonly isAny: When;
  filtered(): Hint;
  /** What stands for all: whether it is there tells whether the others are. */
  readonly first: NamespaceType;
  readonly names: Names;
  /** Hints of each type that is among them. */
  each(hints: (type: NamespaceType) => readonly Hint[]): Hint[];
}

/** What hinders whoever lacks the privilege: they have no namespace of their own that would give it. */
function unprivileged(asked: Asked, { list, behindColon }: Names): Hint[] {
  const joinsUser = mayJoin(asked, "user");
  const ordinary = { errno: [EPERM], look: [BY_USER] };
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
    ...hintsIf(asked.s, joinsUser, "joins a user namespace", [{
      ...ordinary,
      why:
        words`uid ${FOUND} has not made this user namespace, or it does not own all that is joined${behindColon}`,
      remedy: "run as root",
    }]),
    ...hintsIf(asked.s, not(joinsUser), "joins no user namespace", [{
      ...ordinary,
      why:
        words`joining ${list} namespaces needs CAP_SYS_ADMIN in the user namespace that owns ${"them, and "}uid ${FOUND} has it in none`,
      remedy: words`${option("join its owner")}run as root`,
    }]),
  ];
}

/** setns(2) of the target's descriptor. */
export function atOnceHints(asked: Asked, target: NamedTarget, types: AtOnce): Hint[] {
  const { looks } = target;
  return [
    ...endedHints([ESRCH], target),
    { errno: [ESRCH], why: words`process ${target.number} has ended` },
    types.filtered(),
    ...foreignHints(target),
    ...types.each((type) =>
      type === "user" ? [] : [{
        errno: [EPERM],
        look: [looks.shares(type)],
        why:
          `the caller is in the target's ${type} namespace already, without the right to enter it again`,
        remedy: words`leave ${option(`join.namespaces.${type}`)} out, or use ${
          option("join.all")
        }, which leaves out what is shared`,
      }]
    ),
    {
      errno: [EPERM],
      look: [looks.absent(`ns/${types.first}`)],
      why:
        words`process ${target.number} may not be looked into: it is more privileged, or not dumpable`,
      remedy:
        words`look which capabilities it has more: grep Cap /proc/${target.number}/status /proc/self/status`,
    },
    ...unprivileged(asked, types.names),
    ...types.each((type) => [{
      errno: [EINVAL],
      look: [absent(`/proc/self/ns/${type}`)],
      why: `this kernel has no ${type} namespaces`,
    }]),
    { errno: [EUSERS], why: "a time namespace is for processes of one thread" },
  ];
}

const NO_NAMESPACE: Readonly<Partial<Record<NamespaceType, string>>> = {
  pid: "it is no PID namespace, or none below the caller's own, as it must be",
  user: "it is no user namespace, or the caller's own",
};

/** setns(2) of a namespace's own descriptor. @param fileOf Gives the file that names it, where one does. */
export function aloneHints(
  asked: Asked,
  type: NamespaceType,
  fileOf: () => NamedFile,
): Hint[] {
  const { s, spec: { join }, request } = asked;
  // With --all no file is of another type than it is said to be, and one text does for all.
  const isAll = isOneOfAll(asked, type);
  const isWrong = any(not(isAll), type === "pid" || type === "user");
  // A socket, and a parent, go before the file.
  const hasFile = all(
    request.isGiven(join?.files?.[type]),
    not(any(
      type === "net" && request.isGiven(join?.netSocket),
      type === "user" && request.isGiven(join?.userParent),
    )),
  );
  const wrong = { errno: [EINVAL], why: NO_NAMESPACE[type] ?? `it is no ${type} namespace` };
  const names = NAMESPACE_TYPES.filter((one) => mayJoin(asked, one) !== false);
  return [
    filtered("setns", flagsOf([type])),
    ...hintsIf(s, hasFile, `${type} by a file`, () => noNamespaceHints(type, fileOf())),
    ...hintsIf(s, all(isWrong, hasFile), `wrong ${type} by a file`, () => [{
      ...wrong,
      remedy: words`see what it is: nido who ${fileOf().word}`,
    }]),
    ...hintsIf(s, all(isWrong, not(hasFile)), `wrong ${type} by something else`, [{
      ...wrong,
      remedy: "list those there are: nido lsns",
    }]),
    ...hintsIf(s, isAll, `${type} is one of all`, () => unprivileged(asked, namesOf(names))),
    ...hintsIf(
      s,
      not(isAll),
      `${type} is named`,
      () => unprivileged(asked, namesOf([type])),
    ),
  ];
}
