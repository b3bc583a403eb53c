import * as std from "@std/assert";
import { AssertionError } from "@std/assert";

// Written without the assertions under test: a failure is a plain Error.

function passes(name: string, check: () => unknown) {
  Deno.test(name, async () => void await check());
}

function fails(name: string, check: () => unknown, message?: string) {
  Deno.test(name, async () => {
    let thrown: unknown;
    try {
      await check();
    } catch (error) {
      thrown = error;
    }
    if (!(thrown instanceof AssertionError)) throw new Error(`Expected to fail, got ${thrown}`);
    if (thrown.name !== "AssertionError") throw new Error(`Expected a name, got ${thrown.name}`);
    if (message !== undefined && thrown.message !== message) {
      throw new Error(`Expected "${message}", got "${thrown.message}"`);
    }
  });
}

class Point {
  #secret = 1;
  x: number;
  y: number;

  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
  get sum() {
    return this.x + this.y + this.#secret;
  }
}

function cycle(): unknown {
  const ring: { name: string; self?: unknown } = { name: "ring" };
  ring.self = ring;
  return ring;
}

const EQUAL: readonly [string, unknown, unknown][] = [
  ["0 and -0", 0, -0],
  ["NaN and NaN", NaN, NaN],
  ["nested arrays", [1, [2, { a: 3 }]], [1, [2, { a: 3 }]]],
  ["objects in any order", { a: 1, b: 2 }, { b: 2, a: 1 }],
  ["a plain object and one without prototype", {}, Object.create(null)],
  ["bytes", new Uint8Array([1, 2]), new Uint8Array([1, 2])],
  ["dates", new Date(5), new Date(5)],
  ["expressions", /a/g, /a/g],
  ["sets in any order", new Set([{ a: 1 }, { a: 2 }]), new Set([{ a: 2 }, { a: 1 }])],
  ["maps", new Map([[{ k: 1 }, [1n]]]), new Map([[{ k: 1 }, [1n]]])],
  ["instances", new Point(1, 2), new Point(1, 2)],
  ["cycles", cycle(), cycle()],
];

const UNEQUAL: readonly [string, unknown, unknown][] = [
  ["a number and its text", 1, "1"],
  ["a number and a bigint", 1, 1n],
  ["undefined and null", undefined, null],
  ["an absent and an undefined property", {}, { a: undefined }],
  ["arrays of different length", [1], [1, 2]],
  ["bytes of different width", new Uint8Array([1]), new Uint16Array([1])],
  ["instances of different classes", new Point(1, 2), { x: 1, y: 2 }],
  ["dates", new Date(5), new Date(6)],
  ["expressions with different flags", /a/, /a/g],
  ["sets", new Set([1, 2]), new Set([1, 3])],
  ["maps", new Map([["a", 1]]), new Map([["a", 2]])],
  ["errors", new Error("a"), new Error("b")],
];

for (const [what, a, b] of EQUAL) {
  passes(`assertEquals() accepts ${what}`, () => std.assertEquals(a, b));
  fails(`assertNotEquals() refuses ${what}`, () => std.assertNotEquals(a, b));
}
for (const [what, a, b] of UNEQUAL) {
  fails(`assertEquals() refuses ${what}`, () => std.assertEquals(a, b));
  passes(`assertNotEquals() accepts ${what}`, () => std.assertNotEquals(a, b));
}

const bad = () => {
  throw new TypeError("bad value");
};
const reject = () => Promise.reject(new TypeError("bad value"));

passes("assert() accepts a truthy value", () => std.assert("x"));
fails("assert() refuses a falsy value", () => std.assert(0, "why"), "why");
fails("fail() fails", () => std.fail("why"), "Failed assertion: why");
passes("assertMatch() accepts a match", () => std.assertMatch("abc", /b/));
fails(
  "assertMatch() shows both",
  () => std.assertMatch("abc", /x/),
  'Expected actual: "abc" to match: "/x/".',
);
passes("assertStringIncludes() accepts", () => std.assertStringIncludes("abc", "bc"));
fails(
  "assertStringIncludes() shows both",
  () => std.assertStringIncludes("abc", "x", "why"),
  'Expected actual: "abc" to contain: "x": why',
);
passes(
  "assertArrayIncludes() looks deep",
  () => std.assertArrayIncludes([{ a: 1 }, 2], [{ a: 1 }]),
);
fails("assertArrayIncludes() refuses", () => std.assertArrayIncludes([1], [1, 2]));
passes("assertInstanceOf() accepts a subclass", () => std.assertInstanceOf(new TypeError(), Error));
fails(
  "assertInstanceOf() names both types",
  () => std.assertInstanceOf(new Error(), TypeError),
  'Expected object to be an instance of "TypeError" but was "Error".',
);
passes("assertGreater() accepts", () => std.assertGreater(2n, 1n));
fails("assertGreater() refuses equals", () => std.assertGreater(1, 1), "Expect 1 > 1");
passes("assertLess() accepts", () => std.assertLess("a", "b"));
fails("assertLess() refuses", () => std.assertLess(2, 1, "why"), "why");
passes("assertLessOrEqual() accepts equals", () => std.assertLessOrEqual(1, 1));
fails("assertLessOrEqual() refuses", () => std.assertLessOrEqual(2, 1), "Expect 2 <= 1");

passes("assertThrows() returns the error", () => {
  const error = std.assertThrows(bad, TypeError, "bad");
  if (error.message !== "bad value") throw new Error("Expected the error that was thrown");
});
passes("assertThrows() accepts anything thrown", () => std.assertThrows(bad));
fails(
  "assertThrows() refuses silence",
  () => std.assertThrows(() => 1),
  "Expected function to throw.",
);
fails(
  "assertThrows() refuses another class",
  () => std.assertThrows(bad, RangeError),
  'Expected error to be instance of "RangeError", but was "TypeError".',
);
fails(
  "assertThrows() refuses another message",
  () => std.assertThrows(bad, TypeError, "good", "why"),
  'Expected error message to include "good", but got "bad value": why',
);
passes("assertRejects() accepts", () => std.assertRejects(reject, TypeError, "bad"));
fails(
  "assertRejects() refuses success",
  () => std.assertRejects(() => Promise.resolve()),
  "Expected function to reject.",
);
fails(
  "assertRejects() refuses what throws at once",
  () => std.assertRejects(bad),
  "Function throws when expected to reject.",
);
fails("assertRejects() refuses another class", () => std.assertRejects(reject, RangeError));
