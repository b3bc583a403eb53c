/**
 * Runs the library's tests on the oldest Deno that it supports, and on the last of each minor
 * version since: `./dev versions [PATH...]`. What is not there yet npm fetches into .deno/.
 *
 * @module
 */

import { ensureDir, exists } from "@std/fs";
import { unpack } from "./runtime.ts";

const ROOT = decodeURI(new URL("..", import.meta.url).pathname);
const STORE = `${ROOT}.deno`;

/** With the package's hash, as `npm view @deno/linux-x64-glibc@VERSION dist.integrity` says it. */
const VERSIONS = {
  "2.4.0":
    "sha512-Mm05VuqqSm/hjYIN7pHgLLQ7Z9Zab5I9XZH1qOOnhv2p5awcoG7D+2fQcSPXTxx9+C17tFvDSl3U/QhHVfaXZA==",
  "2.5.7":
    "sha512-GG75izCnjjDRcKCwx8ri6yy738tQTvvgfvEVg7lWENvPeFoOt3/PaqHp+u+/pbtaDGY49fr8YDZSO9q4aqJbuA==",
  "2.6.8":
    "sha512-oY6qIbyrEHt+rzk7oHJ8KZgJ3mOQ1econRWcXlm/wOXORVDn7l9rEoY0vlOf4Qvv22tPTD5Jn1bxm6WBZBXmog==",
  "2.7.14":
    "sha512-AU+e9UrCwnfA94Yr/UrAzp5ALCkJyihUPQ5jhrWn9DCSTr/ctI41TVs9P5fEsClRMIrKyJ/zTWJpuJxlzRNoTw==",
  "2.8.3":
    "sha512-73K6NpAFfGyEJ84nSSPECKilO1+gaEnNU90p/ebluWJBUFJ3HfpUgRxjG6hNXhVLuGDmp0u+2C00Cz6lbW4X+A==",
} as const;

/** The tests of what a script sees of the library: types, launches, sanitizers. */
const TESTS = [
  "tests/library",
  "tests/mod_test.ts",
  "tests/command/kill_test.ts",
  "tests/examples",
];
/** Of the oldest, which has the most that is missing. */
const TESTS_OF_OLDEST = [
  "tests/library",
  "tests/mod_test.ts",
  "tests/command",
  "tests/inspect",
  "tests/examples",
];

const COUNTS = ["passed", "failed", "skipped"] as const;

/** The Deno of a version. @throws {Error} if npm has it not, or with another hash. */
async function denoOf(version: keyof typeof VERSIONS): Promise<string> {
  const folder = `${STORE}/deno-${version}`;
  const deno = `${folder}/deno`;
  if (await exists(deno)) return deno;
  if (Deno.build.arch !== "x86_64") throw new Error("The hashes of Deno are known for x86-64 only");
  console.error(`versions: fetching Deno ${version} from npm into ${STORE}`);
  await ensureDir(STORE);
  const work = await Deno.makeTempDir({ dir: STORE, prefix: "deno-new-" });
  try {
    const name = `@deno/linux-x64-glibc@${version}`;
    await unpack(work, { name, integrity: VERSIONS[version], file: "package/deno" });
    await Deno.chmod(`${work}/package/deno`, 0o755);
    await Deno.chmod(`${work}/package`, 0o755);
    await Deno.rename(`${work}/package`, folder);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
  return deno;
}

/** Runs tests on a Deno, and gives the last line that they print. */
async function test(deno: string, paths: readonly string[]): Promise<string> {
  const child = new Deno.Command(`${ROOT}dev`, {
    args: ["test", ...paths],
    env: { DENO: deno },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  let output = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    await Deno.stdout.write(new TextEncoder().encode(part));
    output += part;
  }
  await child.status;
  return output.trimEnd().split("\n").at(-1)!;
}

async function main(paths: readonly string[]): Promise<number> {
  const sums = { passed: 0, failed: 0, skipped: 0 };
  const versions = Object.keys(VERSIONS) as (keyof typeof VERSIONS)[];
  for (const version of versions) {
    console.log(`== Deno ${version}`);
    const usual = version === versions[0] ? TESTS_OF_OLDEST : TESTS;
    const summary = await test(await denoOf(version), paths.length > 0 ? paths : usual);
    const ended = /^\d+ passed/.test(summary);
    if (!ended) sums.failed++;
    for (const what of COUNTS) {
      sums[what] += Number(summary.match(`(\\d+) ${what}`)?.[1] ?? 0);
    }
  }
  console.log(COUNTS.map((what) => `${sums[what]} ${what}`).join(", "));
  return sums.failed === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
