/** Trials: plans written in the language of the engine, run for what they write to standard output. */
import { assertEquals } from "@std/assert";
import type { Arch } from "../../ffi/machine/machine.ts";
import { Builder } from "../../engine/builder.ts";
import type { Plan } from "../../engine/plan.ts";
import type { Failure } from "../../engine/failure.ts";
import type { Value } from "../../engine/value.ts";
import { failureSteps } from "../../engine/failure/steps.ts";
import { RawSteps } from "../support/raw_steps.ts";
import { ARCHS, type Given, type Outcome, runPlan, runs } from "../machine/run_image.ts";

/** A failure of a trial: exit status 9. */
export const broken = (message: string): Failure => ({ message, status: 9, hints: [] });

/** Writes numbers that a trial has worked out. */
export class Trial extends RawSteps {
  constructor() {
    super("test");
  }

  /** Writes values, 8 bytes each. */
  tell(...values: readonly Value[]): void {
    for (const value of values) {
      const at = this.memory("told", 8);
      this.store(at, value);
      this.call("write", [1, at, 8], "tell", { fails: "ignored" });
    }
  }

  /** The whole plan, where nothing more comes. */
  finished(): Plan {
    failureSteps(this);
    return this.plan("test");
  }

  /** Runs it to its end. */
  outcome(arch: Arch, given?: Given): Promise<Outcome> {
    this.exit(0, "the end");
    return runPlan(this.finished(), arch, given);
  }
}

/** Tests on both architectures which numbers a trial tells. */
export function tells(name: string, write: (s: Trial) => void, expected: readonly number[]): void {
  for (const arch of ARCHS) {
    Deno.test(`${arch}: ${name}`, runs(arch), async () => {
      const s = new Trial();
      write(s);
      const { code, signal, stdout, stderr } = await s.outcome(arch);
      assertEquals({ code, signal, stderr }, { code: 0, signal: null, stderr: "" });
      assertEquals([...new BigInt64Array(stdout.slice().buffer)].map(Number), expected);
    });
  }
}

/** A builder that is not run. */
export const builder = (): Builder => new Builder("test");
