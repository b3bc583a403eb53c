/** Why namespaces cannot be created. */
import { CAP_SYS_ADMIN } from "../../ffi/abi/capability.ts";
import { EINVAL, ENOSPC, EPERM, ERANGE, EUSERS } from "../../ffi/abi/errno.ts";
import { flagsOf, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import { FOUND, type Hint, type Message, words } from "../../engine/failure.ts";
import { not } from "../../engine/condition.ts";
import type { Variable } from "../../engine/value.ts";
import { option, ROOT_INSIDE } from "../option.ts";
import { isParameter, type Parameter } from "../parameter.ts";
import { type Asked, hintsIf } from "../request.ts";
import { absent, lacks, starts } from "../../engine/looks.ts";
import {
  APPARMOR,
  BY_USER,
  filtered,
  IS_ROOT,
  lacksIds,
  MOUNTINFO,
  REFUSED,
  SELINUX,
  unmapped,
  withCapability,
} from "../causes.ts";

const IN_CHROOT = "this process is in a chroot, where no user namespace may be created";
const NO_CHROOT = "enter that root by pivot_root instead of chroot";

/** unshare(CLONE_NEWUSER) and clone(CLONE_NEWUSER). */
function userNamespace(): Hint[] {
  return [
    {
      errno: REFUSED,
      look: [starts("/proc/sys/kernel/unprivileged_userns_clone", "0"), BY_USER],
      why: "kernel.unprivileged_userns_clone is 0",
      remedy: "sysctl kernel.unprivileged_userns_clone=1, as root of the machine",
    },
    {
      errno: REFUSED,
      look: [lacks(MOUNTINFO, " / rw"), lacks(MOUNTINFO, " / ro")],
      why: IN_CHROOT,
      remedy: NO_CHROOT,
    },
    unmapped("uid"),
    unmapped("gid"),
    APPARMOR,
    SELINUX,
    // Without a /proc nothing else is known.
    {
      errno: REFUSED,
      look: [absent(MOUNTINFO)],
      why: `it may be that ${IN_CHROOT}`,
      remedy: NO_CHROOT,
    },
  ];
}

/** Types of namespaces that are asked for. */
export interface Types {
  /** Those that there may be. */
  readonly all: readonly NamespaceType[];
  /** In words. */
  readonly named: Message;
  /** A filter is at work, and refuses these very types. */
  readonly filtered: Hint;
  /** Hints where a type is among them, or where it is not. */
  with(type: NamespaceType, hints: readonly Hint[]): readonly Hint[];
  without(type: NamespaceType, hints: readonly Hint[]): readonly Hint[];
}

/** Types that are known. */
export const knownTypes = (all: readonly NamespaceType[]): Types => ({
  all,
  named: all.join(", "),
  filtered: filtered("unshare", flagsOf(all)),
  with: (type, hints) => all.includes(type) ? hints : [],
  without: (type, hints) => all.includes(type) ? [] : hints,
});

/** More namespaces than there may be. @param nested What else it may be. */
export function usedUpHints(nested = ""): readonly Hint[] {
  // The kernel frees namespaces some time after their end.
  const mayPass = true;
  return [
    {
      errno: [ENOSPC, EUSERS],
      mayPass,
      look: [lacksIds()],
      why:
        "a limit of namespaces is used up or 0 here, or in a user namespace above, which cannot be " +
        `seen${nested}; this is not about disk space`,
      remedy: "look outside, in each: grep . /proc/sys/user/max_*_namespaces",
    },
    {
      errno: [ENOSPC, EUSERS],
      mayPass,
      why:
        `a limit of namespaces is used up (/proc/sys/user/max_*_namespaces)${nested}; this is not about disk space`,
      remedy: "look: grep . /proc/sys/user/max_*_namespaces",
    },
  ];
}

/** unshare(2) of these namespaces. */
export function unshareHints(types: Types): Hint[] {
  const { all } = types;
  const limits = all.flatMap((type) =>
    types.with(type, [{
      errno: [ENOSPC, EUSERS],
      look: [starts(`/proc/sys/user/max_${type}_namespaces`, "0\n")],
      why: `user.max_${type}_namespaces is 0 (this is not about disk space)`,
      remedy: `sysctl user.max_${type}_namespaces=10000, in every user namespace above this one`,
    }])
  );
  const missing = all.flatMap((type) =>
    types.with(type, [{
      errno: [EINVAL],
      look: [absent(`/proc/self/ns/${type}`)],
      why: `this kernel has no ${type} namespaces`,
    }])
  );
  const needs =
    words`${types.named} namespaces need CAP_SYS_ADMIN in a user namespace of one's own`;
  const refused: readonly Hint[] = [
    {
      errno: [EPERM],
      look: [IS_ROOT],
      why: words`${needs}, which this root does not have`,
      remedy: words`add ${ROOT_INSIDE}, or ${withCapability(CAP_SYS_ADMIN)}`,
    },
    {
      errno: [EPERM],
      look: [BY_USER],
      why: words`${needs}, and uid ${FOUND} has it in none`,
      remedy: words`add ${ROOT_INSIDE}, or run as root`,
    },
  ];
  return [
    types.filtered,
    ...limits,
    ...types.with("user", usedUpHints(", or user namespaces are nested more than 32 deep")),
    ...types.without("user", usedUpHints()),
    ...missing,
    ...types.with("user", userNamespace()),
    ...types.without("user", refused),
  ];
}

/** What a clock may show is up to half of what the kernel can count, less a little for the time until it does. @see KTIME_SEC_MAX in the kernel's include/linux/ktime.h */
const LATEST = 4611686000;

const SECONDS = "$(cut -d. -f1 /proc/uptime)";

/** Offsets of a clock: an option of that name has so many seconds. */
export function clockHints(
  clock: "monotonic" | "boottime",
  { s, request }: Asked,
  seconds: number | bigint | Parameter,
): readonly Hint[] {
  const slept = clock === "monotonic" ? ", less the time that the machine has slept" : "";
  const isBack = isParameter(seconds)
    ? (request.value(seconds) as Variable).isLess(0)
    : seconds < 0;
  return [
    ...hintsIf(s, isBack, `${clock} goes back`, [{
      errno: [ERANGE],
      why: "no clock may be set below zero",
      remedy: words`go back no further than it has come: ${option(clock, `-${SECONDS}`)}${slept}`,
    }]),
    ...hintsIf(s, not(isBack), `${clock} goes ahead`, [{
      errno: [ERANGE],
      why: "no clock may be set to more than half of its range, 146 years",
      remedy: words`stay below that: ${option(clock, `$((${LATEST} - ${SECONDS}))`)}`,
    }]),
  ];
}
