/** Lines of unshare that can be frozen. */

import { UsageError } from "../../cli/getopt.ts";
import { OPTION_WORDS } from "../../cli/option_words.ts";
import { unshare } from "../../cli/unshare.ts";
import { SpecError } from "../../launch/errors.ts";
import { frozenBytes } from "../../launch/freeze.ts";
import type { Line } from "./run_line.ts";

/** The program of a line, if freezing it is not refused. */
export function frozen({ argv, env }: Line): Uint8Array<ArrayBuffer> | undefined {
  // A line that names unshare would find itself.
  const isItself = argv?.some((word) => /\bunshare\b/.test(word));
  if (argv === undefined || isItself || env?.PATH !== undefined) return undefined;
  try {
    const spec = unshare.parse(argv);
    return typeof spec === "string" ? undefined : frozenBytes(spec, Deno.build.arch, OPTION_WORDS);
  } catch (error) {
    if (error instanceof UsageError || error instanceof SpecError) return undefined;
    throw error;
  }
}
