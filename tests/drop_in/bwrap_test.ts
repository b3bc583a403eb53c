import { testLines } from "./compare.ts";
import { bwrapLines } from "./bwrap_lines.ts";
import recorded from "./bwrap_recorded.json" with { type: "json" };

testLines("bwrap", bwrapLines, recorded);
