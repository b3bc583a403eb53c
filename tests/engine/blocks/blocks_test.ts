// Random programs of blocks do on the machine what they say.

import { assert, assertEquals } from "@std/assert";
import { decode } from "../../../ffi/bytes.ts";
import { verify } from "../../../engine/verify.ts";
import { ARCHS, runs } from "../../machine/run_image.ts";
import { evaluate } from "./evaluate.ts";
import { randomPlan } from "./random.ts";
import { writePlan } from "./write.ts";
import { Trial } from "../trial.ts";

const SEEDS = Array.from({ length: 200 }, (_, i) => i + 1);

for (const arch of ARCHS) {
  Deno.test(
    `${arch}: ${SEEDS.length} random programs of blocks tell what is meant`,
    runs(arch),
    async () => {
      let full = 0;
      for (const seed of SEEDS) {
        const plan = randomPlan(seed);
        const s = new Trial();
        // Variables of large plans share slots.
        s.isPacked = seed % 2 === 0;
        writePlan(s, plan);
        const { code, stdout, stderr } = await s.outcome(arch);
        assertEquals([code, stderr], [0, ""], `seed ${seed}`);
        const { told, text } = evaluate(plan);
        const numbers = new BigUint64Array(stdout.slice(0, 8 * told.length).buffer);
        assertEquals([...numbers], told, `seed ${seed}`);
        assertEquals(decode(stdout.subarray(8 * told.length)), text, `seed ${seed}`);
        if (told.at(-1) === 2n ** 64n - 1n && text === "") full++;
      }
      // Both ends are met.
      assert(full > SEEDS.length / 20 && full < SEEDS.length / 2, `${full} were full`);
    },
  );
}

Deno.test("random programs of blocks are well-formed plans", { permissions: "none" }, () => {
  for (const seed of SEEDS) {
    const s = new Trial();
    writePlan(s, randomPlan(seed));
    s.exit(0, "the end");
    verify(s.plan("test"));
  }
});
