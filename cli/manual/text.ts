/** Help on a terminal. */
import { type Commands, spokenName } from "../command.ts";
import type { Option } from "../getopt.ts";
import type { Manual } from "./manual.ts";

/** The largest and the smallest width of help. */
const [WIDEST, NARROWEST] = [80, 40];

/** The column of the descriptions, and that on narrow terminals. */
const [COLUMN, NEAR_COLUMN, LEAST_ROOM] = [32, 8, 28];

/** The words in lines of this width. A word that is longer has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}

const indented = (text: string, width: number, by: number): string[] =>
  wrap(text, width - by).map((line) => " ".repeat(by) + line);

/** How an option is written: `-m, --mount[=<file>]`. */
function spelling({ long, short, value, shown = "value", words = [] }: Option): string {
  if (words.length > 0) return [`--${long}`, ...words.map((word) => `<${word}>`)].join(" ");
  const argument = { required: ` <${shown}>`, optional: `[=<${shown}>]`, none: "" };
  return `${short ? `-${short}, ` : ""}--${long}${argument[value ?? "none"]}`;
}

type Row = readonly [left: string, right: string];

/** Two columns under headings. An entry too long for the first has a line of its own. */
function table(groups: Iterable<readonly [heading: string, rows: readonly Row[]]>, width: number) {
  const all = [...groups];
  const longest = Math.max(...all.flatMap(([, rows]) => rows.map(([left]) => left.length)));
  const far = Math.min(COLUMN, longest + 2);
  const column = width - far < LEAST_ROOM ? NEAR_COLUMN : far;
  const lines = ([left, right]: Row): string[] => {
    const [first = "", ...rest] = indented(right, width, column);
    return left.length + 1 < column
      ? [left.padEnd(column) + first.trimStart(), ...rest]
      : [left, first, ...rest];
  };
  return all.flatMap(([heading, rows]) => ["", `${heading}:`, ...rows.flatMap(lines)]);
}

/** Options by the headings that they stand under, in the order of these. */
export function groupsOf(options: readonly Option[]): Map<string, Option[]> {
  const groups = new Map<string, Option[]>();
  let group = "Options";
  for (const option of options) {
    group = option.group ?? group;
    groups.set(group, [...groups.get(group) ?? [], option]);
  }
  return groups;
}

/** The options as help shows them. */
export function optionsHelp(options: readonly Option[], width: number = WIDEST): string[] {
  const row = (option: Option): Row => [
    ` ${option.short ? "" : "    "}${spelling(option)}`,
    option.help,
  ];
  return table([...groupsOf(options)].map(([group, ones]) => [group, ones.map(row)]), width);
}

const fitting = (width: number): number => Math.max(NARROWEST, Math.min(WIDEST, width));

const examplesHelp = (examples: Manual["examples"], width: number): string[] =>
  examples.flatMap(({ line, does }) => [` nido ${line}`, ...indented(does, width, 5)]);

/** The text of `nido NAME --help`. @param width How wide the terminal is. */
export function helpText(name: string, manual: Manual, width = Infinity): string {
  const wide = fitting(width);
  const { usage, beginsWithUsage, description, options, notes = [], examples } = manual;
  const synopses = usage.map((line) => ` ${spokenName(name)} ${line}`);
  return [
    ...(beginsWithUsage ? synopses.map((line) => `usage:${line}`) : ["", "Usage:", ...synopses]),
    ...description.flatMap((paragraph) => ["", ...wrap(paragraph, wide)]),
    ...optionsHelp(options, wide),
    ...notes.flatMap((paragraph) => ["", ...wrap(paragraph, wide)]),
    "",
    "Examples:",
    ...examplesHelp(examples, wide),
    "",
  ].join("\n");
}

/** The text of `nido --help`. @param width How wide the terminal is. */
export function overviewText(
  commands: Commands,
  examples: Manual["examples"],
  width = Infinity,
): string {
  const wide = fitting(width);
  const groups = new Map<string, Row[]>();
  for (const [name, { group, does }] of Object.entries(commands)) {
    groups.set(group, [...groups.get(group) ?? [], [` ${name}`, does]]);
  }
  groups.set("Options", [[" -h, --help", "display this help"], [
    " -V, --version",
    "display version",
  ]]);
  return [
    "",
    "Usage:",
    " nido <command> [<argument>...]",
    "",
    "Linux namespaces: create, enter, look into.",
    ...table(groups, wide),
    "",
    "Examples:",
    ...examplesHelp(examples, wide),
    "",
    ...wrap(
      "For the options and examples of a command: nido help <command>. " +
        "The whole manual: nido man | man -l -",
      wide,
    ),
    "",
  ].join("\n");
}
