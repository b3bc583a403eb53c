/** A command line as JavaScript reads it. */
import { planFor } from "../../cli/launching.ts";
import { OPTION_WORDS } from "../../cli/option_words.ts";
import { OUTSIDE } from "../../cli/outside.ts";
import type { LaunchingCommand } from "../../cli/spec_reader.ts";
import { imageOf } from "../../engine/image.ts";

/**
 * What JavaScript makes of a command line, as `nido` does where Deno reads it: the
 * image that launches. Deno has changed nothing in the process that runs it, so nothing is restored.
 *
 * @throws {UsageError} for words that are wrong.
 */
export function imageFor(
  command: LaunchingCommand,
  words: readonly string[],
): Uint8Array<ArrayBuffer> {
  const spec = command.parse(words, new Set(), OUTSIDE);
  if (typeof spec === "string") throw new Error(`--${spec} was not left to Deno`);
  return imageOf(planFor(spec, OPTION_WORDS, {}), Deno.build.arch);
}
