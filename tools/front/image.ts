/** The image of the binary's front. */
import type { Arch } from "../../ffi/machine/machine.ts";
import { COMMANDS } from "../../cli/commands.ts";
import { OPTION_WORDS } from "../../cli/option_words.ts";
import { nsenter } from "../../cli/nsenter.ts";
import { unshare } from "../../cli/unshare.ts";
import { imageOf } from "../../engine/image.ts";
import { verify } from "../../engine/verify.ts";
import { frontPlan } from "../../launch/front/front.ts";
import type { Behind } from "../../launch/front/loader.ts";

export function frontImage(behind: Behind, arch: Arch): Uint8Array<ArrayBuffer> {
  const names = Object.keys(COMMANDS);
  const plan = frontPlan({ commands: [unshare, nsenter], names, front: OPTION_WORDS, behind });
  verify(plan);
  return imageOf(plan, arch);
}
