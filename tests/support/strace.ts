/** Compares the steps that `nido explain --json` prints with the system calls that strace(1) sees. */
import { AFTER_FAILURE, type PrintedStep } from "../../engine/print.ts";
import { quote } from "../../engine/show/text.ts";
import { imageCalls, type SeenCall, startedBy, untilProgram } from "./traces.ts";

/** Steps of a dry run, which takes the program for one that ends with 0, for one that ends otherwise. */
export function ending(steps: readonly PrintedStep[], status: number): PrintedStep[] {
  const code = (status & 0x7f) === 0 ? status >> 8 : 128 + (status & 0x7f);
  const bytes = quote(new Uint8Array(Int32Array.of(status).buffer));
  if (steps.some(({ process }) => process === AFTER_FAILURE)) return [...steps];
  const isTied = steps.some(({ call }) => call.includes("PR_SET_PDEATHSIG"));
  let hasTold = false;
  return steps.map((step) => {
    // It has told its parent of the end, which may be gone by now, and with it this one.
    const mayBeKilled = isTied && hasTold && step.process === "init";
    hasTold ||= /^write\(<end writer>/.test(step.call);
    return {
      ...step,
      ...mayBeKilled ? { when: "if its parent is there" } : {},
      call: step.call.replace(/^exit_group\(0\)$/, `exit_group(${code})`)
        .replace(/(?<=^write\(<end writer>, )"\\0\\0\\0\\0"/, () => bytes)
        .replace(/(?<=\\"exit-code\\": )0/, String(code)),
    };
  });
}

/** Values that names have: all texts by which strace may show them. */
type Values = ReadonlyMap<string, readonly string[]>;

/** A plan's steps against the calls of all processes of one launch. */
export class Comparison {
  readonly #steps: readonly PrintedStep[];
  readonly #traces: ReadonlyMap<number, readonly SeenCall[]>;
  readonly #isExact: boolean;
  /** The names of processes that are started. */
  readonly #started: ReadonlySet<string>;
  /** Their PIDs. */
  readonly #known = new Set<number>();
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
    this.#started = new Set(
      steps.flatMap(({ call, result }) => call.startsWith("clone(") && result ? [result] : []),
    );
    this.#steps = steps;
    this.#traces = traces;
    this.#isExact = isExact;
  }

  /** Compares everything. @returns What differs, in words; undefined if nothing does. */
  difference(): string | undefined {
    const image = [...this.#traces].find(([, calls]) => this.#callsOf(calls).length > 0);
    if (!image) return "no process has run the image";
    const main = this.#stepsOf("main");
    this.#known.add(image[0]);
    const wrong = this.#compare("main", main, this.#callsOf(image[1]), new Map());
    const left = new Set(this.#started);
    for (const name of this.compared) left.delete(name);
    return wrong ?? (left.size ? `these processes were never seen: ${[...left]}` : undefined);
  }

  /** The steps of a process, by whatever names: a new one is a clone's result, and the waiter is the first. */
  #stepsOf(name: string): readonly PrintedStep[] {
    let last = "";
    return this.#steps.filter(({ process }) => {
      if (process === "main" || process === "waiter") last = "main";
      else if (this.#started.has(process)) last = process;
      return name === last;
    });
  }

  #compare(
    process: string,
    steps: readonly PrintedStep[],
    calls: readonly SeenCall[],
    values: Values,
  ): string | undefined {
    this.compared.push(process);
    const children: [string, SeenCall, Values][] = [];
    const matcher = new Matcher(steps, calls, this.#isExact, (step, seen, known) => {
      if (step.call.startsWith("clone(")) children.push([step.result!, seen, known]);
    });
    const wrong = matcher.run(values);
    if (wrong !== undefined) return `${process}: ${wrong}`;
    for (const [name, seen, known] of children) {
      const pid = startedBy(seen, this.#traces, this.#known);
      const trace = pid === undefined ? undefined : this.#traces.get(pid);
      if (pid === undefined || !trace) return `${name}: process ${seen.result} has no trace`;
      this.#known.add(pid);
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
    // Of a call in which a process dies nobody knows the result.
    const hasError = !this.#isExact || isUnknown(seen) || said.error === errorOf(seen);
    const known = hasError ? matchCall(said, seen, values) : undefined;
    if (known) {
      for (const next of isLoop(said) ? [step + 1, this.#loopStart(step)] : [step + 1]) {
        const rest = this.#match(call + 1, next, known);
        if (rest) return [[said, seen, known], ...rest];
      }
    }
    const mayMiss = said.when !== undefined || isEmptyRange(said, values);
    return mayMiss ? this.#match(call, step + 1, values) : undefined;
  }

  #loopStart(step: number): number {
    while (step > 0 && isLoop(this.#steps[step - 1]!)) step--;
    return step;
  }
}

/** Whether there are no descriptors between two that are kept: a dry run does not know their numbers. */
function isEmptyRange({ call }: PrintedStep, values: Values): boolean {
  const [, number, after, before] =
    /^close_range\((?:(\d+)|<([^<>]+)>\+1), <([^<>]+)>-1, 0\)$/.exec(call) ?? [];
  if (before === undefined) return false;
  const numberOf = (name: string): number => Number(values.get(name)?.[0]);
  const first = number !== undefined ? Number(number) : numberOf(after!) + 1;
  return first > numberOf(before) - 1;
}

/** Whether the process has died in it, as strace shows that. */
const isUnknown = ({ result }: SeenCall): boolean => /^(\?$|-1 \(errno )/.test(result);

/** The name of the error that a call gave. */
const errorOf = ({ result }: SeenCall): string | undefined => /^-1 (\w+)/.exec(result)?.[1];

/** What stands for a text or a struct that strace could not read. */
const UNREAD = "0x[0-9a-f]+";

/** Whether this is that call. @returns What the names stand for afterwards. */
function matchCall(step: PrintedStep, seen: SeenCall, values: Values): Values | undefined {
  // How long a text is in which there is a name is not known before.
  const said = step.call.replace(
    /(?<="(?:[^"\\]|\\.)*<[^<>"]+>(?:[^"\\]|\\.)*", )\d+(?=\)$)/,
    "&length",
  );
  const found = matchText(said, seen.call, values);
  if (found || !seen.isHidden) return found && bound(step, seen, found);
  let unread = said.replace(/"(?:[^"\\]|\\.)*"/g, "%unread%");
  // From the innermost struct outwards.
  for (let before = ""; before !== unread;) {
    before = unread;
    unread = unread.replace(/\{[^{}]*\}|\[[^[\]]*\]/g, "%unread%");
  }
  const blind = matchText(unread, seen.call, values);
  return blind && bound(step, seen, blind);
}

