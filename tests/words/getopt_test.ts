import { assertEquals, assertThrows } from "@std/assert";
import { getopt, type GetoptOptions, type Option, UsageError } from "../../cli/getopt.ts";
import { run } from "../machine/run_image.ts";
import { requires } from "../requires.ts";

const PURE = { permissions: "none" } as const;

const OPTIONS: readonly Option[] = [
  { long: "user", short: "U", value: "optional", help: "" },
  { long: "fork", short: "f", help: "" },
  { long: "wd", short: "w", value: "required", help: "" },
  { long: "map-user", value: "required", help: "" },
  { long: "map-users", value: "required", help: "" },
  { long: "map-root-user", short: "r", help: "" },
  { long: "kill-child", value: "optional", help: "" },
  { long: "net", short: "n", value: "optional", attached: true, help: "" },
];

/** Options and operands in short: `-long`, `-long=value`, then `|` and the operands. */
function read(words: readonly string[], options?: GetoptOptions): string[] {
  const { given, operands } = getopt(OPTIONS, words, options);
  const shown = given.map(({ long, value }) => value === undefined ? long : `${long}=${value}`);
  return [...shown, "|", ...operands];
}

const READ: readonly (readonly [name: string, words: string[], expected: string[]])[] = [
  ["no words at all", [], ["|"]],
  ["operands alone", ["a", "b"], ["|", "a", "b"]],
  ["long and short names", ["--fork", "-f"], ["fork", "fork", "|"]],
  ["options behind the first operand are operands", ["-f", "sh", "-c", "x"], [
    "fork",
    "|",
    "sh",
    "-c",
    "x",
  ]],
  ["-- ends options and is gone", ["-f", "--", "-r"], ["fork", "|", "-r"]],
  ["a second -- stays", ["--", "--", "-f"], ["|", "--", "-f"]],
  ["-- behind an operand stays", ["a", "--"], ["|", "a", "--"]],
  ["- is an operand", ["-f", "-", "-r"], ["fork", "|", "-", "-r"]],
  ["an empty word is an operand", ["", "-f"], ["|", "", "-f"]],
  ["clusters of letters", ["-Urf", "x"], ["user", "map-root-user", "fork", "|", "x"]],
  ["a letter twice", ["-ff"], ["fork", "fork", "|"]],
  ["a value behind its letter", ["-w/tmp", "x"], ["wd=/tmp", "|", "x"]],
  ["a value at the end of a cluster", ["-fw/tmp"], ["fork", "wd=/tmp", "|"]],
  ["a value in the next word", ["-w", "/tmp", "x"], ["wd=/tmp", "|", "x"]],
  ["a value that looks like an option", ["-w", "-f", "--wd", "--"], ["wd=-f", "wd=--", "|"]],
  ["an equals sign behind a letter is part of the value", ["-w=/tmp"], ["wd==/tmp", "|"]],
  ["an empty value in the next word", ["-w", "", "--wd", ""], ["wd=", "wd=", "|"]],
  ["a long option's value behind =", ["--wd=/tmp", "--wd="], ["wd=/tmp", "wd=", "|"]],
  ["a value with = in it", ["--wd=a=b"], ["wd=a=b", "|"]],
  ["a value with newlines in it", ["--wd=a\nb=c"], ["wd=a\nb=c", "|"]],
  ["a long option's value in the next word", ["--wd", "/tmp"], ["wd=/tmp", "|"]],
  ["an optional value only behind =", ["--user=/x", "--user", "/y"], [
    "user=/x",
    "user",
    "|",
    "/y",
  ]],
  ["an optional value that is empty", ["--user="], ["user=", "|"]],
  ["a short form that takes no value though the long one may", ["-U", "x"], ["user", "|", "x"]],
  ["abbreviations", ["--fo", "--k=TERM", "--map-r"], [
    "fork",
    "kill-child=TERM",
    "map-root-user",
    "|",
  ]],
  ["a name that begins another", ["--map-user", "1", "--map-user=2"], [
    "map-user=1",
    "map-user=2",
    "|",
  ]],
  ["a short form with its value attached", ["-nf", "-n", "x"], ["net=f", "net", "|", "x"]],
  ["an attached value loses one =", ["-n=/x", "-n==x"], ["net=/x", "net==x", "|"]],
  ["an attached value ends a cluster", ["-fnf"], ["fork", "net=f", "|"]],
];

for (const [name, words, expected] of READ) {
  Deno.test(`getopt(): ${name}`, PURE, () => assertEquals(read(words), expected));
}

