/** Open plans: a whole command, whose options are read when it is started. */
import { encode } from "../ffi/bytes.ts";
import type { FrontEnd } from "../engine/failure.ts";
import { data, lateData } from "../engine/operand.ts";
import type { Plan } from "../engine/plan.ts";
import { unpackFailures } from "../engine/unpack.ts";
import { failed } from "./context.ts";
import { planOf } from "./compile.ts";
import { type CommandEnds, readCommand } from "./request/command.ts";
import { openSpec } from "./request/open_fields.ts";
import type { OpenCommand } from "./request/spec.ts";

/** The plan of a command that reads its own words. */
export function openPlan(command: OpenCommand, ends: CommandEnds, front: FrontEnd): Plan {
  return planOf(openSpec(command), {
    front,
    isLarge: true,
    warns: true,
    isFile: true,
    request: (s, seen) =>
      readCommand(s, [{ command, isTyped: true }], ends, () => seen(command.name)),
  });
}

/** Versions are told without unpacking anything. */
const MOST_SHORT = 128;

/** The ends of a file on its own, which has the texts of --help and --version in it. */
export function ownEnds(texts: Readonly<Record<string, string>>): CommandEnds {
  return {
    tell(s, what, before) {
      before?.warn();
      const bytes = encode(texts[what] ?? "");
      const isUsage = what === "usage";
      const stream = isUsage ? 2 : 1;
      const isShort = bytes.length <= MOST_SHORT;
      if (!isShort) unpackFailures(s);
      const content = isShort ? data(bytes, what) : lateData(bytes, what);
      const text = s.variable("text", content, `<${what}>`);
      s.call("write", [stream, text, bytes.length], "tell about itself", {
        fails: isUsage ? "ignored" : failed("write error"),
      });
      s.exit(isUsage ? 1 : 0, "nothing was launched");
    },
    refuse(s, failure, before) {
      before?.warn();
      const hints = [{ remedy: "look at its options: --help" }];
      s.fail({ ...failure, hints });
    },
  };
}
