/** The manual of `nido explain`. */
import { explainedNames } from "../launchers.ts";
import { OPTIONS } from "../explain.ts";
import type { Manual } from "./manual.ts";

export const manual: Manual = {
  usage: ["[options] <command> [<argument>...]"],
  description: [
    `Print what a launching command (${explainedNames().join(", ")}) would do, system call by ` +
    "system call, each with what it is for. Nothing is done.",
    "It is a dry run: calls that only look are made, all others are taken to succeed, and the program to end " +
    "with 0. Descriptors and PIDs have names in place of numbers.",
  ],
  options: OPTIONS,
  operands: "explained command",
  examples: [
    { line: "explain unshare -Ur id", does: "how a user becomes root of a namespace" },
    {
      line: "explain --all unshare -pf true",
      does: "every step, and when it is made",
    },
    {
      line: "explain --json unshare -p true",
      does: "the same for programs: a list of steps",
    },
  ],
};
