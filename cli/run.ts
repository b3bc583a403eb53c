/** `nido run`: what `bwrap` does, with messages of nido's own. */
import { OPTIONS } from "./bwrap/options.ts";
import { exactReaderOf } from "./bwrap/reader.ts";
import { REFUSALS, START } from "./bwrap/spec.ts";
import type { LaunchingCommand } from "./spec_reader.ts";

const COMMAND = {
  name: "run",
  options: OPTIONS,
  start: START,
  isExact: true,
  refusals: REFUSALS,
} as const;

/** run's part of the command line. */
export const run: LaunchingCommand = { ...COMMAND, parse: exactReaderOf(COMMAND, "nido run") };
