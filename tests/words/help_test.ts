/** What commands say of themselves, and of words they do not know. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { speakerOf } from "../../cli/command.ts";
import { COMMANDS, isCommand } from "../../cli/commands.ts";
import { getopt } from "../../cli/getopt.ts";
import { helpText, optionsHelp, wrap } from "../../cli/manual/text.ts";
import { requires } from "../requires.ts";
import { NIDO, quote, run, shell } from "../support/nido.ts";
import { nido, onTerminal } from "../cli/run_nido.ts";

const NAMES = Object.keys(COMMANDS);
const ROOT = decodeURI(new URL("../..", import.meta.url).pathname);

Deno.test("optionsHelp() has one column under headings for what options do", () => {
  const lines = optionsHelp([
    { long: "fork", short: "f", help: "run as a child", group: "Process" },
    { long: "kill-child", value: "optional", shown: "signame", help: "kill it; implies --fork" },
    { long: "an-option-of-some-length", value: "required", shown: "dir", help: "one\ntwo" },
    { long: "x", value: "required", help: "the last one", group: "Other" },
    { long: "y", help: "not the last", group: "Process" },
  ], 66);
  assertEquals(lines, [
    "",
    "Process:",
    " -f, --fork                     run as a child",
    "     --kill-child[=<signame>]   kill it; implies --fork",
    "     --an-option-of-some-length <dir>",
    "                                one two",
    "     --y                        not the last",
    "",
    "Other:",
    "     --x <value>                the last one",
  ]);
});

Deno.test("wrap() leaves a word that is too long on a line of its own", () => {
  assertEquals(wrap("a bb ccccccc d", 4), ["a bb", "ccccccc", "d"]);
});

for (const name of NAMES) {
  const manual = await COMMANDS[name]!.manual();

  Deno.test(`the help of ${name} has every option, and fits 80 columns and 50`, () => {
    for (const width of [80, 50]) {
      const text = helpText(name, manual, width);
      for (const { long } of manual.options) assertMatch(text, new RegExp(`--${long}\\b`));
      // Lines that are typed are not wrapped.
      const prose = text.split("\n").filter((line) => width === 80 || !line.startsWith(" nido "));
      assertEquals(prose.filter((line) => line.length > width), []);
    }
  });

  Deno.test(`the examples of ${name} are lines that the tables read`, async () => {
    for (const { line } of manual.examples) {
      assert(line.length <= 74, line);
      let words = line.replace(/ (\||>).*/, "").split(" ");
      for (;;) {
        assert(isCommand(words[0]!), line);
        const { options, operands: kind } = await COMMANDS[words[0]!]!.manual();
        const isOther = kind === "launching command" || kind === "explained command";
        const permute = kind !== "program" && !isOther;
        const { operands } = getopt(options, words.slice(1), { permute });
        if (!isOther || operands.length === 0) break;
        words = operands;
      }
    }
  });

  Deno.test(`nido ${name} --help and nido help ${name} print its help, and exit with 0`, async () => {
    const [asked, helped] = await Promise.all([nido([name, "--help"]), nido(["help", name])]);
    const expected = helpText(name, manual);
    assertEquals([asked.code, asked.stderr, asked.stdout], [0, "", expected]);
    assertEquals([helped.code, helped.stderr, helped.stdout], [0, "", expected]);
  });

  Deno.test(`nido ${name} refuses an option that it does not know, and points to --help`, async () => {
    const { code, stdout, stderr } = await nido([name, "--no-such-thing"]);
    const { name: spoken, status, isTerse } = speakerOf(name);
    const isExact = name === "run" || name === "bwrap";
    assertEquals([code, stdout], [status, ""]);
    assertEquals(stderr.split("\n"), [
      `${spoken}: ${isExact ? "Unknown option " : "unrecognized option '"}--no-such-thing` +
      `${isExact ? "" : "'"}`,
      ...isTerse ? [] : [`Try '${spoken} --help' for more information.`],
      "",
    ]);
  });
}

