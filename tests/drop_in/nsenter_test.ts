import { testLines } from "./compare.ts";
import { nsenterLines } from "./nsenter_lines.ts";
import recorded from "./nsenter_recorded.json" with { type: "json" };

testLines("nsenter", nsenterLines, recorded);
