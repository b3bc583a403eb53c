import { assertEquals, assertRejects } from "@std/assert";
import { unzip } from "../../tools/unzip.ts";

/** Made by Python's zipfile: "first", stored, and "denort", deflated, 500 times "ab"; and a comment. */
const ARCHIVE = Uint8Array.from(
  atob(
    "UEsDBBQAAAAAAPcEeF2zJE6WCAAAAAgAAAAFAAAAZmlyc3RhcyBpdCBpc1BLAwQUAAAACAD3BHhdSMXHVwwAAADo" +
      "AwAABgAAAGRlbm9ydEtMShyFo3AUDnMIAFBLAQIUAxQAAAAAAPcEeF2zJE6WCAAAAAgAAAAFAAAAAAAAAAAAAACA" +
      "AQAAAABmaXJzdFBLAQIUAxQAAAAIAPcEeF1IxcdXDAAAAOgDAAAGAAAAAAAAAAAAAACAASsAAABkZW5vcnRQSwUG" +
      "AAAAAAIAAgBnAAAAWwAAAAkAYSBjb21tZW50",
  ),
  (char) => char.charCodeAt(0),
);

Deno.test("unzip() gives the named file, packed or not", async () => {
  const text = async (name: string) => new TextDecoder().decode(await unzip(ARCHIVE, name));
  assertEquals(await text("first"), "as it is");
  assertEquals(await text("denort"), "ab".repeat(500));
});

Deno.test("unzip() refuses what it cannot read", async () => {
  await assertRejects(() => unzip(ARCHIVE, "missing"), Error, 'no "missing"');
  await assertRejects(() => unzip(ARCHIVE.slice(0, -40), "first"), Error, "no ZIP archive");
});
