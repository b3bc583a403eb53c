import { assertEquals } from "@std/assert";
import { idMapText, parseIdMap } from "../../ffi/abi/id_map.ts";
import { ALL_IDS } from "../../launch/ids/spec.ts";
import { PURE } from "../launch/specs.ts";

Deno.test("idMapText() and parseIdMap() are each other's inverse", PURE, () => {
  const map = [{ inner: 0, outer: 1000, count: 1 }, {
    inner: 1,
    outer: 100000,
    count: ALL_IDS - 1,
  }];
  assertEquals(idMapText(map), "0 1000 1\n1 100000 4294967294");
  assertEquals(parseIdMap(idMapText(map)), map);
  assertEquals([idMapText([]), parseIdMap("")], ["", []]);
});

Deno.test("parseIdMap() reads the kernel's columns", PURE, () => {
  assertEquals(parseIdMap("         0       1000          1\n         1     100000      65536\n"), [
    { inner: 0, outer: 1000, count: 1 },
    { inner: 1, outer: 100000, count: 65536 },
  ]);
});