/** Whether a call is that text. @returns What the names in it stand for. */
function matchText(
  text: string,
  call: string,
  values: Values,
): Map<string, readonly string[]> | undefined {
  const names: string[] = [];
  const pattern = text.split(/(<[^<>]+>(?:[+-]1)?|&[^,()[\]]+|0x[0-9a-f]{9,}|%unread%)/).map(
    (part, i) => {
      if (i % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      if (part === "%unread%") return UNREAD;
      if (/^&|^0x/.test(part)) return ".+";
      names.push(part);
      // The fewest bytes that do: a struct behind it may have commas.
      return "(.+?)";
    },
  ).join("");
  const found = call.match(new RegExp(`^${pattern}$`, "s"));
  if (!found) return undefined;
  const known = new Map(values);
  for (const [i, part] of names.entries()) {
    const [, name = "", step = "0"] = /^<(.*)>([+-]1)?$/.exec(part)!;
    // Names of computed values are not results: what they stand for is not to be known here.
    const value = found[i + 1]!.replace(/^"(.*)"$/, "$1");
    const values = known.get(name)?.map((one) =>
      step === "0" ? one : String(Number(one) + Number(step))
    );
    if (!(values ?? [value]).includes(value)) return undefined;
  }
  return known;
}

function bound(step: PrintedStep, seen: SeenCall, known: Map<string, readonly string[]>): Values {
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
