/** Why namespaces cannot be created. */
import { CAP_SYS_ADMIN } from "../../ffi/abi/capability.ts";
import { EINVAL, ENOSPC, EPERM, ERANGE, EUSERS } from "../../ffi/abi/errno.ts";
import { flagsOf, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import { FOUND, type Hint, words } from "../../engine/failure.ts";
import { option, ROOT_INSIDE } from "../option.ts";
import { absent, lacks, starts } from "../../engine/looks.ts";
import {
  ALL_IDS,
  APPARMOR,
  BY_USER,
  filtered,
  IS_ROOT,
  MOUNTINFO,
  REFUSED,
  SELINUX,
  UID_MAP,
  unmapped,
  withCapability,
} from "../causes.ts";

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
      why: "this process is in a chroot, where no user namespace may be created",
      remedy: "enter that root by pivot_root instead of chroot",
    },
    unmapped("uid"),
    unmapped("gid"),
    APPARMOR,
    SELINUX,
  ];
}

/** unshare(2) of these namespaces. */
export function unshareHints(types: readonly NamespaceType[]): Hint[] {
  const flags = flagsOf(types);
  const limits = types.map((type): Hint => ({
    errno: [ENOSPC, EUSERS],
    look: [starts(`/proc/sys/user/max_${type}_namespaces`, "0\n")],
    why: `user.max_${type}_namespaces is 0 (this is not about disk space)`,
    remedy: `sysctl user.max_${type}_namespaces=10000, in every user namespace above this one`,
  }));
  const nested = types.includes("user") ? ", or user namespaces are nested more than 32 deep" : "";
  // The kernel frees namespaces some time after their end.
  const mayPass = true;
  const used: Hint[] = [
    {
      errno: [ENOSPC, EUSERS],
      mayPass,
      look: [lacks(UID_MAP, ALL_IDS)],
      why:
        "a limit of namespaces is used up or 0 in a user namespace above this one, which cannot " +
        `be seen from here${nested}; this is not about disk space`,
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
  const missing = types.map((type): Hint => ({
    errno: [EINVAL],
    look: [absent(`/proc/self/ns/${type}`)],
    why: `this kernel has no ${type} namespaces`,
  }));
  const needs = `${
    types.join(", ")
  } namespaces need CAP_SYS_ADMIN in a user namespace of one's own`;
  const refused: Hint[] = types.includes("user") ? userNamespace() : [
    {
      errno: [EPERM],
      look: [IS_ROOT],
      why: `${needs}, which this root does not have`,
      remedy: words`add ${ROOT_INSIDE}, or ${withCapability(CAP_SYS_ADMIN)}`,
    },
    {
      errno: [EPERM],
      look: [BY_USER],
      why: words`${needs}, and uid ${FOUND} has it in none`,
      remedy: words`add ${ROOT_INSIDE}, or run as root`,
    },
  ];
  return [filtered("unshare", flags), ...limits, ...used, ...missing, ...refused];
}

/** What a clock may show is up to half of what the kernel can count, less a little for the time until it does. @see KTIME_SEC_MAX in the kernel's include/linux/ktime.h */
const LATEST = 4611686000;

const SECONDS = "$(cut -d. -f1 /proc/uptime)";

/** Offsets of a clock: an option of that name has so many seconds. */
export function clockHints(clock: "monotonic" | "boottime", seconds: bigint): Hint[] {
  const slept = clock === "monotonic" ? ", less the time that the machine has slept" : "";
  return [
    seconds < 0n
      ? {
        errno: [ERANGE],
        why: "no clock may be set below zero",
        remedy: words`go back no further than it has come: ${option(clock, `-${SECONDS}`)}${slept}`,
      }
      : {
        errno: [ERANGE],
        why: "no clock may be set to more than half of its range, 146 years",
        remedy: words`stay below that: ${option(clock, `$((${LATEST} - ${SECONDS}))`)}`,
      },
  ];
}
