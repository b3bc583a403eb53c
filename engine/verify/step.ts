/** Checks of a step by itself: what it goes to, how many arguments it has, what it reads and writes. */
import {
  CONSTANTS,
  FAILURES,
  KEPT_END,
  type Operand,
  PACKED_FAILURES,
  VARIABLES_END,
} from "../operand.ts";
import { type Call, FAIL, type Label, type Plan, type Step } from "../plan.ts";
import { arityOf, buffersOf } from "../signature.ts";
import type { Labels } from "./labels.ts";
import type { Problems } from "./problems.ts";

/** Names of places that are no slots and no buffers. */
const WITHOUT_ROOM: readonly string[] = [FAILURES, PACKED_FAILURES, KEPT_END, VARIABLES_END];

/** Bytes of a slot. */
const SLOT_BYTES = 8;

/** The bytes that operations write at an address. */
const WIDTHS: Readonly<Record<string, number>> = { put: 8, put32: 4, put16: 2, put8: 1 };

/** What a step of a plan is checked against. */
interface Checked {
  readonly buffers: Plan["buffers"];
  readonly labels: Labels;
  readonly problems: Problems;
}

/** Checks the step at an index. */
export function checkStep(step: Step, at: number, checked: Checked): void {
  if (step.do === "label") return;
  for (const goal of goalsOf(step)) {
    if (!checked.labels.has(goal)) checked.problems.at(at, `there is no label "${goal}"`);
  }
  if (step.do === "call") checkCall(step, at, checked);
  else if (step.do === "compute") checkWrite(step.operation, step.args, at, checked);
}

/** The labels that a step names. */
function goalsOf(step: Exclude<Step, { do: "label" }>): Label[] {
  const goals = step.args.flatMap((arg) => arg.kind === "label" ? [arg.label] : []);
  if (step.do === "call" && typeof step.onError === "object") goals.push(step.onError.goto);
  else if (step.do === "call" && step.onError === "fail") goals.push(FAIL);
  else if (step.do === "test" && typeof step.goto === "string") goals.push(step.goto);
  return goals;
}

function checkCall({ syscall, args }: Call, at: number, { buffers, problems }: Checked): void {
  const arity = arityOf(syscall);
  if (args.length < arity.least || args.length > arity.most) {
    const wanted = arity.least === arity.most ? arity.most : `${arity.least} to ${arity.most}`;
    problems.at(at, `${syscall} takes ${wanted} arguments, not ${args.length}`);
    return;
  }
  for (const { argument, bytes, isWritten } of buffersOf(syscall, args)) {
    const room = roomAt(args[argument]!, isWritten, buffers);
    if (room === undefined || room >= bytes) continue;
    problems.at(at, `${bytes} bytes do not fit in "${nameOf(args[argument]!)}": it has ${room}`);
  }
}

function checkWrite(
  operation: string,
  args: readonly Operand[],
  at: number,
  { buffers, problems }: Checked,
): void {
  const width = WIDTHS[operation];
  const [target, offset, length] = args;
  if (!target || !offset) return;
  const room = roomAt(target, true, buffers);
  if (room === undefined) return;
  const [from, to] = width !== undefined && offset.kind === "number"
    ? [Number(offset.value), Number(offset.value) + width]
    : operation === "copy" && length?.kind === "number"
    ? [0, Number(length.value)]
    : [0, 0];
  const before = target.kind === "address" ? target.offset : 0;
  if (from < -before || to > room) {
    problems.at(at, `bytes ${from} to ${to} are not in "${nameOf(target)}": it has ${room}`);
  }
}

/** How many bytes may be read or written at an address; undefined where that is not known. */
function roomAt(
  operand: Operand,
  isWritten: boolean,
  buffers: Plan["buffers"],
): number | undefined {
  switch (operand.kind) {
    case "slot":
    case "number":
      return undefined;
    case "address":
      if (operand.name === CONSTANTS) return isWritten ? 0 : undefined;
      if (WITHOUT_ROOM.includes(operand.name)) return undefined;
      return (buffers[operand.name] ?? SLOT_BYTES) - operand.offset;
    case "vector":
      return SLOT_BYTES * (operand.items.length + 1);
    case "text":
      return isWritten ? 0 : operand.bytes.length + 1;
    case "data":
      return isWritten && !operand.written ? 0 : operand.bytes.length;
    case "label":
    case "failure":
      return 0;
  }
}

const nameOf = (operand: Operand): string =>
  operand.kind === "address" ? operand.name : `a ${operand.kind}`;
