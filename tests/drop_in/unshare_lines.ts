/** Command lines of unshare; their outcomes are in unshare_recorded.json. */

import type { Line } from "./run_line.ts";
import { environmentLines } from "./unshare_lines_environment.ts";
import { identityLines } from "./unshare_lines_identity.ts";
import { mountLines } from "./unshare_lines_mount.ts";
import { namespaceLines } from "./unshare_lines_namespace.ts";
import { parseLines } from "./unshare_lines_parse.ts";
import { processLines } from "./unshare_lines_process.ts";

export const unshareLines: readonly Line[] = [
  ...parseLines,
  ...namespaceLines,
  ...mountLines,
  ...identityLines,
  ...processLines,
  ...environmentLines,
];
