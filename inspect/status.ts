/** /proc/PID/status. @see proc_pid_status(5) */
import { unescapeName } from "./escape.ts";

/** Real, effective, saved and file system id. */
export type Ids = readonly [real: number, effective: number, saved: number, fs: number];

/** What /proc/PID/status tells. Ids and PIDs are as the reader's namespaces number them. */
export interface Status {
  /** The name of the program, cut to 15 bytes; it may contain any byte but NUL. */
  readonly name: string;
  /** One letter: R S D T t Z X I. */
  readonly state: string;
  readonly tgid: number;
  readonly pid: number;
  readonly ppid: number;
  readonly tracerPid: number;
  readonly uid: Ids;
  readonly gid: Ids;
  readonly groups: readonly number[];
  /** The PID at every level: as the reader's /proc numbers it first, in its innermost namespace last. */
  readonly nspid: readonly number[];
  readonly nstgid: readonly number[];
  readonly threads: number;
  /** Sets of signals, bit N - 1 for signal N: blocked by the thread, ignored, and with a handler. */
  readonly sigBlk: bigint;
  readonly sigIgn: bigint;
  readonly sigCgt: bigint;
  /** Sets of capabilities, bit N for capability N. @see capabilities(7) */
  readonly capInh: bigint;
  readonly capPrm: bigint;
  readonly capEff: bigint;
  readonly capBnd: bigint;
  readonly capAmb: bigint;
  readonly noNewPrivs: boolean;
  /** 0 none, 1 strict, 2 filter. */
  readonly seccomp: number;
  /** Since Linux 5.9; 0 before. */
  readonly seccompFilters: number;
  /** Since Linux 6.4; undefined before. */
  readonly kthread?: boolean;
}

/** Whether a process is a zombie: no thread of it lives. Where the first one alone has ended, others are counted. */
export function hasEnded({ state, threads }: Pick<Status, "state" | "threads">): boolean {
  return state === "Z" && threads < 2;
}

/** What has ended of a process, in words; undefined while its first thread lives. */
export function endedWords(process: Pick<Status, "state" | "threads">): string | undefined {
  if (process.state !== "Z") return undefined;
  return hasEnded(process) ? "zombie" : "first thread ended";
}

const numbers = (text: string | undefined): number[] =>
  text?.trim() ? text.trim().split(/\s+/).map(Number) : [];

const set = (text: string | undefined): bigint =>
  text && /^[0-9a-f]+$/.test(text) ? BigInt(`0x${text}`) : 0n;

/**
 * Reads the text of /proc/PID/status. What an older kernel does not write is 0, empty or missing.
 *
 * @returns undefined where the text is no status.
 */
export function parseStatus(text: string): Status | undefined {
  const fields = new Map<string, string>();
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    // The first is the kernel's: names are escaped, so that none can begin a line.
    if (colon > 0 && !fields.has(line.slice(0, colon))) {
      fields.set(line.slice(0, colon), line.slice(colon + 1).replace(/^\t/, ""));
    }
  }
  const number = (name: string): number => Number(fields.get(name)?.trim() ?? 0);
  const ids = (name: string): Ids => {
    const [real = 0, effective = 0, saved = 0, fs = 0] = numbers(fields.get(name));
    return [real, effective, saved, fs];
  };
  if (!fields.has("Pid") || !fields.has("Name")) return undefined;
  const kthread = fields.get("Kthread");
  return {
    name: unescapeName(fields.get("Name")!),
    state: fields.get("State")?.[0] ?? "?",
    tgid: number("Tgid"),
    pid: number("Pid"),
    ppid: number("PPid"),
    tracerPid: number("TracerPid"),
    uid: ids("Uid"),
    gid: ids("Gid"),
    groups: numbers(fields.get("Groups")),
    // Linux before 4.1 has no NSpid.
    nspid: fields.has("NSpid") ? numbers(fields.get("NSpid")) : [number("Pid")],
    nstgid: fields.has("NStgid") ? numbers(fields.get("NStgid")) : [number("Tgid")],
    threads: number("Threads"),
    sigBlk: set(fields.get("SigBlk")),
    sigIgn: set(fields.get("SigIgn")),
    sigCgt: set(fields.get("SigCgt")),
    capInh: set(fields.get("CapInh")),
    capPrm: set(fields.get("CapPrm")),
    capEff: set(fields.get("CapEff")),
    capBnd: set(fields.get("CapBnd")),
    capAmb: set(fields.get("CapAmb")),
    noNewPrivs: number("NoNewPrivs") === 1,
    seccomp: number("Seccomp"),
    seccompFilters: number("Seccomp_filters"),
    ...(kthread === undefined ? {} : { kthread: kthread.trim() === "1" }),
  };
}
