/** Prints the steps of programs, as text and as data. */
import { errnoName } from "../ffi/abi/errno.ts";
import type { MadeCall, ProcessRun } from "./dry_run/dry_run.ts";
import { shownName } from "./operand.ts";
import type { Call, Plan } from "./plan.ts";
import type { Program } from "./program.ts";
import { staticText } from "./show/image.ts";
import { stepText } from "./show/operand.ts";

/** A step as plain data. */
export interface PrintedStep {
  /** From 1. */
  readonly step: number;
  /** Which process makes the call. */
  readonly process: string;
  /** As strace(1) shows it; `<name>` stands for an earlier result. */
  readonly call: string;
  /** The name that later steps have for the result. */
  readonly result?: string;
  /** The name of the error, if it fails. */
  readonly error?: string;
  /** What it is for, in plain words. */
  readonly note: string;
  /** Absent if it runs in every launch. */
  readonly when?: string;
}

/** The process of the steps that say why another has failed. */
export const AFTER_FAILURE = "after a failure";

/** The calls of a dry run. */
export function runSteps(runs: readonly ProcessRun[]): PrintedStep[] {
  const calls = runs.flatMap(callsWithNames);
  return calls.map(([process, { text, symbols, result, errno }], i) => ({
    step: i + 1,
    process,
    call: text,
    ...(result === undefined ? {} : { result }),
    ...(errno === undefined ? {} : { error: errnoName(errno) }),
    note: symbols?.note ?? "",
  }));
}

/**
 * The calls of a process, each with the process's name at that time. A step's symbols may have the name of a
 * child that would run it; so a process changes its name only where it has just started a child.
 */
function callsWithNames({ calls }: ProcessRun): (readonly [string, MadeCall])[] {
  let name = "unknown";
  return calls.map((call, i) => {
    const named = call.symbols?.process ?? "unknown";
    const starts = calls[i - 1]?.text.startsWith("clone(") ?? true;
    if (starts || named === AFTER_FAILURE) name = named;
    return [name, call];
  });
}

/** All steps of a program but the failure steps. Names stand for values that only a run knows. */
export function programSteps(program: Program): PrintedStep[] {
  const calls = [...program.symbols.calls].filter(([, { process }]) => process !== AFTER_FAILURE);
  return calls.map(([record, { process, note, result, when }], i) => ({
    step: i + 1,
    process,
    call: staticText(program, record),
    ...(result === undefined ? {} : { result }),
    note,
    ...(when === undefined ? {} : { when }),
  }));
}

/** Steps as text, one a line, grouped by process. */
export function stepsText(steps: readonly PrintedStep[]): string {
  const lines: string[] = [];
  let process = "";
  const width = String(steps.length).length;
  for (const step of steps) {
    if (step.process !== process) {
      process = step.process;
      lines.push(`${lines.length ? "\n" : ""}${process}:`);
    }
    const number = String(step.step).padStart(width);
    const result = step.error !== undefined
      ? ` = -1 ${step.error}`
      : step.result === undefined
      ? ""
      : ` = <${step.result}>`;
    const when = step.when === undefined ? "" : ` (${step.when})`;
    lines.push(
      `  ${number}  ${step.call}${result}`,
      `  ${" ".repeat(width)}  # ${step.note}${when}`,
    );
  }
  return lines.join("\n") + "\n";
}

/** All steps of a plan but the failure steps. */
export function planSteps(plan: Plan): PrintedStep[] {
  const calls = plan.steps.filter((step): step is Call =>
    step.do === "call" && step.process !== AFTER_FAILURE
  );
  return calls.map((step, i) => ({
    step: i + 1,
    process: step.process,
    call: stepText(step),
    ...(step.result === undefined ? {} : { result: shownName(step.result) }),
    note: step.note,
    ...(step.when === undefined ? {} : { when: step.when }),
  }));
}