Deno.test("the help of bwrap begins with the usage that programs look for", async () => {
  const { stdout } = await nido(["bwrap", "--help"]);
  assertMatch(stdout, /^usage: (nido )?bwrap \[options\]/);
});

Deno.test("nido run without a program says what is missing, and bwrap as bwrap(1) only its usage", async () => {
  const [run, bwrap] = await Promise.all([
    nido(["run", "--setenv", "A", "true"]),
    nido(["bwrap", "--setenv", "A", "true"]),
  ]);
  assertEquals([run.code, run.stderr.split("\n")], [125, [
    "nido run: which program is to be run?",
    "usage: nido run [options] [--] <program> [<argument>...]",
    "Try 'nido run --help' for more information.",
    "",
  ]]);
  assertEquals([bwrap.code, bwrap.stderr.split("\n").slice(0, 1)], [1, [
    "usage: bwrap [options] [--] <program> [<arg>...]",
  ]]);
});

Deno.test("nido --help, -h and help list all commands", async () => {
  const texts = await Promise.all([["--help"], ["-h"], ["help"]].map((words) => nido(words)));
  for (const { code, stdout, stderr } of texts) {
    assertEquals([code, stderr, stdout], [0, "", texts[0]!.stdout]);
    for (const name of NAMES) assertStringIncludes(stdout, `\n ${name} `);
    assertEquals(stdout.split("\n").filter((line) => line.length > 80), []);
  }
});

Deno.test("nido without a word prints its help as an error", async () => {
  const [{ code, stdout, stderr }, help] = await Promise.all([nido([]), nido(["--help"])]);
  assertEquals([code, stdout, stderr], [1, "", help.stdout]);
});

Deno.test("nido --version and -V print one line", async () => {
  for (const word of ["--version", "-V"]) {
    const { code, stdout } = await nido([word]);
    assertEquals(code, 0);
    assertMatch(stdout, /^nido \d+\.\d+\.\d+\n$/);
  }
});

Deno.test("nido help --json gives what --help says", async () => {
  const { commands } = JSON.parse((await nido(["help", "--json"])).stdout);
  assertEquals(commands.map(({ name }: { name: string }) => name), NAMES);
  const one = JSON.parse((await nido(["help", "-J", "lsns"])).stdout).commands;
  const { options, examples, description } = await COMMANDS.lsns!.manual();
  assertEquals([one.length, one[0].name], [1, "lsns"]);
  assertEquals(
    [one[0].options, one[0].examples, one[0].description],
    [options, examples, description],
  );
  // What an option means to a launch is nido's own affair.
  type Shown = { options: readonly Record<string, unknown>[] };
  const keys = new Set(commands.flatMap(({ options }: Shown) => options.flatMap(Object.keys)));
  assertEquals([keys.has("long"), keys.has("means")], [true, false]);
});

const SLIPS: readonly (readonly [words: string[], first: string])[] = [
  [["unshrae"], "nido: there is no command 'unshrae'; did you mean 'unshare'?"],
  [["ls"], "nido: there is no command 'ls'; did you mean 'lsns'?"],
  [["version"], "nido: there is no command 'version'; did you mean '--version'?"],
  [["bash"], "nido: there is no command 'bash'"],
  [["a\x1bb"], "nido: there is no command 'a\\x1bb'"],
  [["--hlep"], "nido: unrecognized option '--hlep'; did you mean '--help'?"],
  [["-Ur", "sh"], "nido: unrecognized option '-Ur'; did you mean 'nido unshare -Ur sh'?"],
  [
    ["help", "unshar"],
    "nido help: there is no command 'unshar'; did you mean 'unshare'?",
  ],
  [
    ["completions", "bsh"],
    "nido completions: no completions for 'bsh'; there are bash, zsh, fish; did you mean 'bash'?",
  ],
  [
    ["explain", "unshrae", "true"],
    "nido explain: 'unshrae' launches no program: there is nothing to explain; did you mean 'unshare'?",
  ],
  [
    ["unshare", "--mount-porc", "true"],
    "unshare: unrecognized option '--mount-porc'; did you mean '--mount-proc'?",
  ],
  [
    ["unshare", "-mount-proc", "true"],
    "unshare: invalid option -- 'o'; did you mean '--mount-proc'?",
  ],
  [
    ["unshare", "--propagation=privat", "true"],
    "unshare: unsupported propagation mode: privat; did you mean 'private'?",
  ],
  [
    ["unshare", "--kill-child=sigtrem", "true"],
    "unshare: unknown signal: sigtrem; did you mean 'SIGTERM'?",
  ],
  [["unshare", "--kill-child=15", "true"], "unshare: unknown signal: 15"],
  [
    ["unshare", "--setgroups=alow"],
    "unshare: unsupported --setgroups argument 'alow'; did you mean 'allow'?",
  ],
  [["lsns", "-t", "nett"], "lsns: unknown namespace type: nett; did you mean 'net'?"],
  [["lsns", "-o", "NS,COMAND"], "lsns: unknown column: COMAND; did you mean 'COMMAND'?"],
  [["lsns", "--tree=onwer"], "lsns: unknown tree type: onwer; did you mean 'owner'?"],
];

