// The command lines of unshare once more, frozen: whoever freezes them and wherever they run, what
// comes out is the same.

import { OPTION_WORDS } from "../../cli/option_words.ts";
import { unshare } from "../../cli/unshare.ts";
import { UsageError } from "../../cli/getopt.ts";
import { SpecError } from "../../launch/errors.ts";
import { frozenBytes } from "../../launch/freeze.ts";
import { type Bench, prepareBench } from "./bench.ts";
import { compareOutcomes, lacksOfLine, programs } from "./compare.ts";
import { keyOf, type Line, runLine } from "./run_line.ts";
import { unshareLines } from "./unshare_lines.ts";
import recorded from "./unshare_recorded.json" with { type: "json" };
import type { Outcome } from "./run_line.ts";
import { skipFor } from "../support/skip.ts";

const outcomes: Readonly<Record<string, Outcome>> = recorded;

/** The program of a line, if freezing it is not refused. */
function frozen({ argv, env }: Line): Uint8Array<ArrayBuffer> | undefined {
  // A line that names unshare would find itself.
  const isItself = argv?.some((word) => /\bunshare\b/.test(word));
  if (argv === undefined || isItself || env?.PATH !== undefined) return undefined;
  try {
    const spec = unshare.parse(argv);
    return typeof spec === "string" ? undefined : frozenBytes(spec, Deno.build.arch, OPTION_WORDS);
  } catch (error) {
    if (error instanceof UsageError || error instanceof SpecError) return undefined;
    throw error;
  }
}

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
