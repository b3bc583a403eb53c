/** Command lines of nsenter; their outcomes are in nsenter_recorded.json. */

import type { Line } from "./run_line.ts";
import { enterLines } from "./nsenter_lines_enter.ts";
import { nsenterParseLines } from "./nsenter_lines_parse.ts";
import { nsenterProcessLines } from "./nsenter_lines_process.ts";

export const nsenterLines: readonly Line[] = [
  ...nsenterParseLines,
  ...enterLines,
  ...nsenterProcessLines,
];