const WRONG: readonly (readonly [words: string[], message: string])[] = [
  [["--nothing"], "unrecognized option '--nothing'"],
  [["--nothing=x"], "unrecognized option '--nothing=x'"],
  [["--forks"], "unrecognized option '--forks'"],
  [
    ["--=x"],
    "option '--=x' is ambiguous; possibilities: '--user' '--fork' '--wd' '--map-user' " +
    "'--map-users' '--map-root-user' '--kill-child' '--net'",
  ],
  [["---fork"], "unrecognized option '---fork'"],
  [["-x"], "invalid option -- 'x'"],
  [["-fx"], "invalid option -- 'x'"],
  [["-f-"], "invalid option -- '-'"],
  [["-U=x"], "invalid option -- '='"],
  [
    ["--map"],
    "option '--map' is ambiguous; possibilities: '--map-user' '--map-users' '--map-root-user'",
  ],
  [
    ["--map=x"],
    "option '--map=x' is ambiguous; possibilities: '--map-user' '--map-users' '--map-root-user'",
  ],
  [["--fork=x"], "option '--fork' doesn't allow an argument"],
  [["--fo=x"], "option '--fork' doesn't allow an argument"],
  [["--fork="], "option '--fork' doesn't allow an argument"],
  [["--wd"], "option '--wd' requires an argument"],
  [["--map-users"], "option '--map-users' requires an argument"],
  [["-w"], "option requires an argument -- 'w'"],
  [["-fw"], "option requires an argument -- 'w'"],
];

for (const [words, message] of WRONG) {
  Deno.test(`getopt() refuses ${words.join(" ")}`, PURE, () => {
    const error = assertThrows(() => read(words), UsageError);
    assertEquals([error.message, error.tryHelp], [message, true]);
  });
}

Deno.test("getopt() finds options behind operands if told so", PURE, () => {
  const permute = (...words: string[]) => read(words, { permute: true });
  assertEquals(permute("a", "-f", "b", "--wd", "c", "-"), ["fork", "wd=c", "|", "a", "b", "-"]);
  assertEquals(permute("a", "--", "-f", "--"), ["|", "a", "-f", "--"]);
});

Deno.test("getopt() shows each option as it is read, and stops when told so", PURE, () => {
  const seen: string[] = [];
  const take = ({ long }: { long: string }): boolean => {
    seen.push(long);
    return long === "map-root-user";
  };
  assertEquals(read(["-fr", "--nothing", "x"], { take }), [
    "fork",
    "map-root-user",
    "|",
    "--nothing",
    "x",
  ]);
  assertEquals(seen, ["fork", "map-root-user"]);
  assertEquals(
    read(["-rx"], { take }),
    ["map-root-user", "|"],
    "nor is the rest of a cluster read",
  );
  assertThrows(() => read(["-x", "-r"], { take }), UsageError);
});

// getopt(1) is getopt_long(3) for scripts.
Deno.test(
  "getopt() reads words and says what is wrong as getopt_long(3)",
  requires({ programs: ["getopt", "sh"] }),
  async () => {
    const plain = OPTIONS.filter(({ attached }) => !attached);
    const colons = { required: ":", optional: "::" };
    const longs = plain.map(({ long, value }) => long + (value ? colons[value] : "")).join(",");
    const shorts = plain.map(({ short = "", value }) =>
      short && short + (value === "required" ? ":" : "")
    );
    const names = new Map(plain.map(({ long, short }) => [`-${short}`, long]));
    const lines = [...READ, ...WRONG.map(([words]) => ["", words, []] as const)]
      .map(([, words]) => words)
      .filter((words) => !words.some((word) => /^-[^-]*n|^--=/.test(word)));
    // All lines by one shell: what getopt prints, word by word, each behind a \1, lines behind a \2.
    const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
    const script = lines.map((words) =>
      `if out=$(getopt -s sh -n x -o +${shorts.join("")} -l ${longs} -- ${
        words.map(quote).join(" ")
      } 2>&1)\n` +
      `then eval "set -- $out"; printf '\\1%s' "$@"; else printf '\\3%s' "$out"; fi; printf '\\2'`
    ).join("\n");
    const { stdout, stderr } = await run("sh", {
      args: ["-c", script],
      env: { PATH: Deno.env.get("PATH") ?? "", LC_ALL: "C" },
    });
    assertEquals(stderr, "");
    const answers = new TextDecoder().decode(stdout).split("\x02");
    lines.forEach((words, i) => {
      let ours: string[];
      try {
        const { given, operands } = getopt(plain, words);
        ours = [...given.flatMap(({ long, value }) => [long, value ?? ""]), "--", ...operands];
      } catch (error) {
        ours = [(error as Error).message];
      }
      const answer = answers[i]!;
      if (answer.startsWith("\x03")) {
        assertEquals([`x: ${ours[0]}`], [answer.slice(1).split("\n")[0]!], words.join(" "));
        return;
      }
      // An option without a value has none printed, one whose value is optional has an empty one.
      const theirs = answer.split("\x01").slice(1);
      const flat: string[] = [];
      let at = 0;
      for (; theirs[at] !== "--"; at++) {
        const long = names.get(theirs[at]!) ?? theirs[at]!.slice(2);
        const { value, short } = plain.find((option) => option.long === long)!;
        const hasValue = value === "required" || value === "optional" && theirs[at] !== `-${short}`;
        flat.push(long, hasValue ? theirs[++at]! : "");
      }
      assertEquals(ours, [...flat, ...theirs.slice(at)], words.join(" "));
    });
  },
);
