/** Which failure steps a plan needs: a kind of look or of value that it has not costs it nothing. */
import type { Builder } from "../builder.ts";
import { type Failure, isGiven, isWord, valuesOf } from "../failure.ts";
import type { Call } from "../plan.ts";
import { type Said, saidStep, saysValues } from "../show/said.ts";

/** What the failure steps of a plan need to know of it. */
export interface Needs {
  /** The kinds of looks. The number of a kind is its index here, plus 1. */
  readonly kinds: readonly string[];
  readonly numbers: boolean;
  readonly strings: boolean;
  /** Whether some strings are words for a shell. */
  readonly words: boolean;
  /** Whether some of the strings came from the listener. */
  readonly given: boolean;
  /** How values of calls are said. */
  readonly said: ReadonlySet<Said["as"]>;
}

/** What is needed for the steps that a plan has so far. */
export function needsOf({ steps }: Builder): Needs {
  const failures = new Set<Failure>();
  const calls: Call[] = [];
  for (const step of steps) {
    if (step.do === "label") continue;
    if (step.do === "call" && step.failure) {
      failures.add(step.failure);
      calls.push(step);
    }
    for (const arg of step.args) {
      if (arg.kind !== "failure") continue;
      failures.add(arg.failure);
      if (arg.call) calls.push(arg.call);
    }
  }
  const hints = new Set([...failures].flatMap((failure) => failure.hints));
  const values = [...failures].flatMap(valuesOf);
  const said = new Set(
    calls.filter(saysValues).flatMap(saidStep).flatMap((piece) =>
      typeof piece === "string" ? [] : [piece.as]
    ),
  );
  return {
    said,
    kinds: [...new Set([...hints].flatMap(({ look = [] }) => look.map(({ kind }) => kind)))],
    numbers: said.has("decimal") || values.some((value) => "number" in value),
    strings: values.some((value) => "string" in value),
    words: values.some(isWord),
    given: values.some(isGiven),
  };
}
