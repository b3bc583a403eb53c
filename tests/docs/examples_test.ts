/** Examples in documentation: what stands behind one, up to the next tag, is shown as a part of it. */
import { assert, assertEquals } from "@std/assert";
import { walkSync } from "@std/fs";
import { LAYERS, topsOf } from "../../tools/layers.ts";

const ROOT = decodeURI(new URL("../..", import.meta.url).pathname);

/** The examples in a source's comments, each from its tag to the next one or the comment's end. */
function examplesIn(source: string): string[] {
  const comments = [...source.matchAll(/\/\*\*([^]*?)\*\//g)].map(([, text]) =>
    text!.replaceAll(/^ *\* ?/gm, "")
  );
  return comments.flatMap((text) => text.split(/^(?=@)/m).filter((part) => part.startsWith("@ex")));
}

Deno.test("an example in documentation ends with its code", () => {
  let count = 0;
  for (const layer of topsOf(...Object.keys(LAYERS))) {
    const paths = layer.endsWith(".ts")
      ? [ROOT + layer]
      : [...walkSync(ROOT + layer, { includeDirs: false, match: [/\.ts$/] })].map(({ path }) =>
        path
      );
    for (const path of paths) {
      for (const example of examplesIn(Deno.readTextFileSync(path))) {
        count++;
        assertEquals(example.trimEnd().slice(-3), "```", `${path}: ${example}`);
      }
    }
  }
  assert(count > 30);
});
