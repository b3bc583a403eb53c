/**
 * Loaded by `./dev nido` before `cli.ts`: takes out of the environment what `./dev` put there for
 * Deno alone, so that the program that nido starts does not see it.
 *
 * @module
 */

for (const name of Deno.env.get("NIDO_DEV_GIVEN")?.split(" ") ?? []) {
  if (name) Deno.env.delete(name);
}
Deno.env.delete("NIDO_DEV_GIVEN");
