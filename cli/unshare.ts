/** `nido unshare`: a program in new namespaces. @see unshare(1) */
import { type LaunchingCommand, specReader } from "./spec_reader.ts";
import { OPTIONS } from "./unshare/options.ts";

/** unshare's part of the command line. */
export const unshare: LaunchingCommand = {
  name: "unshare",
  options: OPTIONS,
  parse: specReader("unshare", OPTIONS, { namespaces: [] }),
};
