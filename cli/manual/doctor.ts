/** The manual of `nido doctor`. */
import { OPTIONS } from "../doctor.ts";
import type { Manual } from "./manual.ts";

export const manual: Manual = {
  usage: ["[options]"],
  description: [
    "Try what launches are made of, really, each in a child, as the calling user: every " +
    "namespace type (user+net is a network namespace in a user namespace), id maps, mounts, " +
    "entering, execution in memory, cgroup delegation. Say of each whether it works, and of " +
    "what is refused the cause, found by looking, and the remedy. Nothing is left behind.",
    "What cannot be told from here did not work, and nothing to be seen explains it, as in a " +
    "sandbox whose maker has the reasons; or it was not tried, as it needs something that does " +
    "not work.",
  ],
  options: OPTIONS,
  operands: [],
  notes: [
    "The exit status is 0 if everything works that an ordinary user may expect, 1 if some of that " +
    "is refused, and 2 if nothing is but something cannot be told from here. Subordinate ids " +
    "(map-auto) and cgroup delegation do not count: an administrator has to grant them.",
  ],
  examples: [
    { line: "doctor", does: "what works for this user, here" },
    { line: "doctor --json", does: "the same for programs" },
  ],
};
