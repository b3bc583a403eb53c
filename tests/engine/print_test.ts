// What is printed of plans, of their images, and of their symbols as they stand in files.

import { assert, assertEquals } from "@std/assert";
import { type Arch, machineOf } from "../../ffi/machine/machine.ts";
import { programSteps } from "../../engine/print.ts";
import { decodeSymbols, encodeSymbols, SYMBOLS_LINE } from "../../engine/symbols.ts";
import { frozenPlan } from "../../launch/freeze.ts";
import { layOutWithSymbols } from "../../engine/layout.ts";
import { planSteps } from "../../engine/print.ts";
import { specs } from "../launch/all_specs.ts";
import { PURE } from "../launch/specs.ts";

for (const arch of ["x86_64", "aarch64"] as readonly Arch[]) {
  Deno.test(`${arch}: an image and its symbols are printed as their plan is`, PURE, () => {
    const machine = machineOf(arch);
    for (const [name, spec] of specs()) {
      const plan = frozenPlan(spec);
      const { layout, symbols } = layOutWithSymbols(plan, machine);
      assertEquals(programSteps({ machine, layout, symbols }), planSteps(plan), name);
      const read = decodeSymbols(encodeSymbols(symbols));
      assert(read);
      assertEquals(programSteps({ machine, layout, symbols: read }), planSteps(plan), name);
    }
  });
}

Deno.test("what are no symbols is found", PURE, () => {
  const whole = '{"name":"x","usage":"","texts":[],"calls":[],"names":[],"arrays":[]}';
  const of = (json: string) => decodeSymbols(new TextEncoder().encode(SYMBOLS_LINE + json));
  assert(of(whole));
  for (const damaged of ["", "null", "{}", "[]", whole.slice(0, -1), whole.replace("[]", "[1]")]) {
    assertEquals(of(damaged), undefined, damaged);
  }
  assertEquals(of(whole.replace('"calls":[]', '"calls":[[1,2]]')), undefined);
  assertEquals(of(whole.replace('"names":[]', '"names":[["a",1]]')), undefined);
  assertEquals(decodeSymbols(new TextEncoder().encode(whole)), undefined);
  assertEquals(decodeSymbols(Uint8Array.of(0xff)), undefined);
});
