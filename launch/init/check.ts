/** What can be wrong with a PID 1. */
import { hasNul } from "../../ffi/bytes.ts";
import type { Problem } from "../errors.ts";
import { isParameter, knownOf } from "../parameter.ts";
import type { InitAsked } from "./spec.ts";

/** What is wrong with it, and with what it holds. */
export function initProblems({ init, lockFiles, fork }: InitAsked): Problem[] {
  const problems: Problem[] = [];
  const problem = (path: string, message: string): void => void problems.push({ path, message });
  if (init === true && fork === false) {
    problem("fork", "init: the program cannot be its child without a waiter");
  }
  if (lockFiles === undefined) return problems;
  if (init === undefined || init === false) {
    problem("lockFiles", "lockFiles: nobody could hold the locks: needs init: true");
  }
  knownOf(lockFiles).forEach((path, i) => {
    if (isParameter(path) || !hasNul(path)) return;
    problem(`lockFiles[${i}]`, `lockFiles[${i}]: contains a NUL byte`);
  });
  return problems;
}
