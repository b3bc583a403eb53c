import { assertEquals } from "@std/assert";
import { parsePasswd, parseRelease } from "../../launch/run/facts.ts";
import { PURE } from "./specs.ts";

Deno.test("parsePasswd() leaves out lines that are no accounts", PURE, () => {
  const text =
    "root:x:0:0:root:/root:/bin/bash\n\n# comment\n+::::::\nann:x:1000:1001::/home/ann:\n" +
    "broken:x:5\nbob:x:7:8:Bob,,,:/:/bin/zsh";
  assertEquals(parsePasswd(text), [
    { name: "root", uid: 0, gid: 0, shell: "/bin/bash" },
    { name: "+", uid: 0, gid: 0, shell: "" },
    { name: "ann", uid: 1000, gid: 1001, shell: "" },
    { name: "bob", uid: 7, gid: 8, shell: "/bin/zsh" },
  ]);
  assertEquals(parsePasswd(""), []);
});

Deno.test("parseRelease() takes the first two numbers of a kernel's version", PURE, () => {
  assertEquals(parseRelease("6.1.0-9-amd64\n"), [6, 1]);
  assertEquals(parseRelease("5.10"), [5, 10]);
  assertEquals(parseRelease("7.0-rc1"), [7, 0]);
  assertEquals(parseRelease(""), undefined);
  assertEquals(parseRelease("unknown"), undefined);
});
