import { assertEquals, assertThrows } from "@std/assert";
import { fixRoot } from "../../tools/root.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

Deno.test("fixRoot() replaces what is joined to TMPDIR by an absolute path, once", () => {
  const runtime = bytes("ddeno-deno-compile-binary");
  fixRoot(runtime);
  assertEquals(new TextDecoder().decode(runtime), "ddeno-/proc/0/nido-binary");
  fixRoot(runtime);
  assertEquals(new TextDecoder().decode(runtime), "ddeno-/proc/0/nido-binary");
});

Deno.test("fixRoot() says why it cannot", () => {
  assertThrows(() => fixRoot(bytes("deno-compile")), Error, "nowhere");
  assertThrows(() => fixRoot(bytes("deno-compile-deno-compile-")), Error, "more than once");
});
