/** `nido nsenter`: a program in namespaces that exist. @see nsenter(1) */
import { type LaunchingCommand, specReader } from "./spec_reader.ts";
import { OPTIONS } from "./nsenter/options.ts";

/** nsenter's part of the command line. */
export const nsenter: LaunchingCommand = {
  name: "nsenter",
  options: OPTIONS,
  parse: specReader("nsenter", OPTIONS, { namespaces: [], join: {} }),
};
