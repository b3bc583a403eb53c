// Failures as data: the numbers that an image writes, and what the plan makes of them.

import { assertEquals } from "@std/assert";
import { ENOENT, EPERM } from "../../ffi/abi/errno.ts";
import { failureSteps, REPORT_BYTES } from "../../launch/failure.ts";
import { FOUND, type Hint, type Plan, Sequence } from "../../launch/plan.ts";
import { failureOf, reporting } from "../../launch/report.ts";
import { ARCHS, run, runs, withImage } from "../machine/run_image.ts";
import { PURE } from "./specs.ts";

const HINTS: readonly Hint[] = [
  { errno: [EPERM, ENOENT], look: [{ path: "/", test: "absent" }], why: "never" },
  { errno: [EPERM, ENOENT], why: "it is not there", remedy: "make it" },
  { why: "too late" },
];

/** A plan of three calls that may fail, of which the second does. */
function failing(hints: readonly Hint[] = HINTS): Plan {
  const s = new Sequence("main");
  const may = (message: string) => ({ failure: { message, status: 7, hints } });
  s.call("chdir", ["/"], "works", may("first"));
  s.call("chdir", ["/no/such"], "fails", may("second"));
  s.call("chdir", ["/"], "works", may("third"));
  failureSteps(s);
  return s.plan("test");
}

/** A report: four numbers. */
function report(...words: readonly bigint[]): Uint8Array {
  return new Uint8Array(new BigUint64Array(words).buffer);
}

for (const arch of ARCHS) {
  Deno.test(
    `${arch}: a failure is reported in numbers, and nothing is said`,
    runs(arch),
    async () => {
      const plan = reporting(failing(), 9);
      const { code, stdout, stderr } = await withImage(plan, arch, (image) => {
        const command = arch === Deno.build.arch ? image : `qemu-${arch}-static ${image}`;
        return run("/bin/sh", { args: ["-c", `exec ${command} 9>&1`], env: { PATH: "/usr/bin" } });
      });
      assertEquals([code, stderr, stdout.length], [7, "", REPORT_BYTES]);
      assertEquals(failureOf(plan, stdout), {
        message: "second",
        status: 7,
        process: "main",
        step: 'chdir("/no/such")',
        errno: ENOENT,
        code: "ENOENT",
        why: "it is not there",
        remedy: "make it",
      });
    },
  );
}

Deno.test("what a look has found is told", PURE, () => {
  const plan = failing([{ why: `it is ${FOUND}`, remedy: `take ${FOUND}` }]);
  const found = failureOf(plan, report(1n, BigInt(ENOENT), 0n, 4711n));
  assertEquals([found?.why, found?.remedy], ["it is 4711", "take 4711"]);
});

Deno.test("a failure that no hint explains has no cause", PURE, () => {
  const plan = failing([{ errno: [EPERM], why: "no" }]);
  const found = failureOf(plan, report(1n, BigInt(ENOENT), 1n, 0n));
  assertEquals([found?.message, found?.why, found?.remedy], ["second", undefined, undefined]);
});

Deno.test(
  "a failure that is no system call's has no step, and counts like the others",
  PURE,
  () => {
    const s = new Sequence("main");
    const stated = { message: "the child failed", status: 3, hints: [] };
    s.compute("failure", "set", { kind: "failure", failure: stated });
    s.call("chdir", ["/"], "go", { failure: { ...stated, message: "chdir" } });
    const plan = s.plan("test");
    assertEquals(failureOf(plan, report(0n, 0n, 0n, 0n)), {
      message: "the child failed",
      status: 3,
      errno: 0,
      code: "",
    });
    assertEquals(failureOf(plan, report(1n, 1n, 0n, 0n))?.step, 'chdir("/")');
  },
);

Deno.test("of several reports the first counts", PURE, () => {
  const bytes = new Uint8Array([...report(2n, 1n, 9n, 0n), ...report(0n, 1n, 9n, 0n)]);
  assertEquals(failureOf(failing(), bytes)?.message, "third");
});

Deno.test("what is no report of a plan is none", PURE, () => {
  for (
    const bytes of [
      new Uint8Array(),
      report(1n, 2n, 0n),
      report(3n, 1n, 0n, 0n),
      report(2n ** 63n, 1n, 0n, 0n),
    ]
  ) {
    assertEquals(failureOf(failing(), bytes), undefined);
  }
});
