// The command lines of unshare once more, frozen: whoever freezes them and wherever they run, what
// comes out is the same.

import { type Bench, prepareBench } from "./bench.ts";
import { compareOutcomes, lacksOfLine, programs } from "./compare.ts";
import { frozen } from "./frozen.ts";
import { keyOf, runLine } from "./run_line.ts";
import { unshareLines } from "./unshare_lines.ts";
import recorded from "./unshare_recorded.json" with { type: "json" };
import type { Outcome } from "./run_line.ts";
import { skipFor } from "../support/skip.ts";

const outcomes: Readonly<Record<string, Outcome>> = recorded;

let bench: Bench | undefined;

for (const line of unshareLines) {
  const program = frozen(line);
  if (!program) continue;
  Deno.test({
    name: `frozen unshare ${keyOf(line)}`,
    ...skipFor(lacksOfLine(line, false)),
    async fn() {
      bench ??= prepareBench(programs(undefined));
      const folder = Deno.makeTempDirSync({ prefix: "nido-frozen-" });
      try {
        Deno.chmodSync(folder, 0o755);
        Deno.writeFileSync(`${folder}/unshare`, program, { mode: 0o755 });
        const env = { ...line.env, PATH: `${folder}:${bench.env.PATH}` };
        const got = await runLine("unshare", { ...line, argv: [], env }, bench);
        const stdout = got.stdout.replaceAll(`${folder}:`, "");
        compareOutcomes("unshare", line, outcomes[keyOf(line)]!, { ...got, stdout });
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    },
  });
}

globalThis.addEventListener("unload", () => bench?.[Symbol.dispose]());
