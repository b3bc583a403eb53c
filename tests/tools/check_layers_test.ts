import { assertEquals } from "@std/assert";
import { checkLayers } from "../../tools/check_layers.ts";

const check = (sources: Record<string, string>) => checkLayers(new Map(Object.entries(sources)));

Deno.test("checkLayers() accepts imports that go down or stay", () => {
  assertEquals(
    check({
      "cli.ts": 'await import("./cli/run.ts");',
      "cli/run.ts": 'import { a } from "../launch/plan.ts";\nimport { parseArgs } from "@std/cli";',
      "launch/plan.ts": 'export * from "./step.ts";\nimport type { E } from "../ffi/abi/errno.ts";',
      "mod.ts": 'export { a } from "./launch/plan.ts";',
      "tests/x_test.ts": 'import "../cli.ts";',
    }),
    [],
  );
});

Deno.test("checkLayers() refuses imports that go up or across", () => {
  assertEquals(
    check({
      "ffi/libc.ts": 'import { a } from "../launch/plan.ts";',
      "launch/run.ts": 'export { x } from "../inspect/x.ts";',
      "inspect/x.ts": 'const { y } = await import("../cli/y.ts");',
      "cli/y.ts": 'import {\n  z,\n} from "../mod.ts";',
      "cli.ts": 'import "./launch/run.ts";',
    }),
    [
      "ffi/libc.ts must not import launch/plan.ts",
      "launch/run.ts must not import inspect/x.ts",
      "inspect/x.ts must not import cli/y.ts",
      "cli/y.ts must not import mod.ts",
      "cli.ts must not import launch/run.ts",
    ],
  );
});

Deno.test("checkLayers() keeps the library free of bare and remote imports", () => {
  assertEquals(
    check({
      "mod.ts": 'import "./launch/a.ts";',
      "launch/a.ts": 'import { b } from "../ffi/b.ts";',
      "ffi/b.ts": 'import { assert } from "@std/assert";',
      "ffi/unreached.ts": 'import "jsr:@std/cli";',
    }),
    ['ffi/b.ts is part of the library and must not import "@std/assert"'],
  );
});

Deno.test("checkLayers() keeps pure sources from Deno, comments aside", () => {
  assertEquals(
    check({
      "launch/plan.ts": "const pid = Deno.pid;",
      "launch/print.ts": '/** Not `Deno.pid`. */ // import "../cli/x.ts"\nconst a = "http://a";',
      "launch/run.ts": "Deno.pid;",
      "ffi/abi/sched.ts": "globalThis.Deno;",
    }),
    [
      "launch/plan.ts mentions Deno, but what it knows must come as arguments",
      "ffi/abi/sched.ts mentions Deno, but what it knows must come as arguments",
    ],
  );
});
