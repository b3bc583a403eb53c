/** Why something cannot be mounted, and why a root cannot be entered. */
import { CAP_SYS_ADMIN, CAP_SYS_CHROOT } from "../../ffi/abi/capability.ts";
import { EINVAL, ENODEV, ENOENT, EPERM } from "../../ffi/abi/errno.ts";
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import { all, not } from "../../engine/condition.ts";
import { type Hint, type Message, words } from "../../engine/failure.ts";
import { absent, contains, lacks, lacksCapability } from "../../engine/looks.ts";
import { option, ROOT_INSIDE, together } from "../option.ts";
import { type Asked, hintsIf } from "../request.ts";
import { ifJoins } from "../join/asked.ts";
import {
  APPARMOR,
  CONFINED,
  filtered,
  forRoot,
  isBefore,
  MOUNTINFO,
  REFUSED,
  withCapability,
} from "../causes.ts";

const FORK = option("fork", "true");

/** Mounting a new proc. */
export function procHints({ s, spec, request }: Asked): Hint[] {
  const isNew = request.includes(spec.namespaces, "pid");
  const stays = all(isNew, not(request.isGiven(spec.fork)));
  return [
    filtered("mount"),
    CONFINED,
    ...hintsIf(s, not(isNew), "no new pid", [{
      errno: [EPERM],
      why: "proc shows a PID namespace, and this user namespace owns none",
      remedy: words`add ${together(option("namespaces.pid"), FORK)}`,
    }]),
    ...hintsIf(s, stays, "new pid without a child", [{
      errno: [EPERM],
      why: words`without ${
        option("fork")
      } this process is still in the old PID namespace, which it does not own`,
      remedy: words`add ${FORK}`,
    }]),
    {
      errno: [EPERM],
      look: [absent(MOUNTINFO)],
      why: "no proc is mounted on /proc, and only who sees a whole one may mount another",
      remedy: "mount -t proc proc /proc, outside",
    },
    {
      errno: [EPERM],
      look: [contains(MOUNTINFO, " /proc/")],
      why:
        "parts of /proc are covered by other mounts, as in containers, and a new proc would show them",
      remedy: "uncover it outside: docker --security-opt systempaths=unconfined, podman unmask=ALL",
    },
    APPARMOR,
    {
      errno: [ENOENT],
      why: "there is no such directory to mount on",
      remedy: "create it first",
    },
  ];
}

/** The propagation of all mounts. */
export function propagationHints({ s, spec, request }: Asked): Hint[] {
  const isGiven = request.isGiven(spec.newRoot);
  const rebind = "before the chroot to DIR: mount --rbind DIR DIR";
  const hint: Hint = {
    errno: [EINVAL],
    why: "the root directory is that of a chroot, and no mount point: it has no propagation",
    remedy: words`add ${option("propagation", "unchanged")}; or, ${rebind}`,
  };
  return [
    ...mountHints(),
    // A new root takes what is private.
    ...hintsIf(s, isGiven, "a root in a chroot", [{ ...hint, remedy: rebind }]),
    hint,
  ];
}

/** Any other mount. */
const MOUNT_HINTS: readonly Hint[] = [
  filtered("mount"),
  CONFINED,
  APPARMOR,
  ...forRoot({
    errno: REFUSED,
    look: [lacksCapability(CAP_SYS_ADMIN)],
    why: "mounting needs CAP_SYS_ADMIN in the user namespace that owns the mount namespace",
  }, {
    root: withCapability(CAP_SYS_ADMIN),
    others: words`add ${ROOT_INSIDE}, or run as root`,
  }),
];

/** The same. @param type The file system, where it is a new one. */
export function mountHints(type?: string): readonly Hint[] {
  if (type === undefined) return MOUNT_HINTS;
  const unknown: Hint = {
    errno: [ENODEV],
    why: `this kernel has no file system ${type}, or has not loaded it`,
    remedy: `modprobe ${type}, as root of the machine`,
  };
  return [unknown, ...MOUNT_HINTS];
}

const NOT_SHARED =
  "a mount namespace can be bound only below a mount whose propagation is not shared";
const MAKE_PRIVATE =
  "mount --bind DIR DIR; mount --make-private DIR, for the directory of the file";
const NUMBERS = "since Linux 6.18 each processor numbers namespaces by itself, and a mount " +
  "namespace can be bound only in one with a lower number";
const OTHER_PROCESSOR = "start it on another processor: taskset --cpu-list N";

/** A mount namespace that is bound must be younger than where it is, so that there are no circles. */
const BOUND_MOUNT_NAMESPACE: readonly Hint[] = [
  { errno: [EINVAL], look: [isBefore(6, 18)], why: NOT_SHARED, remedy: MAKE_PRIVATE },
  { errno: [EINVAL], look: [lacks(MOUNTINFO, " shared:")], why: NUMBERS, remedy: OTHER_PROCESSOR },
  {
    errno: [EINVAL],
    why: `${NOT_SHARED}; and ${NUMBERS}`,
    remedy: "look: findmnt -no PROPAGATION -T FILE. " +
      `If it is shared, ${MAKE_PRIVATE}; else ${OTHER_PROCESSOR}`,
  },
];

/** Binding a namespace to a file. */
export function persistHints(
  type: NamespaceType,
  { s, spec, request }: Asked,
): Hint[] {
  const isEmpty = type === "pid" && not(request.isGiven(spec.fork));
  const hints = [...hintsIf(s, isEmpty, "no child", [{
    errno: [ENOENT],
    why: words`a PID namespace exists from its first process on, and without ${
      option("fork")
    } there is none yet`,
    remedy: words`add ${FORK}`,
  }])];
  if (type === "mnt") {
    hints.push(...BOUND_MOUNT_NAMESPACE);
  }
  return [
    ...hints,
    {
      errno: [ENOENT],
      why: "the file to bind to must exist",
      remedy: "create it first: touch FILE",
    },
    ...forRoot({
      errno: [EPERM],
      why: "binding a namespace to a file needs CAP_SYS_ADMIN in the caller's mount namespace",
    }, { root: withCapability(CAP_SYS_ADMIN), others: "run as root" }),
  ];
}

/** chroot(2). */
export function chrootHints(asked: Asked): readonly Hint[] {
  const by = (own: Message): Hint[] =>
    forRoot({ errno: [EPERM], why: "chroot needs CAP_SYS_CHROOT" }, {
      root: words`${own}, or ${withCapability(CAP_SYS_CHROOT)}`,
      others: words`${own}, or run as root`,
    });
  const user = option("join.namespaces.user", undefined, "word, letter");
  return ifJoins(asked, {
    joins: by(words`join the target's user namespace too (${user})`),
    not: by(words`add ${ROOT_INSIDE}`),
  });
}
