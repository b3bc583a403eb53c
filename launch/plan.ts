/**
 * Plans as the library gives them: to be made, printed, run and frozen, but not taken apart.
 *
 * What is inside, engine/plan.ts, changes from version to version; here alone the two meet.
 */
import { planSteps, type PrintedStep, stepsText } from "../engine/print.ts";
import type { Plan as Steps } from "../engine/plan.ts";
import type { Arch } from "../ffi/machine/machine.ts";
import { compileFor } from "./compile.ts";
import { frozenBytes } from "./freeze.ts";
import type { LaunchSpec } from "./spec.ts";

interface Inside {
  readonly spec: LaunchSpec;
  /** What is printed. */
  readonly steps: Steps;
  /** Whether the steps are a Command's: they report to it, and take its orders. */
  readonly isCommands: boolean;
}

let wrap: (inside: Inside) => Plan;
let unwrap: (plan: Plan) => Inside;

/**
 * A launch, ready to be printed ({@linkcode planText}, {@linkcode printedSteps}), run
 * ({@linkcode clone}) and kept ({@linkcode freeze}). {@linkcode compile} and `Command.plan()` make
 * plans.
 */
export class Plan {
  /** What failures are said in the name of: "unshare". */
  readonly name: string;
  readonly #inside: Inside;

  private constructor(inside: Inside) {
    this.name = inside.spec.name;
    this.#inside = inside;
  }

  static {
    wrap = (inside) => new Plan(inside);
    unwrap = (plan) => {
      if (#inside in plan) return plan.#inside;
      throw new TypeError("Cannot use this as a plan: compile() and Command.plan() make plans");
    };
  }
}

/**
 * The plan of a launch. Only its arguments matter: nothing of the running system is looked at.
 *
 * @throws {SpecError} with all that is wrong with the spec.
 *
 * @example
 * ```ts
 * import { compile, type LaunchSpec, printedSteps } from "@nido/nido";
 *
 * const spec: LaunchSpec = { name: "example", program: "id", argv: ["id"], namespaces: ["user"], mapUser: 0 };
 * console.log(printedSteps(compile(spec)).length);
 * ```
 */
export function compile(spec: LaunchSpec): Plan {
  const steps = compileFor(spec, {});
  // It is what it is now, whatever becomes of the caller's object.
  return wrap({ spec: structuredClone(spec), steps, isCommands: false });
}

/** The plan of a Command. @param steps What its launcher does. */
export function commandPlan(spec: LaunchSpec, steps: Steps): Plan {
  return wrap({ spec, steps, isCommands: true });
}

/** The steps of a plan that nobody supervises. */
export function stepsAlone(plan: Plan): Steps {
  const { spec, steps, isCommands } = unwrap(plan);
  return isCommands ? compileFor(spec, {}) : steps;
}

/**
 * What a plan does, step by step: its system calls, without those made only after a failure.
 *
 * @example
 * ```ts
 * import { compile, type LaunchSpec, printedSteps } from "@nido/nido";
 *
 * const spec: LaunchSpec = { name: "example", program: "/bin/true", argv: ["true"], namespaces: ["user"] };
 * const [first] = printedSteps(compile(spec));
 * console.log(first?.call); // prctl(PR_SET_NAME, "example")
 * ```
 */
export function printedSteps(plan: Plan): PrintedStep[] {
  return planSteps(unwrap(plan).steps);
}

/**
 * A plan as text, one step a line, grouped by process.
 *
 * @example
 * ```ts
 * import { compile, type LaunchSpec, planText } from "@nido/nido";
 *
 * const spec: LaunchSpec = { name: "example", program: "/bin/true", argv: ["true"], namespaces: ["user"] };
 * console.log(planText(compile(spec)));
 * ```
 */
export function planText(plan: Plan): string {
  return stepsText(printedSteps(plan));
}

/**
 * The launch of a plan as a file that makes it, whoever starts it: a static ELF executable of 15 to
 * 75 KiB that needs no nido, no Deno and no C library. Arguments that the file is given are the
 * program's, behind those of the plan, and failures are said on standard error. The same plan gives
 * the same bytes. `nido freeze --list` prints the steps of such a file.
 *
 * @param arch The processor that it is for.
 * @throws {TypeError} for a processor that nido does not know.
 * @see elf(5)
 *
 * @example
 * ```ts
 * import { compile, freeze, type LaunchSpec } from "@nido/nido";
 *
 * const spec: LaunchSpec = { name: "example", program: "/bin/true", argv: ["true"], namespaces: ["user"] };
 * const file = freeze(compile(spec), "aarch64");
 * console.log(file.length); // some 15000
 * ```
 */
export function freeze(plan: Plan, arch: Arch): Uint8Array<ArrayBuffer> {
  return frozenBytes(unwrap(plan).spec, arch);
}
