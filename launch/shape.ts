/** Checks the types of values at run time: callers in JavaScript have no compiler for that. */
import type { Problem } from "./errors.ts";
import { didYouMean } from "./suggest.ts";

/** Returns all problems of a value and its parts. */
export type Check = (value: unknown, path: string) => Problem[];

function shown(value: unknown): string {
  if (typeof value === "string") return `'${value}'`;
  if (typeof value === "bigint") return `${value}n`;
  if (value === null || typeof value !== "object" && typeof value !== "function") {
    return String(value);
  }
  return `a ${Object.prototype.toString.call(value).slice(8, -1)}`;
}

/** @param be What the value must be: "a list". */
export function must(be: string, is: (value: unknown) => boolean): Check {
  return (value, path) =>
    is(value) ? [] : [{ path, message: `${path}: not ${be}: ${shown(value)}` }];
}

/** Whether it is a plain object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === "[object Object]";
}

export const string: Check = must("a string", (value) => typeof value === "string");

export const bytes: Check = must(
  "a string or a Uint8Array",
  (value) => typeof value === "string" || value instanceof Uint8Array,
);

export const flag: Check = must("true or false", (value) => typeof value === "boolean");

export const number: Check = must("a number", (value) => typeof value === "number");

/** An integer or bigint. */
export const whole: Check = must(
  "a whole number",
  (value) => typeof value === "bigint" || Number.isSafeInteger(value),
);

/** One of these words. */
export function word(...words: readonly string[]): Check {
  const expected = words.map((one) => `'${one}'`).join(", ");
  return (value, path) => {
    if (words.some((one) => one === value)) return [];
    const guess = typeof value === "string" ? didYouMean(value, words) : "";
    return [{ path, message: `${path}: not one of ${expected}: ${shown(value)}${guess}` }];
  };
}

/** What the first check takes, or else what the second does. */
export function either(be: string, ...checks: readonly [Check, Check]): Check {
  return must(be, (value) => checks.some((check) => check(value, "").length === 0));
}

/** A list of such values. */
export function list(of: Check): Check {
  return (value, path) =>
    Array.isArray(value)
      ? value.flatMap((one, i) => of(one, `${path}[${i}]`))
      : must("a list", () => false)(value, path);
}

/** An object of such values, whatever their names are. */
export function record(of: Check): Check {
  return (value, path) =>
    isRecord(value)
      ? Object.entries(value).flatMap(([name, one]) => of(one, `${path}.${name}`))
      : must("an object", () => false)(value, path);
}

/** An object of these properties, each of which may be left out or undefined unless it is needed. */
export function fields(
  shape: Readonly<Record<string, Check>>,
  needed: readonly string[] = [],
): Check {
  return (value, path) => {
    if (!isRecord(value)) return must("an object", () => false)(value, path || "options");
    const below = path && `${path}.`;
    const missing = needed.filter((name) => !Object.hasOwn(value, name))
      .map((name) => ({ path: below + name, message: `${below}${name}: missing` }));
    const wrong = Object.entries(value).flatMap(([name, one]): Problem[] => {
      const check = Object.hasOwn(shape, name) ? shape[name] : undefined;
      if (check) return one === undefined && !needed.includes(name) ? [] : check(one, below + name);
      const message = `unknown option: '${below}${name}'${didYouMean(name, Object.keys(shape))}`;
      return [{ path: below + name, message }];
    });
    return [...wrong, ...missing];
  };
}
