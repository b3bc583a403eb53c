/** `nido unshare`: a program in new namespaces. @see unshare(1) */
import type { Option } from "./getopt.ts";
import { type LaunchingCommand, readerOf } from "./spec_reader.ts";
import type { OpenCommand } from "../launch/request/spec.ts";
import { OPTIONS } from "./unshare/options.ts";

const COMMAND: OpenCommand<Option> = {
  name: "unshare",
  options: OPTIONS,
  start: { namespaces: [] },
};

/** unshare's part of the command line. */
export const unshare: LaunchingCommand = { ...COMMAND, parse: readerOf(COMMAND) };