for (const [words, first] of SLIPS) {
  Deno.test(`nido ${JSON.stringify(words.join(" "))} is refused with a guess where one is near`, async () => {
    const { code, stdout, stderr } = await nido(words);
    assertEquals([code, stdout, stderr.split("\n")[0]], [1, "", first]);
  });
}

for (
  const [words, helped] of [
    [["explain", "unshare", "--frok"], "nido unshare"],
    [["explain", "run", "--bnid"], "nido run"],
    [["explain", "enter"], "nido enter"],
    [["explain", "--alll", "unshare"], "nido explain"],
    [["freeze", "-o", "x", "unshare", "--frok"], "nido unshare"],
    [["freeze", "unshare"], "nido freeze"],
  ] as const
) {
  Deno.test(`nido ${words.join(" ")} points to the help of ${helped}`, async () => {
    const { code, stderr } = await nido(words);
    assertEquals(
      [code, stderr.split("\n")[1]],
      [1, `Try '${helped} --help' for more information.`],
    );
  });
}

for (const [name, words] of [["help", ["help", "unshare"]], ["a plan", ["explain", "unshare"]]]) {
  Deno.test(`nobody has to read ${name} to its end`, async () => {
    const line = `${quote([...NIDO, ...words!])} | { read -r one; exec <&-; echo "got $one"; }`;
    const { stdout, stderr } = await shell(`set -o pipefail; ${line}`, [], { with: "bash" });
    assertMatch(stdout, /^got /);
    assertEquals(stderr, "");
  });
}

Deno.test("help is as wide as the terminal", requires({ programs: ["script"] }), async () => {
  const { stdout } = await onTerminal(["help", "unshare"], 60);
  const prose = stdout.replaceAll("\r", "").split("\n")
    .filter((line) => !line.startsWith(" nido "));
  assert(prose.length > 40, stdout);
  assertEquals(prose.filter((line) => line.length > 60), []);
});

interface ModuleInfo {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier: string };
    readonly isDynamic?: boolean;
  }[];
}

Deno.test("a launch loads no help, completions or man page", async () => {
  const entries = ["cli.ts", "cli/unshare.ts", "cli/launching.ts"].map((path) => ROOT + path);
  const loaded = new Set<string>();
  for (const entry of entries) {
    const { stdout } = await run([Deno.execPath(), "info", "--no-config", "--json", entry]);
    const modules: ModuleInfo[] = JSON.parse(stdout).modules;
    const waiting = [`file://${encodeURI(entry)}`];
    for (let next; (next = waiting.pop()) !== undefined;) {
      if (loaded.has(next)) continue;
      loaded.add(next);
      const { dependencies = [] } = modules.find(({ specifier }) => specifier === next)!;
      for (const { code, isDynamic } of dependencies) {
        if (code && !isDynamic) waiting.push(code.specifier);
      }
    }
  }
  assert(loaded.size > 10);
  const words = /\/cli\/(manual\/|completions|help|man\.|no_command|say_error|suggest)/;
  assertEquals([...loaded].filter((path) => words.test(path)), []);
});
