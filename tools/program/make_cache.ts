/**
 * Writes a command's code cache of a script: `make_cache SCRIPT CACHE COMMAND`. If there is one, tells
 * whether V8 takes it.
 *
 * tools/build.ts compiles this with the binary's runtime, since a cache is good for one V8 alone.
 * It has the bytecode of what has run by then.
 *
 * @module
 */
import { exists } from "@std/fs";
import { load, type Short } from "./load.ts";

const [scriptPath, cachePath, name] = Deno.args as [string, string, Short];
const source = await Deno.readTextFile(scriptPath);
if (await exists(cachePath)) {
  const { script } = load(source, await Deno.readFile(cachePath));
  Deno.exit(script.cachedDataRejected ? 1 : 0);
}
const { script, program } = load(source);
program.warmUp(name);
await Deno.writeFile(cachePath, script.createCachedData());
