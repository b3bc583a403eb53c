/** The manual of `nido nsenter`. */
import { OPTIONS } from "../nsenter/options.ts";
import type { Manual } from "./manual.ts";

export const manual: Manual = {
  usage: ["[options] [<program> [<argument>...]]"],
  description: [
    "Run a program in namespaces of other processes; without a program, your shell. Options, " +
    "defaults and exit statuses are those of nsenter(1).",
  ],
  options: OPTIONS,
  operands: "program",
  notes: [
    "A namespace comes from the target, from a file (--net=/run/mine), or from its 64-bit id " +
    "(--net=:17, since Linux 6.19). Values of short options are attached, with = or without " +
    "(-n/run/mine); a word of its own is the program.",
    "In a user namespace ids become 0 and groups are dropped. Your own ids stay where they are " +
    "mapped and 0 is not, and groups where setgroups(2) is denied.",
    "Of another user's process --env takes no LD_*, ENV, BASH* or prompt, and PATH and SHELL stay yours, " +
    "unless the program runs inside its user namespace or as that user (-S follow -G follow). Root that keeps its ids in a user " +
    "namespace (--preserve-credentials) may be traced there by who is root of that: what it may do " +
    "outside, they may then.",
    "With another root the working directory is that root, unless --wd asks for one that may be " +
    "outside.",
  ],
  examples: [
    { line: "nsenter -t 4126 -a", does: "a shell in all namespaces of process 4126" },
    {
      line: "nsenter -t 4126 -n ip address",
      does: "see its network by a program of your own file system",
    },
    {
      line: "nsenter -t 4126 -a -r -w -e ps -e",
      does: "run a program as if that process had started it",
    },
    {
      line: "explain nsenter -t 4126 -U -m sh",
      does: "print the system calls of such a launch instead of making them",
    },
  ],
};
