// SELinux labels, which this machine may have none of.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { requires } from "../../requires.ts";
import { EVERYBODY, inRoot } from "../root/making.ts";
import { callsOf, problemsIn, PURE } from "../specs.ts";

Deno.test("a label has no NUL byte, and is set before the root is another", PURE, () => {
  assertEquals(problemsIn({ execLabel: "a\0" }), ["execLabel | execLabel: contains a NUL byte"]);
  const calls = callsOf({ fileLabel: "l", newRoot: [] });
  const [label, root] = ["attr/fscreate", "pivot_root"].map((name) =>
    calls.findIndex((call) => call.includes(name))
  );
  assertEquals(label! >= 0 && label! < root!, true);
});

const hasSelinux = (() => {
  try {
    return Deno.statSync("/sys/fs/selinux/enforce").isFile;
  } catch {
    return false;
  }
})();

for (const who of EVERYBODY) {
  Deno.test(
    `as ${who}: a label is refused where there is no SELinux`,
    requires({ userNamespaces: true }),
    async () => {
      if (hasSelinux) return console.log("not tried: this machine has SELinux");
      for (const asked of [{ execLabel: "a" }, { fileLabel: "a" }]) {
        const { code, stdout, stderr } = await inRoot([], "echo begun", { who, asked });
        assertEquals([code, stdout], [1, ""]);
        assertStringIncludes(stderr, "labeling not supported on this system\n");
      }
    },
  );
}
