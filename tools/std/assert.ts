/**
 * Stand-in for `@std/assert` where JSR cannot be reached: the assertions that the tests use, with
 * the same verdicts; messages differ in layout only where they show a difference.
 *
 * @module
 */

import { AssertionError as NodeAssertionError } from "node:assert";
import { inspect } from "node:util";
import { equal } from "./equal.ts";

export { equal };

// deno-lint-ignore no-explicit-any
type AnyClass<T> = abstract new (...args: any[]) => T;

/** What a failed assertion throws. */
export class AssertionError extends Error {
  /** Takes the message, and a cause in the options. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AssertionError";
  }
}

const suffix = (msg: string | undefined): string => msg ? `: ${msg}` : ".";
const show = (value: unknown): string => inspect(value, { depth: 8, sorted: true });

/** The difference of two values, line by line, as Node shows it. */
function difference(actual: unknown, expected: unknown): string {
  const { message } = new NodeAssertionError({ actual, expected, operator: "deepStrictEqual" });
  return message.slice(message.indexOf("\n") + 1);
}

/** Requires a truthy value. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

/** Fails always. */
export function fail(msg?: string): never {
  throw new AssertionError(`Failed assertion${suffix(msg)}`);
}

/** Requires deeply equal values. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) return;
  throw new AssertionError(
    `Values are not equal${suffix(msg)}\n${difference(actual, expected)}`,
  );
}

/** Requires values that are not deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (!equal(actual, expected)) return;
  throw new AssertionError(
    `Expected actual: ${show(actual)} not to be: ${show(expected)}${suffix(msg)}`,
  );
}

/** Requires text that the expression matches. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (expected.test(actual)) return;
  throw new AssertionError(
    `Expected actual: "${actual}" to match: "${expected}"${suffix(msg)}`,
  );
}

/** Requires text that contains other text. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (actual.includes(expected)) return;
  throw new AssertionError(
    `Expected actual: "${actual}" to contain: "${expected}"${suffix(msg)}`,
  );
}

/** Requires that every expected item is there, deeply equal. */
export function assertArrayIncludes<T>(
  actual: ArrayLike<T> & object,
  expected: ArrayLike<T> & object,
  msg?: string,
): void {
  const there = Array.from(actual);
  const missing = Array.from(expected).filter((item) => !there.some((one) => equal(item, one)));
  if (missing.length === 0) return;
  throw new AssertionError(
    `Expected actual: "${show(actual)}" to include: "${show(expected)}"${suffix(msg)}\n` +
      `missing: ${show(missing)}`,
  );
}

/** Requires an instance of the class. */
export function assertInstanceOf<T>(
  actual: unknown,
  expectedType: AnyClass<T>,
  msg = "",
): asserts actual is T {
  if (actual instanceof expectedType) return;
  const type = actual === null
    ? "null"
    : typeof actual === "object"
    ? actual.constructor?.name ?? "Object"
    : typeof actual;
  throw new AssertionError(
    `Expected object to be an instance of "${expectedType.name}" but was "${type}"${suffix(msg)}`,
  );
}

/** Requires `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual > expected)) compareFailed(actual, ">", expected, msg);
}

/** Requires `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual < expected)) compareFailed(actual, "<", expected, msg);
}

/** Requires `actual <= expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual <= expected)) compareFailed(actual, "<=", expected, msg);
}

function compareFailed(actual: unknown, sign: string, expected: unknown, msg?: string): never {
  throw new AssertionError(msg ?? `Expect ${show(actual)} ${sign} ${show(expected)}`);
}

/** What the caller of assertThrows() and assertRejects() expects of the error. */
interface Expected<E> {
  errorClass: AnyClass<E> | undefined;
  includes: string | undefined;
  msg: string | undefined;
}

function readExpected<E>(
  first: AnyClass<E> | string | undefined,
  second: string | undefined,
  third: string | undefined,
): Expected<E> {
  return typeof first === "string"
    ? { errorClass: undefined, includes: undefined, msg: first }
    : { errorClass: first, includes: second, msg: third };
}

function checkError<E>(error: unknown, verb: string, expected: Expected<E>): void {
  const { errorClass, includes, msg } = expected;
  if (!errorClass) return;
  if (!(error instanceof Error)) {
    throw new AssertionError(`A non-Error object was ${verb}${suffix(msg)}`);
  }
  if (!(error instanceof errorClass)) {
    throw new AssertionError(
      `Expected error to be instance of "${errorClass.name}", ` +
        `but was "${error.constructor?.name}"${suffix(msg)}`,
    );
  }
  if (includes && !error.message.includes(includes)) {
    throw new AssertionError(
      `Expected error message to include ${JSON.stringify(includes)}, ` +
        `but got ${JSON.stringify(error.message)}${suffix(msg)}`,
    );
  }
}

/** Requires that the function throws, and returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Requires that the function throws an error of the class, its message containing the text. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass: AnyClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows<E extends Error>(
  fn: () => unknown,
  first?: AnyClass<E> | string,
  second?: string,
  third?: string,
): unknown {
  const expected = readExpected(first, second, third);
  try {
    fn();
  } catch (error) {
    checkError(error, "thrown", expected);
    return error;
  }
  throw new AssertionError(`Expected function to throw${suffix(expected.msg)}`);
}

/** Requires that the promise of the function rejects, and returns the reason. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/** Requires that the promise rejects with an error of the class, its message containing the text. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: AnyClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects<E extends Error>(
  fn: () => PromiseLike<unknown>,
  first?: AnyClass<E> | string,
  second?: string,
  third?: string,
): Promise<unknown> {
  const expected = readExpected(first, second, third);
  let promise: PromiseLike<unknown> | undefined;
  try {
    promise = fn();
  } catch {
    // Throwing at once is not rejecting.
  }
  if (typeof promise?.then !== "function") {
    throw new AssertionError(
      `Function throws when expected to reject${suffix(expected.msg)}`,
    );
  }
  try {
    await promise;
  } catch (error) {
    checkError(error, "rejected", expected);
    return error;
  }
  throw new AssertionError(`Expected function to reject${suffix(expected.msg)}`);
}
