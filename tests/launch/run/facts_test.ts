import { assertEquals } from "@std/assert";
import { parsePasswd } from "../../../launch/run/facts.ts";
import { PURE } from "../specs.ts";

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
