// How transcripts are compared.
import { assert, assertEquals } from "@std/assert";
import { PURE } from "../launch/specs.ts";
import { agrees, namespacesByType } from "./transcript.ts";

const HEAD = "        NS TYPE  NPROCS COMMAND";
const ROWS = {
  user: "4026532177 user       2 nido unshare",
  pid: "4026532182 pid        1 └─sleep 100",
  time: "4026532253 time       1 └─sleep 100",
};
const SHOWN = [HEAD, ROWS.user, ROWS.pid, ROWS.time];

Deno.test(
  "rows of namespaces agree in any order of their numbers, with the tree that this draws",
  PURE,
  () => {
    const output = [HEAD, "4026532170 time       1 sleep 100", ROWS.user, ROWS.pid];
    assert(agrees(namespacesByType(SHOWN), namespacesByType(output)));
  },
);

Deno.test("rows of namespaces do not agree with others", PURE, () => {
  const other = ROWS.time.replace("sleep", "cat");
  for (const output of [[HEAD, ROWS.user, ROWS.pid], [HEAD, ROWS.user, ROWS.pid, other]]) {
    assertEquals(agrees(namespacesByType(SHOWN), namespacesByType(output)), false);
  }
});
