/** The same launch as nido's, but from a file that needs no Deno: for many launches, and where Deno cannot start. */
import { unshare } from "../../cli/unshare.ts";
import { compile } from "../../launch/compile.ts";
import { factsFor } from "../../launch/run/facts.ts";
import type { Caller } from "../../launch/caller.ts";
import { withImage } from "../machine/run_image.ts";

/**
 * Gives `use` the path of a program that does what `nido unshare …words` does.
 *
 * @param who Facts about who will start it, where that is not who runs the tests.
 */
export function withFrozen<T>(
  words: readonly string[],
  use: (path: string) => Promise<T>,
  who: Partial<Caller> = {},
): Promise<T> {
  const spec = unshare.parse(words);
  if (typeof spec === "string") throw new TypeError(`unshare --${spec} launches nothing`);
  return withImage(compile(spec, { ...factsFor(spec), ...who }), Deno.build.arch, use);
}
