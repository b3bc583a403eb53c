/** `nido run`: what `bwrap` does, with messages of nido's own. */
import { commandOf } from "./bwrap/command.ts";
import type { LaunchingCommand } from "./spec_reader.ts";

export const run: LaunchingCommand = commandOf("run", "nido run");
