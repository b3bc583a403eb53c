/** Reads what strace(1) has seen: the calls of all processes of a launch. */
import { SIGNALS } from "../../ffi/abi/signal.ts";

/** A system call as strace shows it. */
export interface SeenCall {
  readonly call: string;
  /** "3", "0", "-1 ENOENT (No such file or directory)", "?". */
  readonly result: string;
  /** Whether the process is not dumpable: strace sees its memory only as root. @see ptrace(2) */
  readonly isHidden?: true;
}

/** The calls of each process by PID, from the folder that `strace -ff -o FOLDER/of` has filled. */
export function readTraces(folder: string): Map<number, SeenCall[]> {
  const traces = new Map<number, SeenCall[]>();
  for (const { name } of Deno.readDirSync(folder)) {
    if (!/\.\d+$/.test(name)) continue;
    const lines = Deno.readTextFileSync(`${folder}/${name}`).split("\n");
    traces.set(Number(name.slice(name.lastIndexOf(".") + 1)), withHidden(lines.flatMap(parseLine)));
  }
  return traces;
}

function withHidden(calls: readonly SeenCall[]): SeenCall[] {
  // A new process is as the one that it comes from.
  let isHidden = !calls[0]?.call.startsWith("execve(");
  return calls.map((seen) => {
    const [, how] = /^prctl\(PR_SET_DUMPABLE, SUID_DUMP_(\w+)\)/.exec(seen.call) ?? [];
    if (how !== undefined) isHidden = how === "DISABLE";
    return isHidden ? { ...seen, isHidden } : seen;
  });
}

/** The same words for every version of strace, and only names that are meant. */
function nameNew(line: string): string {
  return line.replace("_IOC(_IOC_READ, 0xb7, 0x7, 0x4)", "NS_GET_TGID_FROM_PIDNS")
    .replace("0x80 /* PIDFD_??? */", "PIDFD_THREAD")
    .replace("MFD_ALLOW_SEALING|0x10", "MFD_ALLOW_SEALING|MFD_EXEC")
    // More capabilities than there are.
    .replace(
      /0x([0-9a-f]+) \/\* CAP_\?\?\? \*\//,
      (_, digits) => String(Number.parseInt(digits, 16)),
    )
    // It looks for a name of what has none.
    .replace("propagation=0 /* MS_??? */", "propagation=0")
    // Both are the same bit, on one processor and on the other: see O_NOFOLLOW in ffi/abi/fcntl.ts.
    .replace("|O_LARGEFILE|O_NOFOLLOW", "|O_NOFOLLOW")
    // Newer ones show this number as a decimal one.
    .replace(
      /(?<=NS_GET_TGID_FROM_PIDNS, )\d+(?=\))/,
      (number) => `0x${Number(number).toString(16)}`,
    );
}

function parseLine(line: string): SeenCall[] {
  const [, call, result] = nameNew(line).match(/^(\w+\(.*\)) += (.+)$/) ?? [];
  // A call that a signal interrupts is made again, and shown again.
  if (call === undefined || result === undefined || result.startsWith("? ERESTART")) return [];
  // Of this one nothing is known: the process was killed in it. strace(1) has two ways to say so.
  if (call.includes("<unfinished") || result === "? <unavailable>") return [];
  return [{ call, result }];
}

/** What follows the image's own execution, or that of a binary whose front it is, up to the program's. */
export function imageCalls(calls: readonly SeenCall[]): readonly SeenCall[] {
  const startOf = (pattern: RegExp): number =>
    calls.findIndex(({ call, result }) => pattern.test(call) && result === "0");
  const image = startOf(/^execveat\(\d+, "", .*AT_EMPTY_PATH\)$/);
  const start = image < 0
    ? startOf(/^execve\("[^"]*\/nido", \["[^"]*", "(?:unshare|nsenter)", /)
    : image;
  return untilProgram(behindMapping(calls.slice(start < 0 ? calls.length : start + 1)));
}

/** What follows the mapping of a front, where it goes on from what maps it: see launch/start/stub.ts. */
function behindMapping(calls: readonly SeenCall[]): readonly SeenCall[] {
  if (!/^mmap\(0x\w+, \d+, PROT_READ, /.test(calls[0]?.call ?? "")) return calls;
  return calls.slice(calls.findIndex(({ call }) => call.startsWith("close(")) + 1);
}

/** What a frozen file does, from its start up to the program's execution. */
export function fileCalls(calls: readonly SeenCall[]): readonly SeenCall[] {
  const start = calls.findIndex(({ call }) => /^execve\("[^"]*\/(frozen|bwrap)", /.test(call));
  return start < 0 ? [] : untilProgram(calls.slice(start + 1));
}

/** Up to and with the first execution that succeeds. */
export function untilProgram(calls: readonly SeenCall[]): readonly SeenCall[] {
  const end = calls.findIndex(({ call, result }) => call.startsWith("execve(") && result === "0");
  return end < 0 ? calls : calls.slice(0, end + 1);
}

/** How a process ended, as wait(2) gives it, from the folder that strace has filled. */
function readStatus(folder: string, pid: number): number {
  const text = Deno.readTextFileSync(`${folder}/of.${pid}`);
  const [, code, signal] = /^\+{3} (?:exited with (\d+)|killed by (SIG\w+)).* \+{3}$/m.exec(text) ??
    [];
  return signal === undefined ? Number(code) << 8 : SIGNALS[signal as keyof typeof SIGNALS];
}

/**
 * The process that a clone(2) has started: in a new PID namespace its number is another one than strace's,
 * and it is the oldest of those that are not known.
 */
export function startedBy(
  { result }: SeenCall,
  traces: ReadonlyMap<number, unknown>,
  known: ReadonlySet<number>,
): number | undefined {
  if (traces.has(Number(result))) return Number(result);
  return [...traces.keys()].sort((a, b) => a - b).find((pid) => !known.has(pid));
}

/** How the program ended that a file has executed, as wait(2) gives it: 0 if it has executed none. */
export function programStatus(folder: string): number {
  const traces = readTraces(folder);
  const known = new Set<number>();
  const become = (pid: number, calls: readonly SeenCall[]): number | undefined => {
    known.add(pid);
    const own = untilProgram(calls);
    const last = own.at(-1);
    if (last?.call.startsWith("execve(") && last.result === "0") return pid;
    for (const seen of own.filter(({ call }) => call.startsWith("clone("))) {
      const child = startedBy(seen, traces, known);
      const found = child === undefined ? undefined : become(child, traces.get(child)!);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const file = [...traces].find(([, calls]) => fileCalls(calls).length > 0);
  const program = file && become(file[0], fileCalls(file[1]));
  return program === undefined ? 0 : readStatus(folder, program);
}
