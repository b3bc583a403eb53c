import { assertEquals } from "@std/assert";
import { checkLayers } from "../../tools/check_layers.ts";
import { type Layers, topsOf } from "../../tools/layers.ts";

const check = (sources: Record<string, string>, layers?: Layers) =>
  checkLayers(new Map(Object.entries(sources)), layers);

Deno.test("checkLayers() accepts imports that go down or stay", () => {
  assertEquals(
    check({
      "cli.ts": 'await import("./cli/some.ts");',
      "cli/some.ts":
        'import { a } from "../launch/compile.ts";\nimport { parseArgs } from "@std/cli";',
      "launch/compile.ts": 'export * from "./steps/x.ts";\nimport "./net/steps.ts";',
      "launch/ids/x.ts":
        'import type { E } from "../../ffi/abi/errno.ts";\nimport "../spec.ts";\nimport "../hints/x.ts";',
      "launch/net/steps.ts": 'import "./hints.ts";\nimport "./spec.ts";\nimport "../steps/x.ts";',
      "mod.ts": 'export { a } from "./launch/compile.ts";',
      "tests/x_test.ts": 'import "../cli.ts";',
    }),
    [],
  );
});

Deno.test("checkLayers() refuses imports that go up or across", () => {
  assertEquals(
    check({
      "ffi/libc.ts": 'import { a } from "../launch/spec.ts";',
      "launch/run/x.ts": 'export { x } from "../../inspect/x.ts";',
      "inspect/x.ts": 'const { y } = await import("../cli/y.ts");',
      "cli/y.ts": 'import {\n  z,\n} from "../mod.ts";',
      "cli.ts": 'import "./launch/run/x.ts";',
    }),
    [
      "ffi/libc.ts must not import launch/spec.ts",
      "launch/run/x.ts must not import inspect/x.ts",
      "inspect/x.ts must not import cli/y.ts",
      "cli/y.ts must not import mod.ts",
      "cli.ts must not import launch/run/x.ts",
    ],
  );
});

function importOf(from: string, to: string, kind = "import"): string {
  return `${kind} { x } from "${"../".repeat(from.split("/").length - 1)}${to}";`;
}

/** What goes up or across within a folder of the top. */
const REFUSED = [
  ["launch/compile.ts", "launch/run/exec.ts"],
  ["launch/ids/x.ts", "launch/run/exec.ts"],
  ["launch/ids/x.ts", "launch/compile.ts"],
  ["launch/ids/x.ts", "ffi/syscall.ts"],
  ["launch/spec.ts", "launch/ids/x.ts"],
  ["launch/ids/hints.ts", "launch/ids/x.ts"],
  ["launch/net/spec.ts", "launch/net/steps.ts"],
  ["launch/net/check.ts", "launch/net/hints.ts"],
  ["launch/net/hints.ts", "launch/net/steps.ts"],
  ["launch/net/steps.ts", "launch/compile.ts"],
  ["launch/net/other.ts", "launch/probe/probes.ts"],
  ["engine/x.ts", "launch/compile.ts"],
  ["engine/show/x.ts", "launch/spec.ts"],
  ["engine/x.ts", "ffi/libc.ts"],
  ["engine/x.ts", "ffi/abi/namespaces.ts"],
  ["cli/x.ts", "launch/ids/x.ts"],
  ["cli/x.ts", "command/x.ts"],
  ["cli/parse.ts", "ffi/file.ts"],
  ["cli/unshare/x.ts", "ffi/syscall.ts"],
  ["cli/meanings.ts", "launch/run/facts.ts"],
  ["cli/nsenter.ts", "cli/launching.ts"],
  ["command/x.ts", "launch/ids/x.ts"],
  ["ffi/abi/x.ts", "ffi/libc.ts"],
  ["ffi/machine/x.ts", "ffi/machine/code_page.ts"],
  ["ffi/libc.ts", "ffi/primitives/x.ts"],
] as const;

for (const [from, to] of REFUSED) {
  Deno.test(`checkLayers() refuses ${from} -> ${to}`, () => {
    for (const kind of ["import", "import type", "export"]) {
      assertEquals(check({ [from]: importOf(from, to, kind) }), [`${from} must not import ${to}`]);
    }
  });
}

Deno.test("checkLayers() keeps the library free of bare and remote imports", () => {
  assertEquals(
    check({
      "mod.ts": 'import "./inspect/a.ts";',
      "inspect/a.ts": 'import { b } from "../ffi/b.ts";',
      "ffi/b.ts": 'import { assert } from "@std/assert";\nimport "node:fs";',
      "ffi/unreached.ts": 'import "jsr:@std/cli";',
    }),
    ['ffi/b.ts is part of the library and must not import "@std/assert"'],
  );
});

