/** The manual of `nido unshare`. */
import { OPTIONS } from "../unshare/options.ts";
import type { Manual } from "./manual.ts";

export const manual: Manual = {
  usage: ["[options] [<program> [<argument>...]]"],
  description: [
    "Run a program in new namespaces; without a program, your shell. Options, defaults and exit " +
    "statuses are those of unshare(1).",
  ],
  options: OPTIONS,
  operands: "program",
  notes: [
    "With a file (--net=/run/mine), the namespace is mounted on it and lives on when its " +
    "processes have ended. Ids of --map-... are inside ids; those behind the first colon of " +
    "in:out:n are outside ids.",
  ],
  examples: [
    {
      line: "unshare -Urpf --mount-proc",
      does: "a shell as root of its own world, where it is PID 1 and sees only its own processes",
    },
    { line: "unshare -Urn make test", does: "run tests without any network" },
    {
      line: "unshare -Ur --time --monotonic 864000 uptime",
      does: "a clock that has been running ten days longer",
    },
    {
      line: "explain unshare -Urpf --mount-proc sh",
      does: "print the system calls of such a launch instead of making them",
    },
  ],
};
