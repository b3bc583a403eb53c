/** `bwrap`: a program in a root made of operations. @see bwrap(1) */
import { OPTIONS } from "./bwrap/options.ts";
import { exactReaderOf } from "./bwrap/reader.ts";
import { REFUSALS, START } from "./bwrap/spec.ts";
import type { LaunchingCommand } from "./spec_reader.ts";

const COMMAND = {
  name: "bwrap",
  options: OPTIONS,
  start: START,
  isExact: true,
  refusals: REFUSALS,
} as const;

/** bubblewrap's part of the command line. */
export const bwrap: LaunchingCommand = { ...COMMAND, parse: exactReaderOf(COMMAND) };
