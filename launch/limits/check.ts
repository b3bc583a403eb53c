/** What can be wrong with limits. */
import type { Parameter } from "../parameter.ts";
import type { Problem } from "../errors.ts";
import { type Check, either, fields, isRecord, whole, word } from "../shape.ts";
import { didYouMean } from "../suggest.ts";
import { limitsOf, type LimitsSpec, RESOURCES } from "./spec.ts";

const value = either("a whole number, or 'unlimited'", whole, word("unlimited"));

const limit: Check = (given, path) =>
  isRecord(given)
    ? fields({ soft: value, hard: value }, ["soft"])(given, path)
    : value(given, path);

/** The types of limits that come from JavaScript. */
export const RLIMITS_SHAPE: Check = fields(
  Object.fromEntries(Object.keys(RESOURCES).map((name) => [name, limit])),
);

/** What is wrong with the values of limits. */
export function limitProblems(spec: LimitsSpec<Parameter>): Problem[] {
  const problems: Problem[] = [];
  for (const [name, { soft, hard }] of limitsOf(spec)) {
    const path = `rlimits.${name}`;
    if (!Object.hasOwn(RESOURCES, name)) {
      const guess = didYouMean(name, Object.keys(RESOURCES));
      problems.push({ path, message: `unknown resource limit: '${name}'${guess}` });
      continue;
    }
    for (const number of [soft, hard]) {
      if (BigInt.asUintN(64, number) === number) continue;
      problems.push({ path, message: `${path}: not a number of 64 bits, 0 or more: ${number}` });
    }
    if (soft > hard) {
      problems.push({
        path,
        message: `${path}: the soft limit, ${soft}, is above the hard one, ${hard}`,
      });
    }
  }
  return problems;
}
