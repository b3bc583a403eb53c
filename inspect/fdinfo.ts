/** /proc/PID/fdinfo/FD. @see proc_pid_fdinfo(5) */

/** The fields of fdinfo: of any descriptor, and of a pidfd. */
export interface Fdinfo {
  /** The offset; a bigint, as files may be that large. */
  readonly pos: bigint;
  /** File status and access mode flags, O_CLOEXEC included. */
  readonly flags: number;
  readonly mntId: number;
  /** Since Linux 5.14. */
  readonly ino?: number;
  /** Of a pidfd: the process, as the reader's /proc numbers it; -1 once it has been waited for, 0 if it is out of sight. */
  readonly pid?: number;
  /** Of a pidfd: the PID at every level, the reader's first. */
  readonly nspid?: readonly number[];
}

/** Reads the text of a fdinfo; undefined where it is none. */
export function parseFdinfo(text: string): Fdinfo | undefined {
  const field = (name: string): string | undefined =>
    text.match(new RegExp(`^${name}:\\s*(.*)$`, "m"))?.[1];
  const [pos, flags, ino, pid, nspid] = ["pos", "flags", "ino", "Pid", "NSpid"].map(field);
  if (pos === undefined || flags === undefined) return undefined;
  return {
    pos: BigInt(pos),
    flags: parseInt(flags, 8),
    mntId: Number(field("mnt_id") ?? 0),
    ...(ino === undefined ? {} : { ino: Number(ino) }),
    ...(pid === undefined ? {} : { pid: Number(pid) }),
    ...(nspid === undefined ? {} : { nspid: nspid.trim().split(/\s+/).map(Number) }),
  };
}
