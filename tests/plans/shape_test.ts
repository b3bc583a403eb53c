/** Plans whose values are open, beside those in which they are known. */
import { assert, assertEquals } from "@std/assert";
import { type Failure, isGiven, valuesOf } from "../../engine/failure.ts";
import { entriesOf } from "../../engine/failure/table.ts";
import type { Plan } from "../../engine/plan.ts";
import { failuresOf } from "../../engine/report.ts";
import { verify } from "../../engine/verify.ts";
import { compileForCommand } from "../../launch/compile.ts";
import type { LaunchSpec, OpenSpec } from "../../launch/spec.ts";
import { complete } from "../../launch/implied.ts";
import { partsOf } from "../../launch/request_file.ts";
import { problemsOf } from "../../launch/validate.ts";
import { lineSpecs, specs } from "../launch/all_specs.ts";

const RESTORE = { handled: [13], ignored: [] };

/** Environments that a Command can be given: the second has a PATH. */
const ENVIRONMENTS: readonly Readonly<Record<string, string>>[] = [{ A: "1" }, {
  PATH: "/bin",
  B: "2",
}];

/** Roots: what is in one decides on steps. */
const ROOTS: readonly LaunchSpec[] = (["dev", "proc"] as const).map((kind) => ({
  name: "nido",
  argv: ["sh"],
  namespaces: ["user", "mnt"],
  mapUser: "current",
  mapGroup: "current",
  fork: true,
  newRoot: [{ kind, destination: "/x" }],
}));

/** All that a Command can be asked for: it always has a program. Each of specs() has all environments, too. */
const all = (): LaunchSpec[] => {
  const each = specs().flatMap((
    [, spec],
  ) => [spec, ...ENVIRONMENTS.map((env) => ({ ...spec, env }))]);
  return [...each, ...ROOTS, ...lineSpecs()].flatMap((spec) => {
    const whole = complete<never>({ ...spec, program: spec.program ?? "sh" });
    return problemsOf(whole).length > 0 ? [] : [whole];
  });
};

const plans = new Map<string, Plan>();

/** The plan of a shape: many specs have the same. */
function planOfShape(shape: OpenSpec): Plan {
  const key = JSON.stringify(shape, (_, value) => typeof value === "bigint" ? `${value}n` : value);
  const plan = plans.get(key) ?? compileForCommand(shape, RESTORE);
  plans.set(key, plan);
  return plan;
}

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
      const failures = (plan: Plan) =>
        failuresOf(plan).map(({ failure, call }) => ({
          syscall: call?.syscall,
          status: failure.status,
          told: told({ ...failure, hints: [] }),
          hints: entriesOf(failure.hints).map(({ errno, hint }) => [
            errno,
            hint.look,
            told({ message: "", hints: [hint] }),
          ]),
        }));
      assertEquals(
        failures(planOfShape(shape)),
        failures(compileForCommand(spec, RESTORE, shape)),
      );
    }
  },
);

Deno.test("plans whose values are open are well-formed", () => {
  for (const spec of all()) planOfShape(partsOf(spec).shape);
  assert(plans.size > 100);
  for (const plan of plans.values()) verify(plan);
});
