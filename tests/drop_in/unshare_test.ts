import { testLines } from "./compare.ts";
import { unshareLines } from "./unshare_lines.ts";
import recorded from "./unshare_recorded.json" with { type: "json" };

testLines("unshare", unshareLines, recorded);
