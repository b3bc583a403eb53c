/** The same launch as nido's, but from a file that needs no Deno: for many launches, and where Deno cannot start. */
import { OPTION_WORDS } from "../../cli/option_words.ts";
import { unshare } from "../../cli/unshare.ts";
import { compileFor } from "../../launch/compile.ts";
import { withImage } from "../machine/run_image.ts";

/** Gives `use` the path of a program that does what `nido unshare …words` does. */
export function withFrozen<T>(
  words: readonly string[],
  use: (path: string) => Promise<T>,
): Promise<T> {
  const spec = unshare.parse(words);
  if (typeof spec === "string") throw new TypeError(`unshare --${spec} launches nothing`);
  return withImage(compileFor(spec, { front: OPTION_WORDS }), Deno.build.arch, use);
}
