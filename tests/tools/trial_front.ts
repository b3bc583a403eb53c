/** A front to try things with: `--front-trial` writes a line, everything else is left to Deno. */
import type { Arch } from "../../ffi/machine/machine.ts";
import { failureSteps } from "../../engine/failure/steps.ts";
import { leaveToDeno } from "../../launch/front/leave.ts";
import type { Behind } from "../../launch/front/loader.ts";
import { imageOf } from "../../engine/image.ts";
import type { Plan } from "../../engine/plan.ts";
import { RawSteps } from "../support/raw_steps.ts";

const LINE = "front\n";

/** The plan of the trial. */
export function trialPlan(behind: Behind): Plan {
  const s = new RawSteps("main");
  s.if(s.stack.word().isAtLeast(2), () => {
    const argument = s.variable("argument", s.stack.word(16));
    s.if(argument.begins("--front-trial\0"), () => {
      s.call("write", [1, LINE, LINE.length], "say so", { fails: "ignored" });
      s.exit(0, "the end");
    });
  });
  leaveToDeno(s, behind);
  failureSteps(s);
  return s.plan("nido");
}

/** The image of the trial. */
export function trialImage(behind: Behind, arch: Arch): Uint8Array<ArrayBuffer> {
  return imageOf(trialPlan(behind), arch);
}
