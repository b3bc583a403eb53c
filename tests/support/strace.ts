/** Compares the steps that `nido explain --json` prints with the system calls that strace(1) sees. */
import type { PrintedStep } from "../../engine/print.ts";

/** A system call as strace shows it. */
export interface SeenCall {
  readonly call: string;
  /** "3", "0", "-1 ENOENT (No such file or directory)", "?". */
  readonly result: string;
}

/** The calls of each process by PID, from the folder that `strace -ff -o FOLDER/of` has filled. */
export function readTraces(folder: string): Map<number, SeenCall[]> {
  const traces = new Map<number, SeenCall[]>();
  for (const { name } of Deno.readDirSync(folder)) {
    const lines = Deno.readTextFileSync(`${folder}/${name}`).split("\n");
    traces.set(Number(name.slice(name.lastIndexOf(".") + 1)), lines.flatMap(parseLine));
  }
  return traces;
}

/** Names what older versions of strace have no name for. */
function nameNew(line: string): string {
  return line.replace("_IOC(_IOC_READ, 0xb7, 0x7, 0x4)", "NS_GET_TGID_FROM_PIDNS")
    .replace("0x80 /* PIDFD_??? */", "PIDFD_THREAD")
    .replace("MFD_ALLOW_SEALING|0x10", "MFD_ALLOW_SEALING|MFD_EXEC")
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
  return [{ call, result }];
}

