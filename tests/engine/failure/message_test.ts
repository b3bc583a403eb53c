// How values are said in messages: escaped, quoted, cut off.

import { assertEquals } from "@std/assert";
import { ENOENT } from "../../../ffi/abi/errno.ts";
import { display, encode, UNSAFE_RANGES } from "../../../ffi/bytes.ts";
import { shellWord } from "../../../ffi/shell_word.ts";
import { Builder } from "../../../engine/builder.ts";
import { failureSteps } from "../../../engine/failure/steps.ts";
import { words } from "../../../engine/failure.ts";
import { verify } from "../../../engine/verify.ts";
import { runPlan } from "../../machine/run_image.ts";
import { native } from "./failing.ts";

Deno.test("what a message names that only the launch knows is said, and commands no terminal", async () => {
  const s = new Builder("main");
  const texts = ["plain", "a\x1b[31m\nb", "back\\slash \\x1b", "\u00fc", ""];
  const variables = texts.map((text) => s.variable("text", text));
  const number = s.variable("number", 4711);
  const message = [
    ...variables.flatMap((variable) => [{ string: variable }, "|"]),
    { number },
    "|",
    { path: "/a\x07b" },
  ];
  s.fail({ message, status: 3, hints: [{ why: words`it is ${{ number }}` }] }, ENOENT);
  failureSteps(s);
  const plan = s.plan("test");
  verify(plan);
  const { code, stderr } = await runPlan(plan, native);
  assertEquals([code, stderr], [
    3,
    "test: plain|a\\x1b[31m\\x0ab|back\\slash \\x5cx1b|\u00fc||4711|/a\\x07b: " +
    "No such file or directory\n  why:  it is 4711\n",
  ]);
});

Deno.test("what is no character, or may hide, is escaped as display() does, in any bytes", async () => {
  const edges = UNSAFE_RANGES.flatMap(([first, last]) => [first - 1, first, last, last + 1])
    .filter((point) => point > 0 && !(point >= 0xd800 && point < 0xe000));
  const texts = edges.map((point) => encode(`a${String.fromCodePoint(point)}b`));
  for (
    const lead of [0x80, 0xbf, 0xc0, 0xc1, 0xc3, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xf8, 0xff]
  ) {
    for (const second of [0x41, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf]) {
      texts.push(Uint8Array.of(lead, second), Uint8Array.of(lead, second, 0x80, 0xbf));
    }
  }
  const s = new Builder("main");
  const message = texts.flatMap((text) => [{ string: s.variable("text", text) }, "|"]);
  s.fail({ message, status: 3, hints: [] });
  failureSteps(s);
  const plan = s.plan("test");
  verify(plan);
  const want = texts.map((text) => `${display(text)}|`).join("");
  assertEquals((await runPlan(plan, native)).stderr, `test: ${want}\n`);
});

Deno.test("a string in a command is quoted as shellWord() does", async () => {
  const texts = [
    "/bin/sh",
    "a b;c",
    "it's",
    "",
    "a@%+=:,./-_Z9",
    "\u00fc",
    "\x1bff\x07g'\\h",
    "~",
    "$x",
  ];
  const s = new Builder("main");
  const remedy = texts.flatMap((text) => [
    { string: s.variable("text", text), isWord: true },
    " | ",
  ]);
  s.fail({ message: "refused", status: 3, hints: [{ remedy }] });
  failureSteps(s);
  const plan = s.plan("test");
  verify(plan);
  const want = texts.map((text) => `${shellWord(text)} | `).join("");
  assertEquals((await runPlan(plan, native)).stderr, `test: refused\n  try:  ${want}\n`);
});

Deno.test("of what is longer than a message may be the beginning is said", async () => {
  const s = new Builder("main");
  const long = s.variable("text", "x".repeat(70000));
  s.fail({ message: [{ string: long }], status: 3, hints: [] });
  failureSteps(s);
  const { code, stderr } = await runPlan(s.plan("test"), native);
  assertEquals([code, stderr], [3, "test: " + "x".repeat(65536 - 6)]);
});
