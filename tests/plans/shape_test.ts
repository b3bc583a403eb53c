/** Plans whose values are open, beside those in which they are known. */
import { assert, assertEquals } from "@std/assert";
import { type Failure, isGiven, valuesOf } from "../../engine/failure.ts";
import { entriesOf } from "../../engine/failure/table.ts";
import { failuresOf } from "../../engine/report.ts";
import { verify } from "../../engine/verify.ts";
import { compileForCommand } from "../../launch/compile.ts";
import type { LaunchSpec, OpenSpec } from "../../launch/spec.ts";
import { complete } from "../../launch/implied.ts";
import { partsOf } from "../../launch/request_file.ts";
import { problemsOf } from "../../launch/validate.ts";
import { lineSpecs, specs } from "../launch/all_specs.ts";

const RESTORE = { handled: [13], ignored: [] };

/** All that a Command can be asked for: it always has a program. */
const all = (): LaunchSpec[] =>
  [...specs().map(([, spec]) => spec), ...lineSpecs()].flatMap((spec) => {
    const named: LaunchSpec = { ...spec, program: spec.program ?? "sh" };
    if (problemsOf(complete(named)).length > 0) return [];
    return [named, { ...named, env: { A: "1" } }, { ...named, env: { PATH: "/bin", B: "2" } }]
      .map((one) => complete<never>(one));
  });

const told = (failure: Pick<Failure, "message" | "hints">): string[] =>
  valuesOf(failure as Failure).filter((value) => !isGiven(value)).map((value) =>
    Object.keys(value)[0]!
  );

Deno.test(
  "a plan whose values are open has the failures of one in which they are known, and tells the same",
  () => {
    const specs = all();
    assert(specs.length > 100);
    for (const spec of specs) {
      const { shape } = partsOf(spec);
      const failures = (one: OpenSpec) =>
        failuresOf(compileForCommand(one, RESTORE, shape)).map(({ failure, call }) => ({
          syscall: call?.syscall,
          status: failure.status,
          told: told({ ...failure, hints: [] }),
          hints: entriesOf(failure.hints).map(({ errno, hint }) => [
            errno,
            hint.look,
            told({ message: "", hints: [hint] }),
          ]),
        }));
      assertEquals(failures(shape), failures(spec));
    }
  },
);

Deno.test("plans whose values are open are well-formed", () => {
  for (const spec of all()) {
    const { shape } = partsOf(spec);
    verify(compileForCommand(shape, RESTORE));
  }
});