/** What follows the image's own execution, or that of a binary whose front it is, up to the program's. */
export function imageCalls(calls: readonly SeenCall[]): readonly SeenCall[] {
  const startOf = (pattern: RegExp): number =>
    calls.findIndex(({ call, result }) => pattern.test(call) && result === "0");
  const image = startOf(/^execveat\(\d+, "", .*AT_EMPTY_PATH\)$/);
  const start = image < 0 ? startOf(/^execve\("[^"]*\/nido", \["[^"]*", "unshare", /) : image;
  const own = calls.slice(start < 0 ? calls.length : start + 1);
  return untilProgram(isCopy(own) ? own.slice(COPY_CALLS) : own);
}

/** How many calls it takes a copy of a front to see that it is one. */
const COPY_CALLS = 3;

/** Whether a launcher looks whether it is a copy, as a front does that joins. */
const isCopy = ([, looks]: readonly SeenCall[]): boolean =>
  looks !== undefined && /^fcntl\(\d+, F_GET_SEALS/.test(looks.call);

/** What a frozen file does, from its start up to the program's execution. */
export function fileCalls(calls: readonly SeenCall[]): readonly SeenCall[] {
  const start = calls.findIndex(({ call }) => /^execve\("[^"]*\/frozen", /.test(call));
  return start < 0 ? [] : untilProgram(calls.slice(start + 1));
}

/** Up to and with the first execution that succeeds. */
function untilProgram(calls: readonly SeenCall[]): readonly SeenCall[] {
  const end = calls.findIndex(({ call, result }) => call.startsWith("execve(") && result === "0");
  return end < 0 ? calls : calls.slice(0, end + 1);
}

/** Values that names have: all texts by which strace may show them. */
type Values = ReadonlyMap<string, readonly string[]>;

/** A plan's steps against the calls of all processes of one launch. */
export class Comparison {
  readonly #steps: readonly PrintedStep[];
  readonly #traces: ReadonlyMap<number, readonly SeenCall[]>;
  readonly #isExact: boolean;
  /** Processes that were compared, by the names that the plan has for them. */
  readonly compared: string[] = [];

  readonly #callsOf: (calls: readonly SeenCall[]) => readonly SeenCall[];

  /**
   * @param isExact Whether errors are known, too: the steps are those of a dry run.
   * @param callsOf The calls to compare of the first process's.
   */
  constructor(
    steps: readonly PrintedStep[],
    traces: ReadonlyMap<number, readonly SeenCall[]>,
    isExact: boolean,
    callsOf: (calls: readonly SeenCall[]) => readonly SeenCall[] = imageCalls,
  ) {
    this.#callsOf = callsOf;
    this.#steps = steps;
    this.#traces = traces;
    this.#isExact = isExact;
  }

  /** Compares everything. @returns What differs, in words; undefined if nothing does. */
  difference(): string | undefined {
    const image = [...this.#traces].find(([, calls]) => this.#callsOf(calls).length > 0);
    if (!image) return "no process has run the image";
    const main = this.#stepsOf("main", "waiter");
    const wrong = this.#compare("main", main, this.#callsOf(image[1]), new Map());
    const left = new Set(this.#steps.map(({ process }) => process));
    for (const name of [...this.compared, "waiter"]) left.delete(name);
    return wrong ?? (left.size ? `these processes were never seen: ${[...left]}` : undefined);
  }

  #stepsOf(...names: readonly string[]): readonly PrintedStep[] {
    return this.#steps.filter(({ process }) => names.includes(process));
  }

  #compare(
    process: string,
    steps: readonly PrintedStep[],
    calls: readonly SeenCall[],
    values: Values,
  ): string | undefined {
    this.compared.push(process);
    const children: [string, number, Values][] = [];
    const matcher = new Matcher(steps, calls, this.#isExact, (step, seen, known) => {
      if (step.call.startsWith("clone(")) children.push([step.result!, Number(seen.result), known]);
    });
    const wrong = matcher.run(values);
    if (wrong !== undefined) return `${process}: ${wrong}`;
    for (const [name, pid, known] of children) {
      const trace = this.#traces.get(pid);
      if (!trace) return `${name}: process ${pid} has no trace`;
      const differs = this.#compare(name, this.#stepsOf(name), untilProgram(trace), known);
      if (differs !== undefined) return differs;
    }
    return undefined;
  }
}

const isLoop = (step: PrintedStep): boolean => /^(until|for each)/.test(step.when ?? "");

/** Finds each call in the steps, in order. Only steps with a `when` may be left out. */
class Matcher {
  readonly #steps: readonly PrintedStep[];
  readonly #calls: readonly SeenCall[];
  readonly #isExact: boolean;
  readonly #onMatch: (step: PrintedStep, seen: SeenCall, values: Values) => void;
  /** The longest way that was found: what is said if none leads to the end. */
  #farthest = { call: -1, step: 0 };

  constructor(
    steps: readonly PrintedStep[],
    calls: readonly SeenCall[],
    isExact: boolean,
    onMatch: (step: PrintedStep, seen: SeenCall, values: Values) => void,
  ) {
    this.#steps = steps;
    this.#calls = calls;
    this.#isExact = isExact;
    this.#onMatch = onMatch;
  }

  run(values: Values): string | undefined {
    const path = this.#match(0, 0, values);
    if (path) {
      for (const [step, seen, known] of path) this.#onMatch(step, seen, known);
      return undefined;
    }
    const { call, step } = this.#farthest;
    const next = this.#steps.slice(step, step + 3).map((s) =>
      `  ${s.call}${s.when ? ` (${s.when})` : ""}`
    );
    return `strace saw\n  ${this.#calls[call]?.call ?? "the end"}\nbut explain said\n${
      next.join("\n") || "  the end"
    }`;
  }

  #match(
    call: number,
    step: number,
    values: Values,
  ): [PrintedStep, SeenCall, Values][] | undefined {
    if (call > this.#farthest.call) this.#farthest = { call, step };
    const seen = this.#calls[call];
    const said = this.#steps[step];
    if (!seen) {
      return this.#steps.slice(step).every(({ when }) => when !== undefined) ? [] : undefined;
    }
    if (!said) return undefined;
    const hasError = !this.#isExact || said.error === errorOf(seen);
    const known = hasError ? matchCall(said, seen, values) : undefined;
    if (known) {
      for (const next of isLoop(said) ? [step + 1, this.#loopStart(step)] : [step + 1]) {
        const rest = this.#match(call + 1, next, known);
        if (rest) return [[said, seen, known], ...rest];
      }
    }
    return said.when === undefined ? undefined : this.#match(call, step + 1, values);
  }

  #loopStart(step: number): number {
    while (step > 0 && isLoop(this.#steps[step - 1]!)) step--;
    return step;
  }
}

/** The name of the error that a call gave. */
const errorOf = ({ result }: SeenCall): string | undefined => /^-1 (\w+)/.exec(result)?.[1];

/** Whether this is that call. @returns What the names stand for afterwards. */
function matchCall(step: PrintedStep, seen: SeenCall, values: Values): Values | undefined {
  const names: string[] = [];
  const pattern = step.call.split(/(<[^<>]+>|&[^,()[\]]+|0x[0-9a-f]{9,})/).map((part, i) => {
    if (i % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    if (/^&|^0x/.test(part)) return ".+";
    names.push(part.slice(1, -1));
    // The fewest bytes that do: a struct behind it may have commas.
    return "(.+?)";
  }).join("");
  const found = seen.call.match(new RegExp(`^${pattern}$`, "s"));
  if (!found) return undefined;
  const known = new Map(values);
  for (const [i, name] of names.entries()) {
    // Names of computed values are not results: what they stand for is not to be known here.
    const value = found[i + 1]!.replace(/^"(.*)"$/, "$1");
    if (!(known.get(name) ?? [value]).includes(value)) return undefined;
  }
  bindResult(step, seen, known);
  return known;
}

/** A result gets its name; the ends of a pipe get theirs. */
function bindResult(
  step: PrintedStep,
  seen: SeenCall,
  known: Map<string, readonly string[]>,
): void {
  if (step.result !== undefined) {
    // rt_sigtimedwait(2) gives 15 (SIGTERM).
    const [, number, name] = seen.result.match(/^(-?\w+)(?: \((\w+)\))?/) ?? [];
    known.set(step.result, [number!, ...(name ? [name] : [])]);
  }
  const [, pipe] = step.call.match(/^pipe2\(&(.+) pipe, /) ?? [];
  const ends = seen.call.match(/^pipe2\(\[(\d+), (\d+)\]/);
  if (pipe && ends) {
    known.set(`${pipe} reader`, [ends[1]!]);
    known.set(`${pipe} writer`, [ends[2]!]);
  }
}
