/**
 * Reports: what failed in a launch and why, as data. The failure steps write four numbers (see
 * failure.ts), and whoever has the plan knows what they stand for.
 */
import { errnoName } from "../ffi/abi/errno.ts";
import { F_SETFD, FD_CLOEXEC } from "../ffi/abi/fcntl.ts";
import { REPORT_BYTES } from "./failure.ts";
import {
  type AnyPlan,
  type Call,
  type Failure,
  FOUND,
  type Hint,
  type Plan,
  REPORT,
  Sequence,
} from "./plan.ts";
import { stepText } from "../engine/show/operand.ts";

/** What failed in a launch, and why. */
export interface LaunchFailure {
  /** What was tried, on what: "mount /proc failed". */
  readonly message: string;
  /** The exit status of the process in which it failed. */
  readonly status: number;
  /** The name of that process in the plan: "main", "child". Absent where `step` is. */
  readonly process?: string;
  /** The system call as strace(1) shows it. Absent if it was more than one, or a program failed. */
  readonly step?: string;
  /** The error number, positive as in errno(3); 0 if a program failed. */
  readonly errno: number;
  /** The error's name: "EPERM"; empty if a program failed. */
  readonly code: string;
  /** The likeliest cause, found by looking. Absent if none was seen. */
  readonly why?: string;
  /** The one command or change that mends it. */
  readonly remedy?: string;
}

/** A hint for one error number; for all if that is undefined. */
export interface HintEntry {
  readonly errno: number | undefined;
  readonly hint: Hint;
}

/** The hints of a failure, one for each error number: in this order they stand in memory. */
export function entriesOf(hints: readonly Hint[]): HintEntry[] {
  return hints.flatMap((hint) =>
    (hint.errno ?? [undefined]).map((errno: number | undefined) => ({ errno, hint }))
  );
}

/** Everything that can fail, and the call that does: in this order failures are numbered. */
function failuresOf({ steps }: AnyPlan): { failure: Failure; call?: Call }[] {
  return steps.flatMap((step) => {
    if (step.do === "label") return [];
    const stated = step.args.filter((arg) => arg.kind === "failure");
    const own = step.do === "call" && step.failure ? [{ failure: step.failure, call: step }] : [];
    return [...stated, ...own];
  });
}

/**
 * The plan with a descriptor for reports: instead of saying on standard error what failed, it
 * writes that there. The program does not get the descriptor: whoever reads the other end of a pipe
 * knows by its end that the program runs.
 *
 * @param fd A descriptor in the process that runs the plan; not 0.
 */
export function reporting(plan: Plan, fd: number): Plan {
  const s = new Sequence("main");
  s.compute(REPORT, "set", fd);
  s.call("fcntl", [fd, F_SETFD, FD_CLOEXEC], "the program does not get the descriptor of reports");
  return { ...plan, steps: [...s.steps, ...plan.steps] };
}

/**
 * The failure that a report tells of: the first one, where a process that waited for the failed one
 * has reported too. Undefined if the bytes are no report of this plan.
 *
 * @param bytes What was read from the descriptor.
 */
export function failureOf(plan: AnyPlan, bytes: Uint8Array): LaunchFailure | undefined {
  if (bytes.length < REPORT_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [number, error, hint, found] = [0, 8, 16, 24]
    .map((at) => Number(view.getBigUint64(at, true)));
  const failed = failuresOf(plan)[number!];
  if (!failed) return undefined;
  const { failure, call } = failed;
  const words = (text: string): string => text.replaceAll(FOUND, String(found));
  const entry = entriesOf(failure.hints)[hint!];
  return {
    message: failure.message,
    status: failure.status,
    ...(call ? { process: call.process, step: stepText(call) } : {}),
    errno: error!,
    code: error ? errnoName(error) : "",
    ...(entry ? { why: words(entry.hint.why) } : {}),
    ...(entry?.hint.remedy === undefined ? {} : { remedy: words(entry.hint.remedy) }),
  };
}