const IMPURE: Record<string, string> = {
  "const pid = Deno.pid;": "Deno",
  "globalThis.Deno;": "globalThis",
  "const now = Date.now();": "Date",
  "const now = new Date();": "Date",
  "performance.now();": "performance",
  "const n = Math.random();": "Math.random",
  "crypto.getRandomValues(x);": "crypto",
  "setTimeout(f, 1);": "setTimeout",
  "const a = `${Deno.pid}`;": "Deno",
};

for (const [source, mentioned] of Object.entries(IMPURE)) {
  Deno.test(`checkLayers() keeps pure code from: ${source}`, () => {
    for (
      const path of [
        "launch/compile.ts",
        "launch/net/spec.ts",
        "engine/x.ts",
        "ffi/abi/x.ts",
        "cli/parse.ts",
      ]
    ) {
      assertEquals(check({ [path]: source }), [
        `${path} mentions ${mentioned}, but what it knows must come as arguments`,
      ]);
    }
    assertEquals(check({ "launch/run/x.ts": source, "inspect/x.ts": source }), []);
  });
}

Deno.test("checkLayers() keeps pure code from modules of others", () => {
  assertEquals(check({ "launch/ids/check.ts": 'import { readFileSync } from "node:fs";' }), [
    'launch/ids/check.ts is pure and must not import "node:fs"',
  ]);
});

Deno.test("checkLayers() takes neither comments nor texts for what is mentioned", () => {
  const source = '/** Not `Deno.pid`. */ // import "../cli/x.ts"\n' +
    'const a = "http://a Date"; const b = x.performance; x.Date();';
  assertEquals(check({ "launch/ids/check.ts": source }), []);
});

Deno.test("checkLayers() refuses cycles, wherever they are and however long", () => {
  assertEquals(
    check({
      "cli/a.ts": 'import { b } from "./b.ts";',
      "cli/b.ts": 'await import("./map/c.ts");',
      "cli/map/c.ts": 'export * from "../a.ts";',
      "launch/ids/x.ts": 'import "./y.ts";',
      "launch/ids/y.ts": 'import "./x.ts";',
    }),
    [
      "a cycle: cli/a.ts -> cli/b.ts -> cli/map/c.ts -> cli/a.ts",
      "a cycle: launch/ids/x.ts -> launch/ids/y.ts -> launch/ids/x.ts",
    ],
  );
});

Deno.test("checkLayers() lets types of one layer need each other", () => {
  assertEquals(
    check({
      "engine/a.ts": 'import type { B } from "./b.ts";',
      "engine/b.ts": 'import { A } from "./a.ts";',
    }),
    [],
  );
});

Deno.test("checkLayers() keeps options out of the engine", () => {
  const option = 'const remedy = "leave --fork out";';
  assertEquals(check({ "engine/x.ts": option }), ["engine/x.ts mentions an option"]);
  assertEquals(check({ "engine/x.ts": "const a = `try --map-users`;" }), [
    "engine/x.ts mentions an option",
  ]);
  assertEquals(check({ "engine/x.ts": "// as --fork\nx--; --y;\nconst a = b --> 0;" }), []);
  assertEquals(check({ "launch/ids/hints.ts": option }), []);
});

Deno.test("checkLayers() refuses a table that leads up, or from what is pure to what is not", () => {
  const layers: Layers = {
    top: { of: ["a"], uses: ["middle"], isPure: true },
    middle: { of: ["b"], uses: ["top", "bottom"] },
    bottom: { of: ["c"], uses: ["bottom", "nowhere"] },
  };
  assertEquals(check({}, layers), [
    '"top" is pure and must not use "middle", which is not',
    '"middle" must not use "top": it is not further down',
    '"bottom" must not use "bottom": it is not further down',
    '"bottom" must not use "nowhere": it is not further down',
  ]);
});

Deno.test("checkLayers() knows a file by the path that names it most closely", () => {
  const layers: Layers = {
    all: { of: ["a"], uses: [] },
    each: { of: ["a/*/*"], uses: [] },
    named: { of: ["a/*/x.ts"], uses: [] },
    folder: { of: ["a/b"], uses: [] },
  };
  const isSame = (from: string, to: string): boolean =>
    check({ [from]: importOf(from, to) }, layers).length === 0;
  assertEquals(isSame("a/x.ts", "a/y.ts"), true);
  assertEquals(isSame("a/x.ts", "a/c/y.ts"), false);
  assertEquals(isSame("a/c/y.ts", "a/d/e/y.ts"), true);
  assertEquals(isSame("a/c/x.ts", "a/d/x.ts"), true);
  assertEquals(isSame("a/c/x.ts", "a/c/y.ts"), false);
  assertEquals(isSame("a/b/x.ts", "a/b/y.ts"), true);
  assertEquals(isSame("a/b/x.ts", "a/c/x.ts"), false);
});

Deno.test("topsOf() gives what a part is made of", () => {
  assertEquals(topsOf("command line").sort(), [
    "cli",
    "cli.ts",
    "engine",
    "ffi",
    "inspect",
    "launch",
  ]);
  assertEquals(topsOf("engine").sort(), ["engine", "ffi"]);
});
