/** /proc/PID/stat. @see proc_pid_stat(5) */

/** What of /proc/PID/stat is of use here. */
export interface ProcessStat {
  readonly pid: number;
  /** The name of the program as it is, nothing escaped. */
  readonly comm: string;
  /** One letter: R S D T t Z X I. */
  readonly state: string;
  readonly ppid: number;
  readonly pgrp: number;
  readonly session: number;
  /** Whether it is the kernel's own. */
  readonly kthread: boolean;
  readonly threads: number;
  /** When the process started, in clock ticks since boot: with the PID it names one process. */
  readonly starttime: number;
}

/** @see linux/sched.h */
const PF_KTHREAD = 0x00200000;

/**
 * Reads the text of /proc/PID/stat. The name may contain spaces, newlines and `)`: it ends at the
 * last one.
 *
 * @returns undefined where the text is no stat.
 */
export function parseStat(text: string): ProcessStat | undefined {
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  if (open < 0 || close < open) return undefined;
  const fields = text.slice(close + 2).split(" ");
  // Fields are numbered from 1 in the manual; field 3 is the first behind the name.
  const field = (number: number): number => Number(fields[number - 3]);
  if (fields.length < 20) return undefined;
  return {
    pid: Number(text.slice(0, open)),
    comm: text.slice(open + 1, close),
    state: fields[0]!,
    ppid: field(4),
    pgrp: field(5),
    session: field(6),
    kthread: (field(9) & PF_KTHREAD) !== 0,
    threads: field(20),
    starttime: field(22),
  };
}
