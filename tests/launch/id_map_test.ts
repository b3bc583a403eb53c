import { assertEquals } from "@std/assert";
import { ALL_IDS, mapText, parseMap } from "../../launch/ids/spec.ts";
import { PURE } from "./specs.ts";

Deno.test("mapText() and parseMap() are each other's inverse", PURE, () => {
  const map = [{ inner: 0, outer: 1000, count: 1 }, {
    inner: 1,
    outer: 100000,
    count: ALL_IDS - 1,
  }];
  assertEquals(mapText(map), "0 1000 1\n1 100000 4294967294");
  assertEquals(parseMap(mapText(map)), map);
  assertEquals([mapText([]), parseMap("")], ["", []]);
});

Deno.test("parseMap() reads the kernel's columns", PURE, () => {
  assertEquals(parseMap("         0       1000          1\n         1     100000      65536\n"), [
    { inner: 0, outer: 1000, count: 1 },
    { inner: 1, outer: 100000, count: 65536 },
  ]);
});
