/** Commands with the words of bwrap(1). */
import type { LaunchingCommand } from "../spec_reader.ts";
import { OPTIONS } from "./options.ts";
import { exactReaderOf } from "./reader.ts";
import { REFUSALS, START } from "./spec.ts";

/** A command's part of the command line. @param speaker Who refuses words. */
export function commandOf(name: string, speaker: string = name): LaunchingCommand {
  const command = {
    name,
    options: OPTIONS,
    start: START,
    isExact: true,
    refusals: REFUSALS,
  } as const;
  return { ...command, parse: exactReaderOf(command, speaker) };
}
