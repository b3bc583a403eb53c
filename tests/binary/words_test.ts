/** Arguments, names and variables reach a program byte for byte. */
import { assertMatch, assertStringIncludes } from "@std/assert";
import { isBinary, quote } from "../support/nido.ts";
import { assertUnseen } from "../support/observe.ts";
import { type Skip, skipFor } from "../support/skip.ts";

// The words' bytes are made by printf: Deno.Command knows only strings.
const ODD_WORDS =
  `'' 'a b' "$(printf 'x\\377\\376\\200')" "$(printf 'one\\ntwo')" '--help' -- '' "$(printf '\\303\\244')" '*' '$HOME' "'"`;

/** From source, Deno 2.4 itself refuses arguments that are not UTF-8. */
function requiresBytes(): Skip {
  const script = `${quote([Deno.execPath(), "eval", "--no-config", "0"])} "$(printf '\\377')"`;
  const given = isBinary || new Deno.Command("sh", { args: ["-c", script] }).outputSync().success;
  const what = `a Deno that takes arguments that are not UTF-8, this is ${Deno.version.deno}`;
  return skipFor(given ? [] : [{ what, forGood: true }]);
}

const BYTES = requiresBytes();

Deno.test("arguments reach the program byte for byte", BYTES, async () => {
  const plain = await assertUnseen("", `sh -c 'cat /proc/$$/cmdline; :' ${ODD_WORDS}`);
  assertStringIncludes(
    plain,
    "\0\0a b\0x\xff\xfe\x80\0one\ntwo\0--help\0--\0\0\xc3\xa4\0*\0$HOME\0'\0",
  );
});

Deno.test("a program's name may be bytes that are no UTF-8", BYTES, async () => {
  const folder = Deno.makeTempDirSync({ prefix: "nido-name-" });
  try {
    const setup =
      `cd ${folder}; name=$(printf 'p\\377'); printf '#!/bin/sh\\necho ran $0\\n' >"$name"; chmod +x "$name"; PATH=$PATH:$PWD`;
    const plain = await assertUnseen(setup, `"$name"`);
    assertMatch(plain, /^ran .*p\xff\nstatus 0/);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("the environment reaches the program byte for byte, in order", async () => {
  const kept = ["PATH", "HOME", "DENO_DIR"].filter((name) => Deno.env.has(name));
  const variables =
    `B=2 A=1 'EMPTY=' 'a-b.c=x' "RAW=$(printf 'x\\377\\376')" "LINES=$(printf 'one\\ntwo')" 'IFS=:' 'LD_BIND_NOW=1' '=odd=1'`;
  const plain = await assertUnseen("", "cat /proc/self/environ", {
    prefix: `env -i ${kept.map((name) => `"${name}=$${name}"`).join(" ")} ${variables}`,
  });
  assertStringIncludes(plain, "B=2\0A=1\0EMPTY=\0a-b.c=x\0RAW=x\xff\xfe\0LINES=one\ntwo\0IFS=:\0");
});
