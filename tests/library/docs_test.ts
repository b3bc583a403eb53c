/** The library's documentation, as `deno doc` reads it from the sources. */
import { assert, assertEquals } from "@std/assert";

const ROOT = decodeURI(new URL("../..", import.meta.url).pathname);

/** A part of what `deno doc --json` prints: what has a comment has it as `jsDoc`. */
interface Documented {
  readonly name?: string;
  readonly jsDoc?: { readonly doc?: string; readonly tags?: readonly { readonly kind: string }[] };
}

/** All in there that has a comment. */
function* documentedIn(node: unknown): Generator<Documented> {
  if (typeof node !== "object" || node === null) return;
  if ("jsDoc" in node && node.jsDoc) yield node as Documented;
  for (const part of Object.values(node)) yield* documentedIn(part);
}

Deno.test("tags of the library's documentation are tags, and not shown as text", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", "--no-config", "--no-lock", `${ROOT}mod.ts`],
  }).output();
  const all = [...documentedIn(JSON.parse(new TextDecoder().decode(stdout)))];
  const tags = all.flatMap(({ jsDoc }) => jsDoc?.tags ?? []);
  assert(tags.filter(({ kind }) => kind === "see").length > 20, `${tags.length} tags`);
  // A tag is one at the beginning of a line.
  const shown = all.filter(({ jsDoc }) => / @(see|throws|param|returns) /.test(jsDoc?.doc ?? ""));
  assertEquals(shown.map(({ name, jsDoc }) => `${name}: ${jsDoc!.doc}`), []);
});
