/**
 * One process: its namespaces, its PIDs, its id maps.
 *
 * PIDs given and returned are as the caller's /proc numbers them, unless said otherwise. Everything
 * can be out of date when it is returned: processes end and join other namespaces at any time.
 */
import { ENOENT, ESRCH } from "../ffi/abi/errno.ts";
import { NAMESPACE_LINKS, type NamespaceLink } from "../ffi/abi/namespaces.ts";
import { SyscallError } from "../ffi/errors.ts";
import { commandLine, parseCmdline } from "./cmdline.ts";
import { parseIdMap } from "../ffi/abi/id_map.ts";
import type { IdMaps } from "./id_map.ts";
import { inodeIn, parseNsLink } from "./ns_link.ts";
import {
  ifReadable,
  numbersIn,
  readBytes,
  readLine,
  readText,
  SHOWN_BYTES,
  tryReadLink,
} from "./proc.ts";
import { parseStat, type ProcessStat } from "./stat.ts";
import { hasEnded, parseStatus, type Status } from "./status.ts";

/** Inode numbers of namespaces by the names of their links. */
export type NamespaceInodes = Partial<Record<NamespaceLink, number>>;

function noProcess(pid: number, file: string): SyscallError {
  return new SyscallError("read", ESRCH, `/proc/${pid}/${file}`);
}

/** /proc/PID/status of a process or thread. @throws {SyscallError} ENOENT or ESRCH: it has ended. */
export function statusOf(pid: number): Status {
  const status = parseStatus(readText(`${pid}/status`));
  if (!status) throw noProcess(pid, "status");
  return status;
}

/** /proc/PID/stat of a process or thread. @throws {SyscallError} ENOENT or ESRCH: it has ended. */
export function statOf(pid: number): ProcessStat {
  const stat = parseStat(readText(`${pid}/stat`));
  if (!stat) throw noProcess(pid, "stat");
  return stat;
}

/** The arguments of a process, up to {@linkcode SHOWN_BYTES}; none of a kernel thread or a zombie. @throws {SyscallError} */
export function argumentsOf(pid: number): string[] {
  return parseCmdline(readBytes(`${pid}/cmdline`, SHOWN_BYTES));
}

/**
 * What a process is called: its arguments with spaces between, or the name of its program where
 * it has none. It may contain any character: escape it before a terminal sees it. No more than
 * {@linkcode SHOWN_BYTES} are read.
 *
 * @throws {SyscallError} ENOENT or ESRCH: it has ended.
 */
export function commandOf(pid: number): string {
  return commandLine(argumentsOf(pid)) || statOf(pid).comm;
}

/**
 * The TID of a thread that lives on in a process whose first thread has ended. What only a living
 * thread has is to be read of that one: most namespaces, arguments, mounts.
 *
 * @returns undefined where the first thread lives, and where all have ended.
 */
export function livingThread(status: Status): number | undefined {
  const { pid, state } = status;
  if (state !== "Z" || hasEnded(status)) return undefined;
  return ifReadable(() => numbersIn(`${pid}/task`))?.find((tid) => {
    const stat = ifReadable(() => parseStat(readLine(`${pid}/task/${tid}/stat`)));
    return stat !== undefined && stat.state !== "Z" && stat.state !== "X";
  });
}

/**
 * The namespaces of a process or thread by inode number.
 *
 * Changes nothing. `pid_for_children` is missing while a new PID namespace waits for its first process, and a type
 * that the kernel lacks always is. What has ended has only `user` and `pid`; so it is of a process whose first thread
 * has ended while others live: ask for one of those.
 *
 * @param pid A PID or TID as the caller's /proc numbers it, or "PID/task/TID".
 * @returns Inode numbers, unique while the namespace lives.
 * @throws {SyscallError} ENOENT or ESRCH: it has ended, or /proc hides it; EACCES: the caller may not ptrace it.
 * @see namespaces(7), "The /proc/pid/ns/ directory"
 *
 * @example Is a process in this one's network?
 * ```ts
 * import { namespacesOf } from "@nido/nido";
 *
 * const [here, there] = [namespacesOf(Deno.pid), namespacesOf(Deno.pid)];
 * console.log(`net:[${here.net}]`, here.net === there.net); // net:[4026531840] true
 * ```
 */
export function namespacesOf(pid: number | `${number}/task/${number}`): NamespaceInodes {
  const inodes: NamespaceInodes = {};
  for (const name of NAMESPACE_LINKS) {
    const link = tryReadLink(`${pid}/ns/${name}`);
    if (typeof link === "string") {
      const id = parseNsLink(link);
      if (id) inodes[name] = id.ns;
    } else if (link !== -ENOENT) {
      throw new SyscallError("readlinkat", -link, `/proc/${pid}/ns/${name}`);
    }
  }
  if (Object.keys(inodes).length > 0) return inodes;
  throw new SyscallError("readlinkat", ENOENT, `/proc/${pid}/ns`);
}

/** The caller's namespaces, whatever number it has in /proc; none where /proc does not show it. */
export function ownNamespaces(): NamespaceInodes {
  return Object.fromEntries(NAMESPACE_LINKS.flatMap((name) => {
    const ns = inodeIn(String(tryReadLink(`self/ns/${name}`)));
    return ns > 0 ? [[name, ns]] : [];
  }));
}

/**
 * The PIDs of a process: one for each PID namespace that it is visible in, the caller's first,
 * its own last (`NSpid` in /proc/PID/status).
 *
 * Changes nothing. Others' processes can be asked for, too.
 *
 * @param pid A PID or TID as the caller's /proc numbers it.
 * @returns From the outside in; one number where the process is in the PID namespace of /proc.
 * @throws {SyscallError} ENOENT or ESRCH: it has ended, or a /proc mounted with hidepid=invisible hides it; EACCES:
 * it is another's, and /proc is mounted with hidepid=noaccess.
 * @see proc_pid_status(5), pid_namespaces(7)
 *
 * @example
 * ```ts
 * import { pidsOf } from "@nido/nido";
 *
 * console.log(pidsOf(Deno.pid).join(" → ")); // 4126, or 4126 → 2 → 1 two namespaces further in
 * ```
 */
export function pidsOf(pid: number): readonly number[] {
  return statusOf(pid).nspid;
}

/**
 * The id maps of the user namespace that a process is in. The outer ids are as the caller's user
 * namespace numbers them; of the caller's own user namespace, as its parent does.
 *
 * Changes nothing.
 *
 * @param pid A PID as the caller's /proc numbers it.
 * @returns Lines in the order of the file; none while nobody has written the map. `setgroups` is
 * "allow" where the kernel has no such file.
 * @throws {SyscallError} ENOENT or ESRCH: it has ended, or /proc hides it; EACCES: as pidsOf().
 * @see user_namespaces(7), "User and group ID mappings"
 *
 * @example Who is root in the namespace of a process, seen from here?
 * ```ts
 * import { idMaps } from "@nido/nido";
 *
 * const line = idMaps(Deno.pid).uid.find(({ inner }) => inner === 0);
 * console.log(line ? `root inside is uid ${line.outer} outside` : "nobody is root inside");
 * ```
 */
export function idMaps(pid: number): IdMaps {
  const setgroups = ifReadable(() => readText(`${pid}/setgroups`))?.trim();
  return {
    uid: parseIdMap(readText(`${pid}/uid_map`)),
    gid: parseIdMap(readText(`${pid}/gid_map`)),
    setgroups: setgroups === "deny" ? "deny" : "allow",
  };
}
