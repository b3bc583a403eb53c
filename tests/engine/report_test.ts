// Failures as data: the numbers that an image writes, and what the plan makes of them.

import { assertEquals } from "@std/assert";
import { ENOENT, EPERM } from "../../ffi/abi/errno.ts";
import { Builder } from "../../engine/builder.ts";
import { failureSteps } from "../../engine/failure/steps.ts";
import { FOUND, type Hint, words } from "../../engine/failure.ts";
import { HINT } from "../../engine/failure/structs.ts";
import { absent } from "../../engine/looks.ts";
import type { Plan } from "../../engine/plan.ts";
import { NOTES, RECORD, type Record, RECORD_BYTES, recordsIn } from "../../engine/protocol.ts";
import { failureOf, reporting } from "../../engine/report.ts";
import { verify } from "../../engine/verify.ts";
import { ARCHS, run, runs, withImage } from "../machine/run_image.ts";
import { PURE } from "../launch/specs.ts";

const HINTS: readonly Hint[] = [
  { errno: [EPERM, ENOENT], look: [absent("/")], why: "never" },
  { errno: [EPERM, ENOENT], why: "it is not there", remedy: "make it" },
  { why: "too late" },
];

/** A plan of three calls that may fail, of which the second does. */
function failing(hints: readonly Hint[] = HINTS): Plan {
  const s = new Builder("main");
  const may = (message: string) => ({ fails: { message, status: 7, hints } });
  s.call("chdir", ["/"], "works", may("first"));
  s.call("chdir", ["/no/such"], "fails", may("second"));
  s.call("chdir", ["/"], "works", may("third"));
  s.exit(0, "cannot happen");
  failureSteps(s);
  return s.plan("test");
}

/** The record of a failure. @param hint Which of the list. */
const record = (what: number, number: number, hint: number, ...values: string[]): Record => ({
  what,
  number,
  hint: hint * HINT.bytes,
  values: values.map((value) => new TextEncoder().encode(value)),
});

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
      assertEquals([code, stderr, stdout.length], [7, "", RECORD.bytes]);
      assertEquals(failureOf(plan, recordsIn(stdout)[0]!), {
        message: "second",
        status: 7,
        process: "main",
        step: 'chdir("/no/such")',
        syscall: "chdir",
        path: "/no/such",
        errno: ENOENT,
        code: "ENOENT",
        why: "it is not there",
        remedy: "make it",
      });
    },
  );
}

Deno.test("what a look has found is told", PURE, () => {
  const plan = failing([{ why: words`it is ${FOUND}`, remedy: words`take ${FOUND}` }]);
  const found = failureOf(plan, record(1, ENOENT, 0, "4711", "4712"));
  assertEquals([found?.why, found?.remedy], ["it is 4711", "take 4712"]);
});

Deno.test("a failure that no hint explains has no cause", PURE, () => {
  const plan = failing([{ errno: [EPERM], why: "no" }]);
  const found = failureOf(plan, record(1, ENOENT, 1));
  assertEquals([found?.message, found?.why, found?.remedy], ["second", undefined, undefined]);
});

Deno.test(
  "a failure that is no system call's has no step, and counts like the others",
  PURE,
  () => {
    const s = new Builder("main");
    const stated = { message: "the child failed", status: 3, hints: [] };
    const isThere = s.variable("is there", 1);
    s.if(isThere.is(0), () => s.fail(stated));
    s.call("chdir", ["/"], "go", { fails: { ...stated, message: "chdir" } });
    s.exit(0, "exit");
    failureSteps(s);
    const plan = s.plan("test");
    verify(plan);
    assertEquals(failureOf(plan, record(0, 0, 0)), {
      message: "the child failed",
      status: 3,
      errno: 0,
      code: "",
    });
    assertEquals(failureOf(plan, record(1, 1, 0))?.step, 'chdir("/")');
  },
);

