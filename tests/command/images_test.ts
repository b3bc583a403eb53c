/** Images are kept for the same options, and for the same caller only. */
import { assertEquals } from "@std/assert";
import { Command } from "../../mod.ts";
import { textOf } from "./helpers.ts";

Deno.test("a program is found in the PATH of each launch, not in that of the first", async () => {
  const before = Deno.env.get("PATH")!;
  const folder = Deno.makeTempDirSync({ prefix: "nido-path-" });
  try {
    const outputs: string[] = [];
    for (const name of ["first", "second", "first"]) {
      Deno.mkdirSync(`${folder}/${name}`, { recursive: true });
      const path = `${folder}/${name}/nido-which`;
      Deno.writeTextFileSync(path, `#!/bin/sh\necho ${name}\n`, { mode: 0o755 });
      Deno.env.set("PATH", `${folder}/${name}:${before}`);
      outputs.push(textOf((await new Command("nido-which").output()).stdout));
    }
    assertEquals(outputs, ["first\n", "second\n", "first\n"]);
  } finally {
    Deno.env.set("PATH", before);
    Deno.removeSync(folder, { recursive: true });
  }
});
