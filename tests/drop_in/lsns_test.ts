import { testLines } from "./compare.ts";
import { lsnsLines } from "./lsns_lines.ts";
import recorded from "./lsns_recorded.json" with { type: "json" };

testLines("lsns", lsnsLines, recorded);
