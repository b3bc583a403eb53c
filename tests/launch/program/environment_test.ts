import { assertEquals } from "@std/assert";
import { requires } from "../../requires.ts";
import { EVERYBODY, seenIn, SHELL } from "../root/making.ts";
import { type Asked, problemsIn, PURE } from "../specs.ts";
import { withFolder } from "../../support/folder.ts";

const NEEDS = requires({ userNamespaces: true });

Deno.test("what no variable is called is refused, with its path", PURE, () => {
  const environment = [{ unset: "A=B" }, { set: "", value: "x" }, { set: "A", value: "\0" }];
  assertEquals(problemsIn({ environment }), [
    "environment[0] | environment[0]: not a name of a variable: 'A=B'",
    "environment[1] | environment[1]: not a name of a variable: ''",
    "environment[2] | environment[2]: contains a NUL byte",
  ]);
  assertEquals(problemsIn({ environment: [{}] as never }).length > 0, true);
});

/** What a script prints that starts in a folder, with these variables. */
function seen(asked: Asked, script: string, cwd = "/", env: Record<string, string> = {}) {
  return seenIn([...SHELL, { kind: "dir", destination: "/home/of" }], script, {
    who: EVERYBODY[0]!,
    bare: true,
    cwd,
    env,
    asked,
  });
}

Deno.test("edits of the environment are one after the other", NEEDS, async () => {
  const script = 'echo "${A-none} ${B-none} ${C-none} ${D-none}"';
  const of = (environment: Asked["environment"]) =>
    seen({ environment: environment! }, script, "/", { A: "1", B: "2" });
  assertEquals(await of([]), "1 2 none none\n");
  assertEquals(await of([{ unset: "A" }, { set: "B", value: "x" }]), "none x none none\n");
  assertEquals(await of([{ set: "C", value: "" }, { set: "D", value: "a=b c" }]), "1 2  a=b c\n");
  assertEquals(await of([{ set: "A", value: "3" }, { unset: "A" }]), "none 2 none none\n");
  assertEquals(
    await of([{ set: "C", value: "3" }, { clear: true }, { set: "D", value: "4" }]),
    "none none none 4\n",
  );
});

Deno.test("hundreds of edits are one list", NEEDS, async () => {
  const environment = Array.from({ length: 500 }, (_, i) => ({ set: `V${i}`, value: `${i}` }));
  assertEquals(await seen({ environment }, 'echo "$V0 $V250 $V499"'), "0 250 499\n");
});

Deno.test("the program starts where the caller is, else in $HOME, else in /", NEEDS, async () => {
  const keepWd = true;
  const script = 'pwd; echo "$PWD"';
  assertEquals(await seen({ keepWd }, script, "/usr"), "/usr\n/usr\n");
  await withFolder(async (folder) => {
    const env = (HOME: string) => ({ HOME });
    assertEquals(await seen({ keepWd }, script, folder, env("/home/of")), "/home/of\n/home/of\n");
    assertEquals(await seen({ keepWd }, script, folder, env("/nope")), "/\n/\n");
    const environment = [{ set: "HOME", value: "/usr" }];
    assertEquals(await seen({ keepWd, environment }, script, folder, env("/nope")), "/usr\n/usr\n");
  });
  assertEquals(await seen({ keepWd, wd: "/home" }, script, "/usr"), "/home\n/home\n");
});
