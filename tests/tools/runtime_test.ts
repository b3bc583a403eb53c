// What goes into the binary is what it is said to be.

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { exists } from "@std/fs";
import { copyRuntime, findRuntime, unpack } from "../../tools/runtime.ts";
import { requires } from "../requires.ts";

const TARGET = "x86_64-unknown-linux-gnu";

/** A ZIP archive with "denort", stored: 4 bytes "ELF!". */
const ARCHIVE = Uint8Array.from(
  atob(
    "UEsDBBQAAAAAAAAAIQBq+0QeBAAAAAQAAAAGAAAAZGVub3J0RUxGIVBLAQIUAxQAAAAAAAAAIQBq+0QeBAAAAAQAAAAG" +
      "AAAAAAAAAAAAAACAAQAAAABkZW5vcnRQSwUGAAAAAAEAAQA0AAAAKAAAAAAA",
  ),
  (char) => char.charCodeAt(0),
);

async function withStore(use: (store: string) => Promise<void>): Promise<void> {
  const store = await Deno.makeTempDir({ prefix: "nido-runtime-" });
  try {
    await use(store);
  } finally {
    await Deno.remove(store, { recursive: true });
  }
}

/** Runs where dl.deno.land has the archive, and github.com `sum`. */
async function withServers(sum: string | undefined, use: () => Promise<void>): Promise<void> {
  const fetchReally = globalThis.fetch;
  globalThis.fetch = (input) => {
    const { hostname, pathname } = new URL(`${input}`);
    assert(pathname.includes(`/v${Deno.version.deno}/denort-${TARGET}.zip`), pathname);
    if (hostname === "dl.deno.land") return Promise.resolve(new Response(ARCHIVE));
    assertEquals(hostname, "github.com");
    return Promise.resolve(new Response(sum, { status: sum === undefined ? 404 : 200 }));
  };
  try {
    await use();
  } finally {
    globalThis.fetch = fetchReally;
  }
}

const hexOf = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  Array.from(
    new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");

const NO_DENORT = { ignore: Deno.env.get("DENORT_BIN") !== undefined };

Deno.test(
  "a downloaded runtime is what its release's sum says",
  NO_DENORT,
  () =>
    withStore(async (store) => {
      const sum = `${await hexOf(ARCHIVE)}  denort-${TARGET}.zip\n`;
      await withServers(sum, async () => {
        const { denort, source } = await findRuntime(store, TARGET);
        assertEquals([await Deno.readTextFile(denort), source], ["ELF!", "dl.deno.land"]);
      });
    }),
);

Deno.test(
  "a downloaded runtime with another sum is not kept",
  NO_DENORT,
  () =>
    withStore(async (store) => {
      const sum = `${await hexOf(ARCHIVE.slice(1))}  denort-${TARGET}.zip\n`;
      await withServers(sum, async () => {
        const { message } = await assertRejects(() => findRuntime(store, TARGET), Error);
        assertStringIncludes(
          message,
          "its SHA-256 is not that of https://github.com/denoland/deno/",
        );
      });
      assertEquals(Array.from(Deno.readDirSync(store)), []);
    }),
);

Deno.test(
  "a package of npm with another hash is not unpacked",
  requires({ programs: ["npm", "node", "tar"] }),
  () =>
    withStore(async (store) => {
      await Deno.mkdir(`${store}/source`);
      const manifest = JSON.stringify({ name: "some", version: "1.0.0", files: ["a"] });
      await Deno.writeTextFile(`${store}/source/package.json`, manifest);
      await Deno.writeTextFile(`${store}/source/a`, "a");
      const packed = { name: `${store}/source`, file: "package/a", integrity: "sha512-AAAA" };
      await assertRejects(() => unpack(store, packed), Error, "its bytes are not those of sha512-");
      assertEquals(await exists(`${store}/package/a`), false);
    }),
);

Deno.test("a runtime in which TMPDIR matters is not compiled with", () =>
  withStore(async (store) => {
    const denort = `${store}/denort`;
    await Deno.writeTextFile(denort, "no such text");
    const runtime = { deno: "deno", denort, source: "somewhere" };
    const { message } = await assertRejects(() => copyRuntime(runtime, `${store}/copy`), Error);
    assertStringIncludes(message, "below TMPDIR");
    assertStringIncludes(message, 'it has "deno-compile-" nowhere');
    assertEquals(await exists(`${store}/copy`), false);
  }));
