/** Command lines of bwrap: bubblewrap 0.13.1 and nido do the same with each. */

import { parseLines } from "./bwrap_lines_parse.ts";
import { processLines } from "./bwrap_lines_process.ts";
import { rootLines } from "./bwrap_lines_root.ts";
import { clientLines } from "./bwrap_lines_clients.ts";
import type { Line } from "./run_line.ts";

export const bwrapLines: readonly Line[] = [
  ...parseLines,
  ...rootLines,
  ...processLines,
  ...clientLines,
];
