/** The manual of `nido explain`. */
import { launchingNames } from "../commands.ts";
import { OPTIONS } from "../explain.ts";
import type { Manual } from "./manual.ts";

export const manual: Manual = {
  usage: ["[options] <command> [<argument>...]"],
  description: [
    `Print what a launching command (${launchingNames().join(", ")}) would do, system call by ` +
    "system call, each with what it is for. Nothing is done.",
  ],
  options: OPTIONS,
  operands: "launching command",
  examples: [
    { line: "explain unshare -Ur id", does: "how a user becomes root of a namespace" },
    {
      line: "explain --json unshare -p true",
      does: "the same for programs: a list of steps",
    },
  ],
};
