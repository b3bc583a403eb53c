/** Facts of the machine that probes run on, and of who runs them. */
import type { Arch } from "../../ffi/machine/machine.ts";
import type { IdRange } from "../../ffi/abi/id_map.ts";
import { ALL_IDS } from "../ids/spec.ts";

/** What can be read before anything is tried. */
export interface MachineFacts {
  /** The kernel's release: "6.1.0-9-amd64". */
  readonly kernel: string;
  /** The processor architecture. */
  readonly arch: Arch;
  /** The effective user id, as the caller's user namespace has it. */
  readonly uid: number;
  /** The effective group id, as the caller's user namespace has it. */
  readonly gid: number;
  /** The name of the user; its id where it has none. */
  readonly user: string;
  /** Whether the caller has CAP_SYS_ADMIN, and so needs no user namespace to create others. */
  readonly privileged: boolean;
  /** The map of user ids: inner ids of the caller's user namespace, outer ones of its parent. */
  readonly uidMap: readonly IdRange[];
  /**
   * Whether setuid programs give no privilege.
   *
   * @see PR_SET_NO_NEW_PRIVS in prctl(2)
   */
  readonly noNewPrivs: boolean;
  /** Whether a filter of seccomp(2) is at work. */
  readonly seccomp: boolean;
  /** What the security module calls the caller: an AppArmor profile or SELinux context; null if there is none. */
  readonly label: string | null;
  /** Mount points below /proc that cover parts of it. */
  readonly masked: readonly string[];
  /** Whether the numbers in /proc are not the caller's: it is of another PID namespace. */
  readonly othersProc: boolean;
  /** The caller's cgroup v2 as a folder; null if none can be seen. */
  readonly cgroup: string | null;
  /**
   * What suggests that this is inside of a container or sandbox, in words: what is refused here
   * may be allowed outside.
   */
  readonly signs: readonly string[];
}

/** Usual mount points below /proc: they hide nothing. */
const USUAL = /^\/proc\/(sys\/fs\/binfmt_misc|fs\/nfsd)$/;

/** Texts of /proc/self; empty where it cannot be read. */
export interface ProcTexts {
  readonly status: string;
  readonly mountinfo: string;
  readonly cgroup: string;
  /** attr/current: what a security module calls this process. */
  readonly label: string;
}

/** The facts that are not from texts of /proc/self. */
export type Known = Pick<
  MachineFacts,
  "kernel" | "arch" | "uid" | "gid" | "user" | "uidMap" | "othersProc"
>;

const CAP_SYS_ADMIN = 21n;

function field(status: string, name: string): string {
  return status.match(new RegExp(`^${name}:\\s*(\\S+)`, "m"))?.[1] ?? "0";
}

/** The fields of mounts: the root of what is mounted, where, and its type. */
function mountsOf(mountinfo: string): { root: string; point: string; type: string }[] {
  return mountinfo.split("\n").flatMap((line) => {
    const fields = line.split(" ");
    const type = fields[fields.indexOf("-", 6) + 1];
    const [, , , root, point] = fields;
    return root && point && type ? [{ root, point, type }] : [];
  });
}

/** The folder of the cgroup v2 that a process is in. @see cgroups(7) */
function cgroupFolder(cgroup: string, mountinfo: string): string | null {
  const path = cgroup.match(/^0::(.*)$/m)?.[1];
  const mount = mountsOf(mountinfo).find(({ type }) => type === "cgroup2");
  // "/..": it is not below what this cgroup namespace calls its root.
  if (path === undefined || !mount || path.startsWith("/..")) return null;
  const root = mount.root === "/" ? "" : mount.root;
  if (path !== root && !path.startsWith(`${root}/`)) return null;
  return (mount.point + path.slice(root.length)).replace(/\/$/, "");
}

/** Completes the facts from texts of /proc/self. */
export function machineFactsOf(known: Known, texts: ProcTexts): MachineFacts {
  const { status, mountinfo } = texts;
  const points = mountsOf(mountinfo).map(({ point }) => point);
  const masked = points.filter((point) => point.startsWith("/proc/") && !USUAL.test(point));
  const noNewPrivs = field(status, "NoNewPrivs") === "1";
  const seccomp = field(status, "Seccomp") === "2";
  const ids = known.uidMap.reduce((sum, { count }) => sum + count, 0);
  const signs = [
    ...(seccomp ? ["a seccomp filter is at work"] : []),
    ...(ids === 0 && status !== "" ? ["no uid is mapped in this user namespace"] : []),
    ...(ids > 0 && ids < ALL_IDS
      ? [`this user namespace maps ${ids === 1 ? "one uid" : `${ids} uids`} only`]
      : []),
    ...(masked.length > 0 ? ["parts of /proc are covered"] : []),
    ...(known.othersProc ? ["/proc is of another PID namespace"] : []),
    ...(points.includes("/") || mountinfo === "" ? [] : ["the root directory is a chroot"]),
  ];
  const label = texts.label.replace(/[\0\n]+$/, "");
  return {
    ...known,
    privileged: (BigInt(`0x${field(status, "CapEff")}`) >> CAP_SYS_ADMIN & 1n) === 1n,
    noNewPrivs,
    seccomp,
    label: label === "" ? null : label,
    masked,
    cgroup: cgroupFolder(texts.cgroup, mountinfo),
    signs,
  };
}
