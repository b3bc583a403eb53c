/** The image of the binary's front. */
import type { Arch } from "../../ffi/machine/machine.ts";
import { bwrap } from "../../cli/bwrap.ts";
import { COMMANDS } from "../../cli/commands.ts";
import { commandTexts } from "../../cli/freeze.ts";
import { frontOf } from "../../cli/launchers.ts";
import { OPTION_WORDS } from "../../cli/option_words.ts";
import { nsenter } from "../../cli/nsenter.ts";
import { unshare } from "../../cli/unshare.ts";
import { versionText } from "../../cli/version.ts";
import { imageOf } from "../../engine/image.ts";
import { verify } from "../../engine/verify.ts";
import { frontPlan } from "../../launch/front/front.ts";
import { stubPlan } from "../../launch/start/stub.ts";
import type { ImageMaker } from "./put.ts";

/** What makes it. */
export async function frontImage(): Promise<ImageMaker> {
  const voices = [
    { name: "bwrap", front: await frontOf("bwrap"), texts: await commandTexts("bwrap", COMMANDS) },
    { name: "run", speaker: "nido run", front: await frontOf("run") },
  ];
  const names = Object.keys(COMMANDS);
  const version = versionText("nido");
  const given = {
    ...{ commands: [unshare, nsenter], front: OPTION_WORDS },
    ...{ exact: bwrap, voices, names, version },
  };
  return (behind, arch: Arch) => {
    const stub = stubPlan(behind.image);
    verify(stub);
    const plan = frontPlan({ ...given, behind, stub: imageOf(stub, arch) });
    verify(plan);
    return imageOf(plan, arch);
  };
}
