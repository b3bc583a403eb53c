/** The manual of `nido help`. */
import { OPTIONS } from "../help.ts";
import type { Manual } from "./manual.ts";

export const manual: Manual = {
  usage: ["[options] [<command>...]"],
  description: [
    "Tell what a command does, with its options and examples, as nido <command> --help does; " +
    "without a command, which ones there are.",
  ],
  options: OPTIONS,
  operands: "command",
  examples: [
    { line: "help unshare", does: "about nido unshare" },
    { line: "help --json", does: "all commands, options and examples, for programs" },
  ],
};
