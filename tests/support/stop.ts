/** Plans that stop at a step, for something to happen there. */
import { SIGNALS } from "../../ffi/abi/signal.ts";
import type { Plan, Step } from "../../engine/plan.ts";
import { RawSteps } from "./raw_steps.ts";
import { slot } from "../../engine/operand.ts";
import { withImage } from "../machine/run_image.ts";
import { start } from "./nido.ts";

/** The plan, but that the process stops itself before a step. */
export function stopBefore(plan: Plan, step: Step): Plan {
  const s = new RawSteps(step.do === "call" ? step.process : "");
  s.call("getpid", [], "this process", { result: "stopped process" });
  s.call("kill", [slot("stopped process"), SIGNALS.SIGSTOP], "stop here");
  const at = plan.steps.indexOf(step);
  return { ...plan, steps: plan.steps.toSpliced(at, 0, ...s.steps) };
}

/** The letter of a process's state. */
export const stateOf = (pid: number): string =>
  Deno.readTextFileSync(`/proc/${pid}/status`).match(/^State:\t(.)/m)![1]!;

/** Runs a plan as it is, but that `meanwhile` happens where it stops; not if it ends before. */
export async function runWith(plan: Plan, meanwhile: () => void | Promise<void>): Promise<string> {
  return await withImage(plan, Deno.build.arch, async (image) => {
    const job = start([image]);
    const { pid } = job.child;
    let ended = false;
    const outcome = job.outcome().then((outcome) => {
      ended = true;
      return outcome;
    });
    const hasStopped = (): boolean => {
      try {
        return stateOf(pid) === "T";
      } catch {
        return false;
      }
    };
    try {
      while (!ended && !hasStopped()) await new Promise((go) => setTimeout(go, 1));
      if (!ended) await meanwhile();
    } finally {
      if (!ended) job.signalGroup("SIGCONT");
    }
    const { stdout, stderr } = await outcome;
    return stdout + stderr;
  });
}
