import { assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli";

// These hold with JSR's @std/cli as with the stand-in: the import map decides which one runs.

type Options = Parameters<typeof parseArgs>[1];

const CASES: readonly [line: string[], options: Options, expected: Record<string, unknown>][] = [
  [["--foo", "--bar=baz", "./q.txt"], {}, { foo: true, bar: "baz", _: ["./q.txt"] }],
  [["--foo", "bar", "5"], {}, { foo: "bar", _: [5] }],
  [["5", "0x10", "1e3", "", " "], {}, { _: [5, 16, 1000, "", " "] }],
  [["5"], { string: "_" }, { _: ["5"] }],
  [["--n=5", "--m", "6"], { string: ["n"] }, { n: "5", m: 6, _: [] }],
  [["--foo", "bar"], { boolean: ["foo", "no"] }, { foo: true, no: false, _: ["bar"] }],
  [["--foo=false", "--bar", "true"], { boolean: ["foo", "bar"] }, { foo: false, bar: true, _: [] }],
  [["--foo", "--bar"], { string: ["foo"] }, { foo: "", bar: true, _: [] }],
  [["--foo", "-x"], {}, { foo: true, x: true, _: [] }],
  [["-abc"], {}, { a: true, b: true, c: true, _: [] }],
  [["-n5", "-o=file", "-x", "y"], {}, { n: 5, o: "file", x: "y", _: [] }],
  [["-d/tmp", "-m=a=b"], {}, { d: "/tmp", m: "a=b", _: [] }],
  [["-f", "x"], { alias: { file: "f" } }, { f: "x", file: "x", _: [] }],
  [["--file", "x"], { alias: { f: ["file", "F"] } }, { f: "x", file: "x", F: "x", _: [] }],
  [["-q"], { boolean: ["quiet"], alias: { quiet: "q" } }, { q: true, quiet: true, _: [] }],
  [["a"], { default: { target: "x", n: 3 } }, { target: "x", n: 3, _: ["a"] }],
  [["--n", "4"], { default: { n: 3 } }, { n: 4, _: [] }],
  [["-v", "run", "-v"], { stopEarly: true, boolean: ["v"] }, { v: true, _: ["run", "-v"] }],
  [["a", "--", "-b"], {}, { _: ["a", "-b"] }],
  [["a", "--", "-b"], { "--": true }, { _: ["a"], "--": ["-b"] }],
  [["--e", "1", "--e=2"], { collect: ["e"], string: ["e"] }, { e: ["1", "2"], _: [] }],
  [["a"], { collect: ["e"], string: ["e"] }, { e: [], _: ["a"] }],
  [["--e", "1", "--e", "2"], {}, { e: 2, _: [] }],
  [["--no-net"], { boolean: ["net"], negatable: ["net"] }, { net: false, _: [] }],
  [["--no-net"], {}, { "no-net": true, _: [] }],
  [["-"], {}, { _: ["-"] }],
];

for (const [line, options, expected] of CASES) {
  Deno.test(`parseArgs() reads ${JSON.stringify(line)} with ${JSON.stringify(options)}`, () => {
    assertEquals<unknown>(parseArgs(line, options), expected);
  });
}

Deno.test("parseArgs() hands what is not declared to unknown(), which may drop it", () => {
  const seen: unknown[] = [];
  const unknown = (...call: unknown[]) => seen.push(call) < 0 || call[1] === "keep";
  const result = parseArgs(["--keep=1", "--drop", "x", "y", "--known"], {
    boolean: ["known"],
    unknown,
  });
  assertEquals<unknown>(result, { keep: 1, known: true, _: [] });
  assertEquals(seen, [["--keep=1", "keep", "1"], ["--drop", "drop", "x"], ["y"]]);
});

Deno.test("parseArgs() gives declared options their types", () => {
  const args = parseArgs(["--output=x"], {
    boolean: ["force"],
    string: ["output", "target"],
    collect: ["include"],
    default: { output: "y" },
  });
  const force: boolean = args.force;
  const target: string | undefined = args.target;
  const output: string = args.output;
  assertEquals([force, target, output], [false, undefined, "x"]);
});
