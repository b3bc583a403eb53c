/** The images of the binary's front. */
import type { Arch } from "../../ffi/machine/machine.ts";
import { bwrap } from "../../cli/bwrap.ts";
import { COMMANDS } from "../../cli/commands.ts";
import { commandTexts } from "../../cli/freeze.ts";
import { frontOf } from "../../cli/launchers.ts";
import { OPTION_WORDS } from "../../cli/option_words.ts";
import { nsenter } from "../../cli/nsenter.ts";
import { run } from "../../cli/run.ts";
import { unshare } from "../../cli/unshare.ts";
import { imageOf } from "../../engine/image.ts";
import type { Plan } from "../../engine/plan.ts";
import { verify } from "../../engine/verify.ts";
import { besidePlan } from "../../launch/front/beside.ts";
import { frontPlan } from "../../launch/front/front.ts";
import type { Behind } from "../../launch/front/loader.ts";
import type { ImageMaker } from "./put.ts";

/** What makes them: the first finds out what is typed. Commands that speak otherwise have their own. */
export async function frontImages(): Promise<ImageMaker[]> {
  const [bwrapWords, runWords] = [await frontOf("bwrap"), await frontOf("run")];
  const texts = await commandTexts("bwrap", COMMANDS);
  const first = (behind: Behind): Plan =>
    frontPlan({
      commands: [unshare, nsenter],
      names: Object.keys(COMMANDS),
      others: ["bwrap", "run"],
      front: OPTION_WORDS,
      behind,
    });
  const plans = [
    first,
    (behind: Behind) => besidePlan({ command: bwrap, front: bwrapWords, texts, behind }),
    (behind: Behind) => besidePlan({ command: run, speaker: "nido run", front: runWords, behind }),
  ];
  return plans.map((planOf) => (behind, arch: Arch) => {
    const plan = planOf(behind);
    verify(plan);
    return imageOf(plan, arch);
  });
}
