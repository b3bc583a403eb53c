/** Specs for tests of plans, and the plans' calls in short. */
import { assert } from "@std/assert";
import { OPTION_WORDS } from "../../cli/option_words.ts";
import { compileFor } from "../../launch/compile.ts";
import { SpecError } from "../../launch/errors.ts";
import type { Plan } from "../../engine/plan.ts";
import { planSteps } from "../../engine/print.ts";
import type { LaunchSpec } from "../../launch/spec.ts";
import type { Starter } from "../../launch/starter.ts";

/** For tests that need nothing of the machine: Deno itself sees to it. */
export const PURE = { permissions: "none" } as const;

/** What a test asks of a launch; the rest is `/bin/true` in no new namespace. */
export type Asked = Partial<LaunchSpec>;

export const specOf = (asked: Asked): LaunchSpec => ({
  name: "unshare",
  program: "/bin/true",
  argv: ["true"],
  namespaces: [],
  ...asked,
});

/** @param starter Who starts it. */
export const planOf = (asked: Asked, starter: Starter = {}): Plan =>
  compileFor(specOf(asked), { front: OPTION_WORDS, ...starter });

/** The calls of a launch as `process: call`, without the first and without notes. */
export function callsOf(asked: Asked, starter: Starter = {}): string[] {
  return planSteps(planOf(asked, starter)).map(({ process, call }) => `${process}: ${call}`)
    .slice(1);
}

/** The problems of a spec, as `path: message`. */
export function problemsIn(asked: Asked): string[] {
  try {
    planOf(asked);
    return [];
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return error.problems.map(({ path, message }) => `${path} | ${message}`);
  }
}

/** The calls between those that find out who starts it and the program's. */
export function between(asked: Asked, starter: Starter = {}): string[] {
  return callsOf({ search: false, ...asked }, starter).slice(0, -1)
    .filter((call) => !/: gete[ug]id\(\)$/.test(call))
    .map((call) => call.replace(/^main: /, ""));
}

/** These calls are made, by these processes, in this order; others may stand between. */
export function assertOrder(asked: Asked, ...expected: readonly string[]): void {
  const calls = callsOf(asked);
  let at = 0;
  for (const part of expected) {
    const found = calls.slice(at).findIndex((call) => call.includes(part));
    assert(found >= 0, `no ${part} behind ${calls[at - 1]} in\n${calls.join("\n")}`);
    at += found + 1;
  }
}

/** The steps that write a file. */
export const file = (
  path: string,
  text: string,
  length: number | string = text.length,
): string[] => [
  `openat(AT_FDCWD, "${path}", O_WRONLY|O_CLOEXEC)`,
  `write(<file>, "${text}", ${length})`,
  "close(<file>)",
];
