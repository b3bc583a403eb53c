/** The manual of `nido pid`. */
import { OPTIONS } from "../pid.ts";
import type { Manual } from "./manual.ts";

export const manual: Manual = {
  usage: ["[options] <pid>...", "[options] --in <pid2> <number>..."],
  description: [
    "Explain processes: their PIDs at each level, their namespaces and which of these are " +
    "not yours, who made their user namespaces, their id maps, capabilities, no_new_privs " +
    "and seccomp.",
    "Where they differ from your own: the container (its engine, name, id and pod), the systemd " +
    "unit, the host name, the root directory, threads that are in other namespaces, and the clocks " +
    "of a time namespace. What you may not see is left out.",
  ],
  options: OPTIONS,
  operands: "pid",
  notes: ["The exit status is 1 if one of the processes is not there."],
  examples: [
    { line: "pid $$", does: "all about this shell" },
    { line: "pid --in 4103 1", does: "who is PID 1 where process 4103 lives" },
  ],
};
