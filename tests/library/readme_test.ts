/** What docs/library.md says, done elsewhere. */
import { assert, assertEquals } from "@std/assert";
import { requires } from "../requires.ts";

const ROOT = decodeURI(new URL("../..", import.meta.url).pathname);

Deno.test(
  "the library page's script runs in a file beside the clone, by the command line that it gives",
  requires({ userNamespaces: true }),
  async () => {
    const page = await Deno.readTextFile(`${ROOT}docs/library.md`);
    const [, flags] = page.match(/`deno run (.*) FILE`/) ?? [];
    const [, script] = page.match(/^```ts ignore\n([^]*?)^```$/m) ?? [];
    assert(flags && script, page);
    const folder = await Deno.makeTempDir({ prefix: "nido-readme-" });
    try {
      await Deno.symlink(ROOT, `${folder}/nido`);
      await Deno.writeTextFile(`${folder}/script.ts`, script);
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--check", "--no-prompt", ...flags.split(" "), "script.ts"],
        cwd: folder,
        env: { NO_COLOR: "1" },
      }).output();
      assertEquals(new TextDecoder().decode(stderr), "");
      const [, printed] = script.match(/console\.log\(.*\/\/ (.*)$/m) ?? [];
      assertEquals(new TextDecoder().decode(stdout), `${printed}\n`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
