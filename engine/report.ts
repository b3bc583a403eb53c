/**
 * Reports: what failed when a plan ran and why, as data. The failure steps write numbers and values
 * (see protocol.ts); with the plan they are decoded here.
 */
import { errnoName } from "../ffi/abi/errno.ts";
import { F_SETFD, FD_CLOEXEC } from "../ffi/abi/fcntl.ts";
import { type Row, SYSCALLS } from "../ffi/abi/syscall.ts";
import { type Bytes, display, wellFormed } from "../ffi/bytes.ts";
import { shellWord } from "../ffi/shell_word.ts";
import { Builder } from "./builder.ts";
import {
  type Failure,
  type FrontEnd,
  type Hint,
  isGiven,
  isValue,
  isWord,
  type Message,
  partsFor,
  remedyFor,
  worded,
} from "./failure.ts";
import { HINT } from "./failure/structs.ts";
import { entriesOf } from "./failure/table.ts";
import type { Call, Plan } from "./plan.ts";
import { placed, restFirst } from "./rest.ts";
import type { Record } from "./protocol.ts";
import { stepText } from "./show/operand.ts";

/** What failed, and why. */
export interface FailureReport {
  /** What was tried, on what: "mount /proc failed". */
  readonly message: string;
  /** The exit status of the process in which it failed. */
  readonly status: number;
  /** The name of that process in the plan: "main", "child". Absent where `step` is. */
  readonly process?: string;
  /** The system call as strace(1) shows it. Absent if it was more than one, or a program failed. */
  readonly step?: string;
  /** The name of the system call that failed. Absent if none did. */
  readonly syscall?: string;
  /** The file or folder that was worked on. Absent if there was none. */
  readonly path?: string;
  /** The error number, positive as in errno(3); 0 if a program failed. */
  readonly errno: number;
  /** The error's name: "EPERM"; empty if a program failed. */
  readonly code: string;
  /** The likeliest cause, found by looking. Absent if none was seen. */
  readonly why?: string;
  /** The one command or change that mends it. */
  readonly remedy?: string;
  /** Whether the cause may be over by itself in a moment. */
  readonly mayPass?: boolean;
}

/** All failures with their calls, in the order of their numbers. */
export function failuresOf({ steps }: Plan): { failure: Failure; call?: Call }[] {
  return restFirst(placed(steps).records).flatMap(({ step }) => {
    if (step.do === "label") return [];
    const stated = step.args.filter((arg) => arg.kind === "failure");
    const own = step.do === "call" && step.failure ? [{ failure: step.failure, call: step }] : [];
    return [...stated, ...own];
  });
}

/**
 * The plan with a descriptor for reports: it writes failures there instead of to standard error. The
 * program does not get the descriptor, so the end of a pipe says that the program runs.
 *
 * @param fd A descriptor in the process that runs the plan; not 0.
 */
export function reporting(plan: Plan, fd: number): Plan {
  return Builder.before(plan, "main", (s) => {
    s.report.set(fd);
    const note = "the program does not get the descriptor of reports";
    s.call("fcntl", [fd, F_SETFD, FD_CLOEXEC], note, { fails: "ignored" });
  });
}

/** A message as text, and the path in it. */
interface Said {
  readonly text: string;
  readonly path?: Bytes;
}

/** The text of a message. @param values The reported values: it takes its own from the front. */
function said(message: Message, values: Uint8Array[], front: FrontEnd | undefined): Said {
  let text = "";
  let path: Bytes | undefined;
  for (const part of partsFor(message, front)) {
    if (typeof part === "string") text += part;
    else if (isValue(part)) {
      // Not reported: the plan in which it is known has it as text.
      if (isGiven(part)) continue;
      const value = values.shift() ?? new Uint8Array();
      text += isWord(part) ? shellWord(wellFormed(value)) : display(value);
      if ("string" in part && part.isPath) path ??= value;
    } else {
      text += display(part.path);
      path ??= part.path;
    }
  }
  return { text, ...(path === undefined ? {} : { path }) };
}

/** The last path among a call's arguments: of mount(2) the target. Undefined if there is none. */
function pathOf({ syscall, args }: Call): Bytes | undefined {
  const { args: kinds }: Row = SYSCALLS[syscall];
  const arg = args[kinds.lastIndexOf("path")];
  return arg?.kind === "text" ? arg.bytes : undefined;
}

/** The text of a hint. @param values The reported values. */
export function explanation(
  { why, remedy, mayPass }: Hint,
  front: FrontEnd | undefined,
  values: Uint8Array[] = [],
): Pick<FailureReport, "why" | "remedy" | "mayPass"> {
  return {
    ...(why === undefined ? {} : { why: said(why, values, front).text }),
    ...(remedy === undefined ? {} : { remedy: said(remedyFor(remedy, front), values, front).text }),
    ...(mayPass === undefined ? {} : { mayPass }),
  };
}

/** Decodes the record of a failure. Undefined if this plan has no such failure. */
export function failureOf(plan: Plan, record: Record): FailureReport | undefined {
  const failed = failuresOf(plan)[record.what];
  if (!failed) return undefined;
  const { call } = failed;
  const failure = worded(failed.failure, call, plan.front);
  const { number: errno, hint: offset } = record;
  const values = [...record.values];
  const { text: message, path = call && pathOf(call) } = said(failure.message, values, plan.front);
  const syscall = failure.syscall ?? call?.syscall;
  const hint = entriesOf(failure.hints)[offset / HINT.bytes]?.hint;
  return {
    message,
    status: failure.status,
    ...(call ? { process: call.process, step: stepText(call) } : {}),
    ...(syscall === undefined ? {} : { syscall }),
    ...(path === undefined ? {} : { path: wellFormed(path) }),
    errno,
    code: errno ? errnoName(errno) : "",
    ...(hint ? explanation(hint, plan.front, values) : {}),
  };
}
