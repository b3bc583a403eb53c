import { assertEquals } from "@std/assert";
import { type Bytes, decode, encode } from "../../ffi/bytes.ts";
import { candidates } from "../../launch/steps/search.ts";
import { callsOf, PURE } from "./specs.ts";

// As execvp(3) of glibc looks.
const CANDIDATES: readonly (readonly [string, Bytes, Bytes | undefined, readonly string[]])[] = [
  ["every folder in turn", "ls", "/usr/bin:/bin", ["/usr/bin/ls", "/bin/ls"]],
  ["one folder", "ls", "/bin", ["/bin/ls"]],
  ["the default folders without PATH", "ls", undefined, ["/bin/ls", "/usr/bin/ls"]],
  ["the working directory for an empty PATH", "ls", "", ["ls"]],
  ["the working directory for empty entries", "ls", ":/bin::", ["ls", "/bin/ls", "ls", "ls"]],
  ["folders twice, as they are", "ls", "/bin:/bin/", ["/bin/ls", "/bin//ls"]],
  ["relative folders", "ls", "bin:.", ["bin/ls", "./ls"]],
  ["nowhere for a name with a slash", "./ls", "/bin", ["./ls"]],
  ["nowhere for an absolute name", "/x/ls", "/bin", ["/x/ls"]],
  ["nowhere for a name with a slash at its end", "ls/", "/bin", ["ls/"]],
  ["nowhere for an empty name", "", "/bin", [""]],
  ["folders and names that are not UTF-8", Uint8Array.of(0x61, 0xff), "/\udcfe:/b", [
    "/\udcfe/a\udcff",
    "/b/a\udcff",
  ]],
];

for (const [name, program, path, expected] of CANDIDATES) {
  Deno.test(`candidates(): ${name}`, PURE, () => {
    assertEquals(candidates(program, path).map((found) => decode(encode(found))), expected);
  });
}

const run = (asked: Parameters<typeof callsOf>[0]): string[] =>
  callsOf(asked).map((call) => call.replace("main: ", ""))
    .filter((call) => call.startsWith("execve("));

Deno.test("a program is tried in every folder of PATH, and then by the shell", PURE, () => {
  assertEquals(run({ program: "ls", argv: ["ls", "-l"] }), [
    'execve("<folder>/ls", ["ls", "-l"], <environ>)',
    'execve("/bin/sh", ["/bin/sh", <path>, "-l"], <environ>)',
  ]);
});

Deno.test("a shell is neither searched nor run by the shell", PURE, () => {
  assertEquals(run({ program: "zsh", argv: ["-zsh"], search: false }), [
    'execve("zsh", ["-zsh"], <environ>)',
  ]);
});

Deno.test("a program is searched in the PATH that it is given", PURE, () => {
  const paths = (asked: Parameters<typeof callsOf>[0]) =>
    run({ program: "ls", argv: ["ls"], ...asked }).map((call) => call.split('"')[1]);
  assertEquals(paths({ env: { PATH: "/a:/b" } }), ["/a/ls", "/b/ls", "/bin/sh"]);
  assertEquals(paths({ clearEnv: true, env: { PATH: "/a" } }), ["/a/ls", "/bin/sh"]);
});
