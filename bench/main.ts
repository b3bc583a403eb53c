/**
 * Measures nido beside unshare, bwrap, crun and runc: `./dev bench [--write] [--quick]`.
 *
 * It judges by ratios of one run, which carry over to other machines better than times do.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { type Compiled, compiled } from "./compiled.ts";
import { textOf } from "./markdown.ts";
import { HEAD } from "./method.ts";
import { FULL, QUICK, run } from "./run.ts";

const DOCUMENT = new URL("../docs/performance.md", import.meta.url);

const options = parseArgs(Deno.args, {
  boolean: ["write", "quick"],
  unknown: (arg) => {
    console.error(`bench: unknown argument "${arg}"; it takes --write and --quick`);
    Deno.exit(2);
  },
});
const top = await Deno.makeTempDir({ prefix: "nido-bench-" });
await Deno.chmod(top, 0o755);
try {
  const none: Compiled = { problem: "--quick compiles nothing" };
  const bench = {
    effort: options.quick ? QUICK : FULL,
    compiled: options.quick ? none : await compiled(top),
    folder() {
      const folder = Deno.makeTempDirSync({ dir: top });
      // Files are started by others, too.
      Deno.chmodSync(folder, 0o755);
      return folder;
    },
  };
  const sections = await run(bench, (section) => console.log(textOf(section)));
  if (options.write) await Deno.writeTextFile(DOCUMENT, [HEAD, ...sections.map(textOf)].join("\n"));
} finally {
  await Deno.remove(top, { recursive: true });
}
