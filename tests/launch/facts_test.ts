import { assertEquals, assertThrows } from "@std/assert";
import { SpecError } from "../../launch/errors.ts";
import { parsePasswd, parseRelease, parseSubids } from "../../launch/run/facts.ts";
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

Deno.test("parseSubids() takes the first line of a user, by name or by number", PURE, () => {
  const text = "root:1:2\nanne:5:6\n1000:300000:65536\nann:100000:65536\n";
  const find = (user: string, uid: number) => parseSubids(text, user, uid);
  assertEquals(find("ann", 1000), { start: 300000, count: 65536 });
  assertEquals(find("ann", 1001), { start: 100000, count: 65536 });
  assertEquals(find("an", 1), null);
  assertEquals(parseSubids("", "ann", 1000), null);
});

Deno.test("parseSubids() refuses the user's line if it is no range, and no other's", PURE, () => {
  for (
    const line of ["ann", "ann:", "ann:1", "ann:1:", "ann::5", "ann:x:5", "ann:5:x", "ann:1.5:2"]
  ) {
    const text = `bob:nonsense\n${line}\nann:1:2`;
    const error = assertThrows(() => parseSubids(text, "ann", 1000), SpecError);
    assertEquals(error.problems.map(({ path }) => path), ["mapUsers"], line);
    assertEquals(parseSubids(text, "eve", 7), null);
  }
});

Deno.test("parseRelease() takes the first two numbers of a kernel's version", PURE, () => {
  assertEquals(parseRelease("6.1.0-9-amd64\n"), [6, 1]);
  assertEquals(parseRelease("5.10"), [5, 10]);
  assertEquals(parseRelease("7.0-rc1"), [7, 0]);
  assertEquals(parseRelease(""), undefined);
  assertEquals(parseRelease("unknown"), undefined);
});
