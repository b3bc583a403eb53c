/** `bwrap`: a program in a root made of operations. @see bwrap(1) */
import { commandOf } from "./bwrap/command.ts";
import type { LaunchingCommand } from "./spec_reader.ts";

export const bwrap: LaunchingCommand = commandOf("bwrap");
