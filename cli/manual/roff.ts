/** The man page. @see man(7), groff_man(7) */
import type { Command, Commands } from "../command.ts";
import type { Option } from "../getopt.ts";
import { DATE, VERSION } from "../version.ts";
import type { Manual } from "./manual.ts";
import { groupsOf, wrap } from "./text.ts";

/** The longest source line that mandoc(1) accepts without a warning. */
const LINE = 79;

/** Text that roff prints as it is. */
function escaped(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("'", "\\(aq")
    .replaceAll("^", "\\(ha")
    .replaceAll("~", "\\(ti")
    .replaceAll("`", "\\(ga")
    .replace(/[^ -~]/gu, (char) => `\\[u${hex(char)}]`);
}

const hex = (char: string): string =>
  char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");

const bold = (text: string): string => `\\fB${escaped(text)}\\fR`;
const italic = (text: string): string => `\\fI${escaped(text)}\\fR`;

/** Prose: `<argument>` in italics, lines wrapped, none taken for a request. */
function prose(text: string): string[] {
  const shown = text.split(/(<\w+>)/).map((part, i) =>
    i % 2 === 0 ? escaped(part) : italic(part.slice(1, -1))
  ).join("");
  return wrap(shown, LINE).map((line) => line.replace(/^\./, "\\&."));
}

/** A tagged paragraph. */
const entry = (tag: string, text: string): string[] => [".TP", tag, ...prose(text)];

/** `word` in prose, `<argument>` in italics; the rest is to be typed. */
function usageLine(text: string): string {
  return text.split(/(<[^>]*>|\[options\])/)
    .map((part, i) => i % 2 === 0 ? escaped(part) : italic(part.replace(/^<|>$/g, ""))).join("");
}

function optionTag({ long, short, value, shown = "value", words = [] }: Option): string {
  const names = `${short ? `${bold(`-${short}`)}, ` : ""}${bold(`--${long}`)}`;
  if (words.length > 0) return [names, ...words.map(italic)].join(" ");
  if (value === undefined) return names;
  const argument = shown.split(/([|:,])/).map((part, i) => i % 2 ? escaped(part) : italic(part));
  return value === "required" ? `${names} ${argument.join("")}` : `${names}[=${argument.join("")}]`;
}

function optionLines(options: readonly Option[]): string[] {
  return [...groupsOf(options)].flatMap(([group, ones]) => [
    ".PP",
    `${escaped(group)}:`,
    ...ones.flatMap((option) => entry(optionTag(option), option.help)),
  ]);
}

function commandLines(name: string, { does }: Command, manual: Manual): string[] {
  const { usage, description, options, notes = [] } = manual;
  return [
    `.SS "nido ${name} \\- ${escaped(does)}"`,
    ...usage.flatMap((line, i) => [
      ...(i === 0 ? [] : [".br"]),
      `${bold(`nido ${name}`)} ${usageLine(line)}`,
    ]),
    ...description.flatMap((paragraph) => [".PP", ...prose(paragraph)]),
    ...optionLines(options),
    ...notes.flatMap((paragraph) => [".PP", ...prose(paragraph)]),
  ];
}

const STATUSES: readonly (readonly [status: string, meaning: string])[] = [
  ["0", "All was done."],
  ["1", "The command line is wrong, or what it asks for was refused or is not there."],
  ["125", "Of nido run: what it asks for was refused."],
  ["126", "The program to be launched was found, but cannot be executed."],
  ["127", "The program to be launched was not found."],
];

const VARIABLES: readonly (readonly [name: string, meaning: string])[] = [
  ["SHELL", "What is launched where no program is given."],
  ["NIDO_EXPLAIN", "If it is 1, bwrap says more than its message where programs read it, too."],
  ["PATH", "Where programs are searched for."],
  ["NO_COLOR", "If it is not empty, there are no colours unless --color asks for them."],
  ["COLUMNS", "How wide the terminal is, if it does not say so itself."],
  ["LC_ALL, LC_CTYPE, LANG", "Lines are drawn in ASCII unless the locale is one of UTF-8."],
];

const SEE_ALSO: readonly string[] = [
  ...[
    "bwrap(1)",
    "lsns(8)",
    "nsenter(1)",
    "strace(1)",
    "unshare(1)",
    "clone(2)",
    "setns(2)",
    "unshare(2)",
  ],
  ...["subgid(5)", "subuid(5)", "cgroup_namespaces(7)", "ipc_namespaces(7)"],
  ...["mount_namespaces(7)", "namespaces(7)", "network_namespaces(7)", "pid_namespaces(7)"],
  ...["time_namespaces(7)", "user_namespaces(7)", "uts_namespaces(7)"],
];

function seeAlso(page: string, i: number): string {
  const [, name, section] = page.match(/^(.*)(\(\d\))$/)!;
  return `.BR ${escaped(name!)} ${section}${i < SEE_ALSO.length - 1 ? " ," : ""}`;
}

/** The whole page as roff. */
export async function manPage(all: Commands): Promise<string> {
  const commands = await Promise.all(
    Object.entries(all).map(async ([name, command]) =>
      [name, command, await command.manual()] as const
    ),
  );
  return [
    `.TH NIDO 1 ${DATE} "nido ${VERSION}" "User Commands"`,
    ".SH NAME",
    "nido \\- create Linux namespaces, enter them and look into them",
    ".SH SYNOPSIS",
    `.B nido\n.I command\n.RI [ argument ...]`,
    ".br",
    '.B nido \\-\\-help\n.RB | " \\-\\-version"',
    ".SH DESCRIPTION",
    ...prose(
      "Namespaces give a process a world of its own: its own PIDs, mounts, users, network, " +
        "hostname, clocks. nido launches programs in namespaces, shows which there are, who is in " +
        "them and what keeps them alive, and explains what the kernel refuses. A link to nido that " +
        "has the name of a command behaves as that command: one named unshare as unshare(1), one " +
        "named lsns as lsns(8).",
    ),
    ".SH COMMANDS",
    ...commands.flatMap(([name, command, manual]) => commandLines(name, command, manual)),
    ".SH EXIT STATUS",
    ...STATUSES.flatMap(([status, meaning]) => entry(bold(status), meaning)),
    ".PP",
    ...prose(
      "A launched program's own status is handed on; if a signal killed it, nido is killed " +
        "by the same signal.",
    ),
    ".SH ENVIRONMENT",
    ...VARIABLES.flatMap(([name, meaning]) => entry(bold(name), meaning)),
    ".SH EXAMPLES",
    ...commands.flatMap(([, , { examples }]) =>
      examples.flatMap(({ line, does }) => entry(bold(`nido ${line}`), does))
    ),
    ".SH SEE ALSO",
    ...SEE_ALSO.map(seeAlso),
    "",
  ].join("\n");
}
