/** Specs and callers for tests of plans, and the plans' calls in short. */
import { assert } from "@std/assert";
import type { Caller } from "../../launch/caller.ts";
import { compile } from "../../launch/compile.ts";
import { SpecError } from "../../launch/errors.ts";
import type { Plan } from "../../launch/plan.ts";
import { printedSteps } from "../../engine/print.ts";
import type { LaunchSpec } from "../../launch/spec.ts";

/** For tests that need nothing of the machine: Deno itself sees to it. */
export const PURE = { permissions: "none" } as const;

/** An ordinary user with subordinate ids. */
export const USER: Caller = {
  euid: 1000,
  egid: 1001,
  user: "ann",
  path: "/usr/bin:/bin",
  users: {
    subids: { start: 100000, count: 65536 },
    map: [{ inner: 0, outer: 0, count: 4294967295 }],
  },
  groups: {
    subids: { start: 200000, count: 65536 },
    map: [{ inner: 0, outer: 0, count: 4294967295 }],
  },
};

/** Root, who has subordinate ids too. */
export const ROOT: Caller = { ...USER, euid: 0, egid: 0, user: "root" };

/** What a test asks of a launch; the rest is `/bin/true` in no new namespace. */
export type Asked = Partial<LaunchSpec>;

export const specOf = (asked: Asked): LaunchSpec => ({
  name: "unshare",
  program: "/bin/true",
  argv: ["true"],
  namespaces: [],
  ...asked,
});

export const planOf = (asked: Asked, caller: Caller = USER): Plan => compile(specOf(asked), caller);

/** The calls of a launch as `process: call`, without the first and without notes. */
export function callsOf(asked: Asked, caller: Caller = USER): string[] {
  return printedSteps(planOf(asked, caller)).map(({ process, call }) => `${process}: ${call}`)
    .slice(1);
}

/** The problems of a spec, as `path: message`. */
export function problemsIn(asked: Asked, caller: Caller = USER): string[] {
  try {
    planOf(asked, caller);
    return [];
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return error.problems.map(({ path, message }) => `${path} | ${message}`);
  }
}

/** The calls between the first and the program's. */
export function between(asked: Asked, caller: Caller = USER): string[] {
  return callsOf({ search: false, ...asked }, caller).slice(0, -1)
    .map((call) => call.replace(/^main: /, ""));
}

/** These calls are made, by these processes, in this order; others may stand between. */
export function assertOrder(asked: Asked, caller: Caller, ...expected: readonly string[]): void {
  const calls = callsOf(asked, caller);
  let at = 0;
  for (const part of expected) {
    const found = calls.slice(at).findIndex((call) => call.includes(part));
    assert(found >= 0, `no ${part} behind ${calls[at - 1]} in\n${calls.join("\n")}`);
    at += found + 1;
  }
}

/** The steps that write a file. */
export const file = (path: string, text: string): string[] => [
  `openat(AT_FDCWD, "${path}", O_WRONLY|O_CLOEXEC)`,
  `write(<file>, "${text}", ${text.length})`,
  "close(<file>)",
];
