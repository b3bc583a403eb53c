/** What commands say where the world is not as usual: and never a JavaScript stack. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../cli/commands.ts";
import { speakerOf } from "../../cli/command.ts";
import { sayError } from "../../cli/say_error.ts";
import { requires } from "../requires.ts";
import { NIDO, type Outcome, run, shell } from "../support/nido.ts";
import { nido } from "../cli/run_nido.ts";

const SELF = String(Deno.pid);

/** Command lines that look into namespaces, and need nothing. */
const LOOKING: readonly (readonly string[])[] = [
  ["lsns"],
  ["tree"],
  ["map"],
  ["who", SELF],
  ["pid", SELF],
];

/** Command lines that print something: every command is among them. */
const PRINTING: readonly (readonly string[])[] = [
  ...LOOKING,
  ["doctor"],
  ...Object.keys(COMMANDS).map((name) => [name, "--help"]),
  ["unshare", "--version"],
  ["lsns", "--json"],
  ["lsns", "-H"],
  ["map", "--svg", "-"],
  ["explain", "unshare", "-Urpf", "--mount-proc", "true"],
  ["freeze", "-o", "-", "unshare", "true"],
  ["help"],
  ["man"],
  ["completions", "bash"],
  ["--help"],
  ["--version"],
];

const isStack = /Uncaught|^\s+at |\.ts:\d+:\d+\)?$|\.js:\d+:\d+\)?$/m;

/** Who speaks: commands that util-linux has do so by their name alone. */
const speaker = ([name = ""]: readonly string[]): string =>
  name.startsWith("-")
    ? "nido"
    : /^(lsns|unshare|nsenter|bwrap)$/.test(name)
    ? name
    : `nido ${name}`;

function assertNoStack({ stdout, stderr }: Outcome, about: string): void {
  assert(!isStack.test(stderr) && !isStack.test(stdout), `${about}: ${stderr}`);
}

const VARIABLES = ["LANG", "LC_ALL", "LC_CTYPE", "TERM", "NO_COLOR", "COLUMNS", "NIDO_X"];

for (const variables of [VARIABLES, ...VARIABLES.map((one) => [one])]) {
  const isAll = variables === VARIABLES;
  Deno.test(
    isAll
      ? "variables that are not UTF-8 disturb no command"
      : `a ${variables} that is not UTF-8 disturbs no command`,
    async () => {
      const set = variables.map((one) => `export ${one}="$(printf 'x\\377')"`).join("; ");
      const script = `unset LANG LC_ALL; ${set}; exec "$@"`;
      for (const words of isAll ? [...LOOKING, ["doctor"]] : [["map"]]) {
        const outcome = await shell(script, [...NIDO, ...words]);
        assertNoStack(outcome, words.join(" "));
        // In a container there may be two processes.
        assert(outcome.stdout.length > 20, `${words}: ${outcome.stderr}${outcome.stdout}`);
      }
    },
  );
}

Deno.test("an LC_ALL that is not UTF-8 is set nevertheless: LANG is not asked", async () => {
  const script = `LANG=C.UTF-8 LC_ALL="$(printf 'x\\377')" exec "$@"`;
  const { stdout } = await shell(script, [...NIDO, "map"]);
  assertMatch(stdout, /^[\n -~]+$/);
});

Deno.test("a disk that is full is said in one line, and the status is that of a failure", async () => {
  const outcomes = await Promise.all(
    PRINTING.map((words) => shell('exec "$@" >/dev/full', [...NIDO, ...words])),
  );
  for (const [i, { stderr, code }] of outcomes.entries()) {
    const words = PRINTING[i]!;
    assertEquals(
      [words, stderr, code],
      [
        words,
        `${speaker(words)}: write error: No space left on device\n`,
        speakerOf(words[0]!).status,
      ],
    );
  }
});

Deno.test("that standard error is full or closed is no reason to print a stack", async () => {
  for (const end of ["2>/dev/full", "2>&-"]) {
    const { stdout, code } = await shell(`"$@" ${end}`, [...NIDO, "lsns", "--nope"]);
    assertEquals([stdout, code], ["", 1]);
  }
});

/** … – → ⇄ and lines of boxes, as they are shown where others have named a process so. */
const OWN_SIGNS = /\\xe2\\x(80\\x(a6|93)|86\\x92|87\\x84|9[45])/;

