/** Why limits are refused. @see prlimit(2) */
import { CAP_SYS_RESOURCE } from "../../ffi/abi/capability.ts";
import { EPERM } from "../../ffi/abi/errno.ts";
import { layout, struct } from "../../engine/struct.ts";
import { ALL_IDS, lacks, lacksCapability, UID_MAP } from "../hints/causes.ts";
import { FOUND, FOUND_NUMBER, type Hint, type Sequence } from "../plan.ts";
import { type Resource, RESOURCES } from "./spec.ts";

/** struct rlimit64 */
const RLIMIT = layout(16, { soft: [0, 8], hard: [8, 8] });

/** In the first user namespace root's capabilities are the machine's. @see capabilities(7) */
const BELOW = lacks(UID_MAP, ALL_IDS);

export function limitHints(s: Sequence, name: Resource): Hint[] {
  const hard = s.look(`the hard limit ${name}`, (seen, notSeen) => {
    const limit = struct(s, "limit", RLIMIT);
    s.call("prlimit64", [0, RESOURCES[name], 0, limit.at], "look for the cause", {
      fails: () => s.jump(notSeen),
      when: "after a failure",
    });
    s.compute(FOUND_NUMBER, "load", limit.at, 8);
    s.jump(seen);
  });
  const raised: Hint = {
    errno: [EPERM],
    why: `only root of the machine may raise a hard limit, and that of ${name} is ${FOUND}`,
    remedy: `ask for ${FOUND} at the most`,
  };
  return [
    { ...raised, look: [BELOW, hard] },
    { ...raised, look: [lacksCapability(CAP_SYS_RESOURCE), hard] },
    ...name === "nofile"
      ? [{
        errno: [EPERM],
        why: "no process may have more descriptors than fs.nr_open says",
        remedy: "look: sysctl fs.nr_open",
      }]
      : [],
  ];
}
