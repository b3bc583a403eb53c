/** Command lines of lsns; their outcomes are in lsns_recorded.json. */

import type { Line } from "./run_line.ts";
import { lsnsParseLines } from "./lsns_lines_parse.ts";
import { lsnsShowLines } from "./lsns_lines_show.ts";

export const lsnsLines: readonly Line[] = [...lsnsParseLines, ...lsnsShowLines];
