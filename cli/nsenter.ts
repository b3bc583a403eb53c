/** `nido nsenter`: a program in namespaces that exist. @see nsenter(1) */
import type { Option } from "./getopt.ts";
import { type LaunchingCommand, readerOf } from "./spec_reader.ts";
import type { OpenCommand } from "../launch/request/spec.ts";
import { OPTIONS } from "./nsenter/options.ts";

const COMMAND: OpenCommand<Option> = {
  name: "nsenter",
  options: OPTIONS,
  start: { namespaces: [], join: {} },
};

/** nsenter's part of the command line. */
export const nsenter: LaunchingCommand = { ...COMMAND, parse: readerOf(COMMAND) };
