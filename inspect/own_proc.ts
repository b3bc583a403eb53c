/** The caller's /proc: its hidepid option, and whether its PIDs are the caller's. @see proc(5), "Mount options" */
import { pidfdOpen } from "../ffi/pidfd.ts";
import { close } from "../ffi/fast_calls.ts";
import { parseMountinfo } from "./mountinfo.ts";
import { ifReadable, isDenied, isGone, linesWith, readLine, tryReadLink } from "./proc.ts";

/**
 * The hidepid option of /proc. Of other users' processes `noaccess` shows the PID alone, `invisible`
 * nothing; `ptraceable` shows nothing of what the caller may not ptrace.
 */
export type Hidepid = "noaccess" | "invisible" | "ptraceable";

/** The values before Linux 5.8. */
const NUMBERS: Readonly<Record<string, Hidepid>> = {
  "1": "noaccess",
  "2": "invisible",
  "4": "ptraceable",
};

/** Finds the option in a mountinfo; undefined where /proc is mounted without it. */
export function hidepidIn(mountinfo: string): Hidepid | undefined {
  // The last mount on /proc hides the others.
  const mount = parseMountinfo(mountinfo).findLast(({ mountPoint }) => mountPoint === "/proc");
  const value = mount?.superOptions.find((option) => option.startsWith("hidepid="))?.slice(8);
  return NUMBERS[value ?? ""] ?? Object.values(NUMBERS).find((known) => known === value);
}

/**
 * The option, if it hides processes from the caller.
 *
 * @param shown The PIDs that /proc shows. PID 1 lives as long as its namespace: where it is not among them, others
 * are missing too. Who may ptrace all, or is in the group of the mount's `gid=` option, misses none.
 * @param denied How many of them cannot be read.
 */
export function hidepidOf(shown: readonly number[], denied: number): { hidepid?: Hidepid } {
  if (denied === 0 && shown.includes(1)) return {};
  const hidepid = ownHidepid();
  return hidepid === undefined ? {} : { hidepid };
}

function ownHidepid(): Hidepid | undefined {
  return hidepidIn((ifReadable(() => linesWith("self/mountinfo", " - proc ")) ?? []).join("\n"));
}

/** The option, if it hides this process from the caller; undefined otherwise. */
export function hidingOf(pid: number): Hidepid | undefined {
  try {
    readLine(`${pid}/stat`);
    return undefined;
  } catch (error) {
    return isDenied(error) || isGone(error) && isAlive(pid) ? ownHidepid() : undefined;
  }
}

/** Whether the process exists, by pidfd_open(2) instead of /proc. */
function isAlive(pid: number): boolean {
  const fd = isOthersProc() ? -1 : pidfdOpen(pid);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

/** The caller's PID in the PID namespace of /proc; undefined where /proc does not show the caller. */
export function ownPid(): number | undefined {
  const link = tryReadLink("self");
  return typeof link === "string" ? Number(link) : undefined;
}

/** Whether /proc is of another PID namespace: its PIDs are not those of kill(2). */
export function isOthersProc(): boolean {
  return ownPid() !== Deno.pid;
}
