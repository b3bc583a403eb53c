/** `nido unshare`: a program in new namespaces. @see unshare(1) */
import { specReader } from "./spec_reader.ts";
import type { LaunchingCommand } from "./launching.ts";
import { OPTIONS } from "./unshare/options.ts";

/** unshare's part of the command line. */
export const unshare: LaunchingCommand = {
  name: "unshare",
  options: OPTIONS,
  parse: specReader("unshare", OPTIONS, { namespaces: [] }),
};
