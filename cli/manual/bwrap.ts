/** The manual of `nido bwrap`. */
import { OPTIONS } from "../bwrap/options.ts";
import type { Manual } from "./manual.ts";

/** How words are read, and who gets what: as for run. */
export const WORDS_NOTE =
  "Options are exact words, and each value is a word of its own. Those of the new root are done in " +
  "their order. Unless root starts it, there is a new user namespace, and the program has no " +
  "capabilities but those of --cap-add.";

export const manual: Manual = {
  usage: ["[options] [--] <program> [<arg>...]"],
  beginsWithUsage: true,
  description: [
    "Run a program in a root of its own, which has nothing in it but what the options put there. " +
    "Options, messages and exit statuses are those of bwrap(1): a link of that name stands in its " +
    "place.",
  ],
  options: OPTIONS,
  operands: "program",
  notes: [
    WORDS_NOTE,
    "Where standard error is no terminal, only bubblewrap's message is printed; with NIDO_EXPLAIN=1 " +
    "in the environment the step, the cause and the remedy follow.",
  ],
  examples: [
    {
      line: "bwrap --ro-bind / / --tmpfs /home --unshare-all sh",
      does: "a shell that reads all but what is in /home, and changes nothing",
    },
    {
      line: "explain bwrap --ro-bind / / --dev /dev --proc /proc true",
      does: "what such a launch does, call by call",
    },
  ],
};
