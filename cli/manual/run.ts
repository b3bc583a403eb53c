/** The manual of `nido run`. */
import { OPTIONS } from "../bwrap/options.ts";
import { WORDS_NOTE } from "./bwrap.ts";
import type { Manual } from "./manual.ts";

export const manual: Manual = {
  usage: ["[options] [--] <program> [<argument>...]"],
  description: [
    "Run a program in a root of its own, which has nothing in it but what the options put there. " +
    "The exit status is the program's, 128 and the signal's number where a signal ended it, 125 where " +
    "nido failed, 126 where the program cannot be executed, and 127 where it is not found.",
  ],
  options: OPTIONS,
  operands: "program",
  notes: [WORDS_NOTE],
  examples: [
    {
      line: "run --ro-bind / / --dev /dev --proc /proc --unshare-all make test",
      does: "tests that change no file, and reach no network",
    },
    {
      line: "run --ro-bind / / --bind . /tmp --chdir /tmp sh",
      does: "a shell that can write to this directory alone",
    },
  ],
};
