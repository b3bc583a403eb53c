/** What others name files, or set variables to, must not command the terminal that is told of it. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { requires } from "../requires.ts";
import { NIDO, run } from "../support/nido.ts";
import { startTarget } from "../support/target.ts";

/** Sets a window's title, forges a line, goes on as CSI in one byte, and turns the text round. */
const HOSTILE = "x\x1b]0;title\x07\nforged: line\u009b2J\u202e";
const SHOWN = "x\\x1b]0;title\\x07\\x0aforged: line\\xc2\\x9b2J\\xe2\\x80\\xae";

// deno-lint-ignore no-control-regex
const ACTS = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]|^forged/m;

const LINES: readonly (readonly string[])[] = [
  ["unshare", `/${HOSTILE}`],
  ["unshare", HOSTILE],
  ["unshare", `--root=/${HOSTILE}`, "true"],
  ["unshare", `--wd=/${HOSTILE}`, "true"],
  ["unshare", `--setuid=${HOSTILE}`, "true"],
  ["unshare", `--map-users=${HOSTILE}`, "true"],
  ["unshare", `--propagation=${HOSTILE}`, "true"],
  ["unshare", `--kill-child=${HOSTILE}`, "true"],
  ["unshare", `--${HOSTILE}`, "true"],
  ["unshare", `-\x1b`, "true"],
  ["nsenter", "-t", HOSTILE, "true"],
  ["nsenter", `--net=/${HOSTILE}`, "true"],
  ["lsns", "--filter", HOSTILE],
  ["lsns", "--filter", 'NS == "\x1b'],
  ["lsns", "-o", HOSTILE],
  ["lsns", "-t", HOSTILE],
  ["lsns", HOSTILE],
  ["who", `/${HOSTILE}`],
  ["who", "-t", HOSTILE, "1"],
  ["tree", HOSTILE],
  ["pid", HOSTILE],
  ["map", HOSTILE],
  ["map", `--color=${HOSTILE}`],
  ["map", "--svg", `/${HOSTILE}/x`],
  ["help", HOSTILE],
  ["completions", HOSTILE],
  ["doctor", HOSTILE],
  ["explain", HOSTILE],
  [HOSTILE],
  [`--${HOSTILE}`],
];

for (const words of LINES) {
  const shown = words.map((word) => word.replace(HOSTILE, "…").replace("\x1b", "ESC")).join(" ");
  Deno.test(`a terminal is safe from words that are wrong: nido ${shown}`, async () => {
    const { code, stdout, stderr } = await run([...NIDO, ...words]);
    assert(code !== 0);
    assertEquals(stdout, "");
    assertEquals(stderr.match(ACTS), null, JSON.stringify(stderr));
    if (words.join(" ").includes(HOSTILE)) assertStringIncludes(stderr, SHOWN);
  });
}

Deno.test("a terminal is safe from a plan that is printed", async () => {
  const words = ["unshare", "-m", `--root=/${HOSTILE}`, `/${HOSTILE}`, HOSTILE];
  for (const json of [[], ["--json"]]) {
    const { code, stdout } = await run([...NIDO, "explain", ...json, ...words]);
    assertEquals(code, 0);
    assertEquals(stdout.match(ACTS), null, JSON.stringify(stdout));
  }
});

Deno.test(
  "a terminal is safe from a target that names its shell",
  requires({ root: true, programs: ["unshare"] }),
  async () => {
    await using target = await startTarget("-u", { env: { SHELL: `/${HOSTILE}` } });
    const { code, stderr } = await run([...NIDO, "nsenter", "-t", `${target.pid}`, "-u", "-e"]);
    assertEquals(code, 127);
    assertStringIncludes(stderr, `nsenter: failed to execute /${SHOWN}: No such file`);
    assertEquals(stderr.match(ACTS), null, JSON.stringify(stderr));
  },
);
