/** Why limits are refused. @see prlimit(2) */
import { CAP_SYS_RESOURCE } from "../../ffi/abi/capability.ts";
import { EPERM } from "../../ffi/abi/errno.ts";
import { layout, struct } from "../../engine/struct.ts";
import type { Builder } from "../../engine/builder.ts";
import type { Variable } from "../../engine/value.ts";
import { FOUND, type Hint, type Message, words } from "../../engine/failure.ts";
import { lacksCapability } from "../../engine/looks.ts";
import { lacksIds } from "../causes.ts";
import { hintsIf } from "../request.ts";
import { RESOURCES } from "./spec.ts";

/** struct rlimit64 */
const RLIMIT = layout(16, { soft: [0, 8], hard: [8, 8] });

/** In the first user namespace root's capabilities are the machine's. @see capabilities(7) */
const BELOW = lacksIds();

/** @param resource Its number. @param name What it is called. */
export function limitHints(
  s: Builder,
  resource: number | Variable,
  name: Message,
): readonly Hint[] {
  const hard = s.look(
    `the hard limit ${typeof name === "string" ? name : "in question"}`,
    (found) => {
      const limit = struct(s, "limit", RLIMIT);
      const isKnown = s.variable("is known", 1);
      s.call("prlimit64", [0, resource, 0, limit.at], "look for the cause", {
        fails: () => isKnown.set(0),
      });
      found.set(limit.get("hard"));
      return isKnown.isNot(0);
    },
  );
  const isDescriptors = typeof resource === "number"
    ? resource === RESOURCES.nofile
    : resource.is(RESOURCES.nofile);
  const raised: Hint = {
    errno: [EPERM],
    why: words`only root of the machine may raise a hard limit, and that of ${name} is ${FOUND}`,
    remedy: words`ask for ${FOUND} at the most`,
  };
  return [
    { ...raised, look: [BELOW, hard] },
    { ...raised, look: [lacksCapability(CAP_SYS_RESOURCE), hard] },
    ...hintsIf(s, isDescriptors, "descriptors", [{
      errno: [EPERM],
      why: "no process may have more descriptors than fs.nr_open says",
      remedy: "look: sysctl fs.nr_open",
    }]),
  ];
}
