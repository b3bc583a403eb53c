/**
 * Records what util-linux's programs, and bubblewrap's, print for every line of the drop-in tables.
 *
 *     deno run -A tests/drop_in/record.ts ORACLE_DIR [unshare|nsenter|lsns|bwrap]
 *
 * ORACLE_DIR holds util-linux's unshare, nsenter and lsns, or bubblewrap's bwrap. Run it as root, so that every line can
 * be run. The outcomes are written beside the tables, keyed by the lines' names.
 */

import { prepareBench } from "./bench.ts";
import { keyOf, runLine } from "./run_line.ts";
import type { Line, Outcome, Tool } from "./run_line.ts";
import { unshareLines } from "./unshare_lines.ts";
import { nsenterLines } from "./nsenter_lines.ts";
import { bwrapLines } from "./bwrap_lines.ts";
import { lsnsLines } from "./lsns_lines.ts";

const TABLES: Record<Tool, readonly Line[]> = {
  unshare: unshareLines,
  nsenter: nsenterLines,
  lsns: lsnsLines,
  bwrap: bwrapLines,
};

async function record(tool: Tool, oracle: string): Promise<void> {
  using bench = prepareBench({ kind: "folder", path: oracle });
  const recorded: Record<string, Outcome> = {};
  for (const line of TABLES[tool]) {
    const key = keyOf(line);
    if (key in recorded) throw new Error(`Two lines are named "${key}"`);
    recorded[key] = await runLine(tool, line, bench);
  }
  const path = new URL(`${tool}_recorded.json`, import.meta.url);
  Deno.writeTextFileSync(path, JSON.stringify(recorded, null, 2) + "\n");
  console.log(`${tool}: ${Object.keys(recorded).length} lines recorded`);
}

if (import.meta.main) {
  const [oracle, only] = Deno.args;
  if (oracle === undefined || Deno.uid() !== 0) {
    console.error("As root: deno run -A tests/drop_in/record.ts ORACLE_DIR [TOOL]");
    Deno.exit(2);
  }
  for (const tool of Object.keys(TABLES) as Tool[]) {
    if (only === undefined || only === tool) await record(tool, oracle);
  }
}
