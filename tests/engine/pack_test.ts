// What is packed, and unpacked by steps: the table of failures of large plans.

import { assert, assertEquals } from "@std/assert";
import { layOut } from "../../engine/layout.ts";
import { lateData } from "../../engine/operand.ts";
import { pack } from "../../engine/pack.ts";
import { unpack, unpackFailures } from "../../engine/unpack.ts";
import { failureSteps } from "../../engine/failure/steps.ts";
import { concat, encode } from "../../ffi/bytes.ts";
import { machineOf } from "../../ffi/machine/machine.ts";
import { ARCHS, runs } from "../machine/run_image.ts";
import { PURE } from "../launch/specs.ts";
import { broken, Trial } from "./trial.ts";
import { Random } from "./random.ts";

/** Bytes of each kind that matters: none, one, all different, all the same, what is usual, near and far, and of any length. */
function samples(): Uint8Array[] {
  const numbers = new Random(1);
  const random = (length: number, limit: number) =>
    Uint8Array.from({ length }, () => numbers.below(limit));
  const again = (back: number) => {
    const bytes = random(back, 256);
    return concat(bytes, bytes.subarray(0, 40));
  };
  return [
    new Uint8Array(0),
    Uint8Array.of(7),
    Uint8Array.from({ length: 256 }, (_, i) => i),
    new Uint8Array(1000),
    encode("cannot open /proc/1/ns/pid, cannot open /proc/1/ns/mnt; ".repeat(40)),
    random(3000, 256),
    random(3000, 2),
    random(70_000, 3),
    ...[1, 2, 3, 255, 256, 65_535, 65_536].map(again),
    // What just fits in a head, and in one byte more, and in two.
    ...[6, 7, 261, 262, 516, 517].map((length) => random(length, 256)),
    ...[17, 18, 272, 273, 527, 528, 5000].map((length) => new Uint8Array(length + 1)),
    concat(random(70_000, 256), new Uint8Array(70_000)),
  ];
}

for (const arch of ARCHS) {
  Deno.test(`${arch}: what is packed is unpacked as it was`, runs(arch), async () => {
    for (const bytes of samples()) {
      const s = new Trial();
      const into = s.memory("into", bytes.length + 1);
      unpack(s, pack(bytes), into);
      s.call("write", [1, into, bytes.length], "tell", { fails: broken("cannot write") });
      const { stdout, code } = await s.outcome(arch);
      assertEquals([code, stdout], [0, bytes]);
    }
  });

  Deno.test(`${arch}: a packed plan says the same of a failure`, runs(arch), async () => {
    const outcomes = [false, true].map((isPacked) => {
      const s = new Trial();
      s.isPacked = isPacked;
      s.call("chdir", ["/nowhere"], "go", {
        fails: {
          message: "cannot go",
          status: 3,
          hints: [{ look: [], why: "nothing is there", remedy: "mkdir /nowhere" }],
        },
      });
      return s.outcome(arch);
    });
    const [plain, packed] = await Promise.all(outcomes);
    assertEquals(packed, plain);
    assertEquals(plain?.code, 3);
    assert(plain?.stderr.includes("try:  mkdir /nowhere"));
  });

  Deno.test(`${arch}: late bytes are there once they are unpacked`, runs(arch), async () => {
    const s = new Trial();
    s.isPacked = true;
    const text = encode("help ".repeat(20));
    unpackFailures(s);
    s.call("write", [1, lateData(text, "help"), text.length], "tell", { fails: "ignored" });
    assertEquals((await s.outcome(arch)).stdout, text);
  });
}

Deno.test("a packed plan has no word of its failures as it is said", PURE, () => {
  const s = new Trial();
  const why = "somebody has taken it away, and nobody knows where it is now";
  s.call("chdir", ["/nowhere"], "go", {
    fails: { message: "cannot go", status: 3, hints: [{ why }, { why: `${why}: ${why}` }] },
  });
  s.exit(0, "end");
  failureSteps(s);
  const has = (isPacked: boolean): boolean => {
    const { constants } = layOut({ ...s.plan("test"), isPacked }, machineOf("x86_64"));
    return new TextDecoder("latin1").decode(constants).includes(`${why}: ${why}`);
  };
  assertEquals([has(false), has(true)], [true, false]);
});
