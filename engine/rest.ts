/**
 * Steps that rest: those of a process that waits for long (Builder.rest()). Their records stand together,
 * and behind them the data and the first places that they name; so do the variables that are needed from
 * there on. All other pages can be given back meanwhile.
 */
import { CONSTANTS_FILE_OFFSET, CONSTANTS_HEADER_BYTES } from "../ffi/machine/machine.ts";
import { recordBytes } from "../ffi/machine/record.ts";
import { valuesOf, variableOf } from "./failure.ts";
import { GIVEN } from "./operand.ts";
import { FAIL, type Plan, type Step } from "./plan.ts";
import { saidBy } from "./verify/names.ts";

/** The smallest page that a kernel has, in bytes. */
export const PAGE_BYTES = 4096;

/** Room for what stands behind the records: data, and some fifty places. */
const BEHIND_BYTES = 384;

/** The bytes of a step's record. */
export const stepBytes = (step: Step): number =>
  step.do === "label" ? 0 : recordBytes(step.do === "call", step.args.length);

/** Which of the steps rest. */
function restOf(steps: readonly Step[]): boolean[] {
  let rests = false;
  return steps.map((step) => {
    if (step.do === "label" && step.rest) rests = step.rest === "begins";
    return rests;
  });
}

/** The record of a step: its place, or that of the next one if it has none. */
export interface Placed {
  readonly step: Step;
  readonly at: number;
  readonly rests: boolean;
}

/** Where the records of steps are, and end: those that rest are the last, and on as few pages as can be. */
export function placed(
  steps: readonly Step[],
): { readonly records: Placed[]; readonly end: number } {
  const rest = restOf(steps);
  const bytes = (rests: boolean): number =>
    steps.reduce((sum, step, i) => rest[i] === rests ? sum + stepBytes(step) : sum, 0);
  const others = CONSTANTS_HEADER_BYTES + bytes(false);
  const inPage = (CONSTANTS_FILE_OFFSET + others) % PAGE_BYTES;
  const resting = bytes(true);
  const hasRoom = resting === 0 || inPage + resting + BEHIND_BYTES <= PAGE_BYTES;
  let [at, restAt] = [CONSTANTS_HEADER_BYTES, hasRoom ? others : others + PAGE_BYTES - inPage];
  const records = steps.map((step, i) => {
    const rests = rest[i]!;
    const record = { step, at: rests ? restAt : at, rests };
    if (rests) restAt += stepBytes(step);
    else at += stepBytes(step);
    return record;
  });
  return { records, end: restAt };
}

/** Records in the order in which they are written: what those name that rest is to stand in front. */
export const restFirst = (records: readonly Placed[]): Placed[] => [
  ...records.filter(({ rests }) => rests),
  ...records.filter(({ rests }) => !rests),
];

/** Where the failure steps begin; the end of the steps if there are none. */
function failAt(steps: readonly Step[]): number {
  const at = steps.findIndex((step) => step.do === "label" && step.label === FAIL);
  return at < 0 ? steps.length : at;
}

/** The names of variables and memory that are needed from there on; of none if no step rests. */
export function keptNames({ steps, speaker = "" }: Pick<Plan, "steps" | "speaker">): Set<string> {
  const rests = restOf(steps);
  if (!rests.includes(true)) return new Set();
  const fail = failAt(steps);
  const before = namesIn(steps.slice(0, fail));
  return new Set([
    ...GIVEN,
    ...namesIn(steps.filter((_, i) => rests[i]), true),
    // What failures say that others have found out.
    ...[...namesIn(steps.slice(fail))].filter((name) => before.has(name)),
    ...valuesOf({ message: speaker, hints: [], status: 0 }).map((value) => variableOf(value).name),
  ]);
}

/** The slots and memory that steps name which no failure leads to: what a launch that succeeds touches. */
export function namesBefore({ steps }: Pick<Plan, "steps">): Set<string> {
  return namesIn(steps.slice(0, failAt(steps)), true);
}

/** The slots that steps name, and on request memory. */
function namesIn(steps: readonly Step[], withMemory = false): Set<string> {
  const names = new Set<string>();
  for (const step of steps) {
    if (step.do === "label") continue;
    for (const arg of step.args) {
      if (arg.kind === "slot" || withMemory && arg.kind === "address") names.add(arg.name);
    }
    for (const { name } of saidBy(step)) names.add(name);
    if (step.do === "test" && typeof step.goto !== "string") names.add(step.goto.name);
    else if (step.do !== "test" && step.result !== undefined) names.add(step.result);
  }
  return names;
}
