// A root by a Command, by a frozen file, and by a plan that is printed.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { imageOf } from "../../../engine/image.ts";
import { planSteps } from "../../../engine/print.ts";
import { verify } from "../../../engine/verify.ts";
import { frozenBytes } from "../../../launch/freeze.ts";
import { partsOf } from "../../../launch/request_file.ts";
import type { RootOperation } from "../../../launch/root/spec.ts";
import { Command, LaunchError } from "../../../mod.ts";
import { requires } from "../../requires.ts";
import { AS_USER, run } from "../../support/nido.ts";
import { planOf, PURE, specOf } from "../specs.ts";
import { SHELL } from "./making.ts";

const NEEDS = requires({ userNamespaces: true });

const binds = (count: number): RootOperation[] =>
  Array.from({ length: count }, (_, i) => ({
    kind: "ro-bind",
    source: `/source/number/${i}`,
    destination: `/destination/number/${i}`,
  }));

Deno.test("the steps of a root are as many for one operation as for two thousand", PURE, () => {
  const [one, many] = [1, 2000].map((count) => planOf({ newRoot: binds(count) }));
  assertEquals(many!.steps.length, one!.steps.length);
  verify(many!);
  const grown = imageOf(many!, "x86_64").length - imageOf(one!, "x86_64").length;
  // A record, and two texts.
  assert(grown < 1999 * (88 + 50), `${grown}`);
});

Deno.test("launches of a Command share an image, whatever the operations are", PURE, () => {
  const shapes = [0, 1, 100].map((count) => partsOf(specOf({ newRoot: binds(count) })).shape);
  assertEquals(shapes[1], shapes[0]);
  assertEquals(shapes[2], shapes[0]);
});

Deno.test("a plan without a root has no step of one", PURE, () => {
  const calls = planSteps(planOf({ namespaces: ["mnt"] })).map(({ call }) => call);
  assert(!calls.some((call) => /pivot_root|open_tree|umask/.test(call)));
});

Deno.test("a Command has a root as data, and the next one has another", NEEDS, async () => {
  const seen = async (...operations: RootOperation[]): Promise<string> => {
    const { code, stdout, stderr } = await new Command("/bin/sh", {
      args: ["-c", "cat /file; ls /"],
      mapRootUser: true,
      newRoot: [...SHELL, ...operations],
      stderr: "piped",
    }).output();
    const decoder = new TextDecoder();
    assertEquals([code, decoder.decode(stderr)], [0, ""]);
    return decoder.decode(stdout);
  };
  const file = (content: string | Uint8Array): RootOperation => ({
    kind: "file",
    destination: "/file",
    content,
  });
  const names = SHELL.map(({ destination }) => String(destination).slice(1));
  const listed = (...more: string[]) => [...names, ...more].sort().join("\n") + "\n";
  assertEquals(await seen(file("one\n")), `one\n${listed("file")}`);
  const large = "x".repeat(100_000) + "\n";
  assertEquals(
    await seen({ kind: "dir", destination: "/dir" }, file(new TextEncoder().encode(large))),
    large + listed("dir", "file"),
  );
});

Deno.test("a Command says which operation has failed, and on what", NEEDS, async () => {
  const command = new Command("/bin/true", {
    mapRootUser: true,
    newRoot: [...SHELL, { kind: "bind", source: "/no/such/file", destination: "/x" }],
  });
  const error = await (async () => await command.output())().then(() => {}, (error) => error);
  assert(error instanceof LaunchError);
  assertEquals([error.code, error.path], ["ENOENT", "/no/such/file"]);
  assertStringIncludes(error.message, `operation ${SHELL.length + 1}, bind: cannot open source`);
});

Deno.test("a root can be frozen", NEEDS, async () => {
  const spec = specOf({
    program: "/bin/sh",
    argv: ["sh", "-c", 'cat /file; echo "$@"', "sh"],
    mapUser: 0,
    mapGroup: 0,
    newRoot: [...SHELL, { kind: "file", destination: "/file", content: "frozen\n" }],
  });
  const path = Deno.makeTempFileSync({ prefix: "nido-image-" });
  try {
    Deno.writeFileSync(path, frozenBytes(spec, Deno.build.arch as "x86_64"));
    Deno.chmodSync(path, 0o755);
    const { stdout, stderr, code } = await run([...AS_USER, path, "a", "b"]);
    assertEquals({ stdout, stderr, code }, { stdout: "frozen\na b\n", stderr: "", code: 0 });
  } finally {
    Deno.removeSync(path);
  }
});