Deno.test("what a record tells can be read again, whatever is in it", PURE, () => {
  const bytes = (what: number, ...values: readonly string[]): number[] => {
    const text = new TextEncoder().encode(values.map((value) => `${value}\0`).join(""));
    const head = new BigUint64Array([BigInt(what), 2n, 24n, BigInt(text.length)]);
    return [...new Uint8Array(head.buffer), ...text];
  };
  const pipe = Uint8Array.from([
    ...bytes(2, "a", "", "b"),
    ...bytes(0),
    ...bytes(1, "c").slice(0, 33),
  ]);
  const decoder = new TextDecoder();
  assertEquals(
    recordsIn(pipe).map((one) => ({ ...one, values: one.values.map((v) => decoder.decode(v)) })),
    [
      { what: 2, number: 2, hint: 24, values: ["a", "", "b"] },
      { what: 0, number: 2, hint: 24, values: [] },
      { what: 1, number: 2, hint: 24, values: ["c"] },
    ],
  );
  assertEquals(recordsIn(pipe.subarray(0, 31)), []);
});

Deno.test("what is no failure of a plan is none", PURE, () => {
  for (const what of [3, 2 ** 63, NOTES.open]) {
    assertEquals(failureOf(failing(), record(what, 1, 0)), undefined);
  }
});

/** Runs a plan and gives its reports. */
async function reported(plan: Plan): Promise<Record[]> {
  const { stdout } = await withImage(reporting(plan, 9), Deno.build.arch, (image) => {
    return run("/bin/sh", { args: ["-c", `exec ${image} 9>&1`], env: { PATH: "/usr/bin" } });
  });
  return recordsIn(stdout);
}

Deno.test("values are reported as they are, and said so that a terminal is safe", async () => {
  const s = new Builder("main");
  const path = s.variable("path", Uint8Array.of(0x2f, 0x1b, 0xc3, 0xbc, 0xff));
  const empty = s.variable("empty", "");
  const number = s.variable("number", 42);
  s.call("chdir", [path], "fails", {
    fails: {
      message: words`cannot enter ${{ string: path, isPath: true }}, "${{ string: empty }}"`,
      status: 1,
      hints: [{ why: words`it is ${{ number }}`, remedy: words`take ${{ number }}` }],
    },
  });
  s.exit(0, "cannot happen");
  failureSteps(s);
  const plan = s.plan("test");
  verify(plan);
  const [first] = await reported(plan);
  assertEquals(failureOf(plan, first!), {
    message: 'cannot enter /\\x1b\u00fc\\xff, ""',
    status: 1,
    process: "main",
    step: "chdir(<path>)",
    syscall: "chdir",
    path: "/\x1b\u00fc\ufffd",
    errno: ENOENT,
    code: "ENOENT",
    why: "it is 42",
    remedy: "take 42",
  });
});

Deno.test("what who listens has given is said, but not reported", async () => {
  const s = new Builder("main");
  const long = s.variable("text", "x".repeat(5000));
  const other = s.variable("other", "y");
  const message = words`${{ string: long, isGiven: true }}, ${{ string: other }}`;
  s.fail({ message, status: 1, hints: [] });
  failureSteps(s);
  const plan = s.plan("test");
  verify(plan);
  const [first] = await reported(plan);
  assertEquals(first!.values.map((value) => new TextDecoder().decode(value)), ["y"]);
  const { stderr } = await withImage(plan, Deno.build.arch, (image) => run(image));
  assertEquals(stderr, `test: ${"x".repeat(5000)}, y\n`);
});

Deno.test("a record is written at once, and what does not fit is left out", async () => {
  const s = new Builder("main");
  const long = s.variable("text", "x".repeat(5000));
  s.fail({ message: words`${{ string: long }} and ${{ string: long }}`, status: 1, hints: [] });
  failureSteps(s);
  const plan = s.plan("test");
  const [first] = await reported(plan);
  const room = RECORD_BYTES - RECORD.bytes;
  assertEquals(failureOf(plan, first!)?.message, `${"x".repeat(room)} and `);
});