Deno.test("without a UTF-8 locale everything that nido says is ASCII", async () => {
  const documents = ["map --svg -", "freeze -o - unshare true", "lsns --json"];
  const lines = PRINTING.filter((line) => !documents.includes(line.join(" ")));
  const [first, ...others] = ["C", "POSIX", "en_US.ISO-8859-1"];
  // All commands ask the same isUtf8() whether it is UTF-8.
  const cases = [
    ...lines.map((words) => [first!, words] as const),
    ...others.map((locale) => [locale, ["map"]] as const),
  ];
  for (const [LC_ALL, words] of cases) {
    const { stdout, stderr } = await nido(words, { env: { LC_ALL } });
    assertMatch(stdout + stderr, /^[\n -~]*$/, `${LC_ALL} ${words.join(" ")}`);
    assertEquals(OWN_SIGNS.test(stdout), false, `${LC_ALL} ${words.join(" ")}`);
  }
});

Deno.test("hints and failures are ASCII: a frozen program asks no locale", async () => {
  const folder = decodeURI(new URL("../../launch", import.meta.url).pathname);
  for await (const path of sources(folder)) {
    const code = (await Deno.readTextFile(path)).split("\n")
      .filter((line) => !/^\s*(\/?\*|\/\/)/.test(line)).map((line) => line.replace(/ \/\/ .*/, ""));
    assertEquals(code.filter((line) => /[^ -~]/.test(line)), [], path);
  }
});

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* sources(`${folder}/${name}`);
    else if (name.endsWith(".ts")) yield `${folder}/${name}`;
  }
}

/** What sayError() prints, and the status it gives. */
function saidOf(error: unknown): { status: number; lines: string[] } {
  const lines: string[] = [];
  const before = console.error;
  console.error = (line: string) => lines.push(line);
  try {
    return { status: sayError({ name: "nido map", status: 1 }, error), lines };
  } finally {
    console.error = before;
  }
}

Deno.test("what is unforeseen is one line with its kind and place, and how to report it", () => {
  const unforeseen: readonly unknown[] = [
    new TypeError("a\x1b[31m\nb"),
    new RangeError("Invalid array length"),
    new Deno.errors.InvalidData("not this"),
    "thrown text",
  ];
  for (const error of unforeseen) {
    const { status, lines } = saidOf(error);
    const kind = error instanceof Error ? error.name : "thrown text";
    assertEquals([status, lines.length], [1, 2]);
    assertStringIncludes(lines[0]!, `nido map: unforeseen ${kind}`);
    assertMatch(lines[0]!, /^[ -~]+ \(nido \d+\.\d+\.\d+(, words_test\.ts:\d+:\d+)?\)$/);
    assertMatch(lines[1]!, /^This is a bug of nido: please report that line/);
  }
  assertStringIncludes(saidOf(unforeseen[0]).lines[0]!, "words_test.ts");
});

Deno.test(
  "a permission that nido was not given is said without a stack",
  requires({ binary: false }),
  async () => {
    const [deno, ...rest] = NIDO;
    const words = rest.map((word) => word === "-A" ? "--no-prompt" : word);
    for (const command of [["lsns"], ["tree"], ["unshare", "true"]]) {
      const outcome = await run([deno!, ...words, ...command], { env: { NO_COLOR: "1" } });
      assertNoStack(outcome, command.join(" "));
      assertEquals(outcome.code, 1);
      assertMatch(outcome.stderr, /^(lsns|nido tree|unshare): Requires \w+ access/);
    }
  },
);

/** Runs nido where this was done before: only from source. */
async function after(prepare: string, words: readonly string[]): Promise<Outcome> {
  const preload = `data:application/javascript,${encodeURIComponent(prepare)}`;
  const [deno, run_, ...rest] = NIDO;
  return await run([deno!, run_!, `--preload=${preload}`, ...rest, ...words]);
}

const UNFORESEEN: readonly (readonly [where: string, does: string])[] = [
  ["in a command", "throw new TypeError('evil')"],
  ["in a callback", "setTimeout(() => { throw new TypeError('evil'); })"],
  ["in a promise that nobody waits for", "Promise.reject(new TypeError('evil'))"],
];

for (const [where, does] of UNFORESEEN) {
  Deno.test(
    `what is unforeseen ${where} is no stack either`,
    requires({ binary: false }),
    async () => {
      // What the doctor asks first.
      const prepare = `Deno.stdout.isTerminal = () => { ${does}; return false; }`;
      const { code, stderr } = await after(prepare, ["doctor"]);
      assertEquals(code, 1);
      assertMatch(
        stderr,
        /^nido doctor: unforeseen TypeError: evil \(nido [\d.]+[^\n]*\)\nThis is .*\n$/,
      );
    },
  );
}
