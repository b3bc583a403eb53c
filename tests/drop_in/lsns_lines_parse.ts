/** lsns: what the command line itself does, and lists of columns. */

import type { Line } from "./run_line.ts";

/** Every long option; --help must name each. */
const LONG_OPTIONS = [
  ...["json", "list", "noheadings", "output", "output-all", "persistent", "task", "filter", "raw"],
  ...["notruncate", "nowrap", "type", "tree", "list-columns", "help", "version"],
];

/** A line that ends before anything is looked at. */
function refused(name: string, ...argv: string[]): Line {
  return { name, as: "user", argv };
}

/** A filter that is refused; how the parser says what is wrong is its own affair. */
function wrongFilter(name: string, filter: string): Line {
  return {
    ...refused(name, "--filter", filter),
    differs: {
      why: "the parser's words are nido's own, and nothing goes to stdout",
      stdout: "",
      stderr: `lsns: failed to parse "${filter}": `,
    },
  };
}

/** A type that there is not. */
function guess(word: string): NonNullable<Line["differs"]> {
  return {
    why: "nido says which type may be meant, or which there are",
    stderr: `lsns: unknown namespace type: ${word}; `,
  };
}

export const lsnsParseLines: readonly Line[] = [
  {
    name: "--help names every option on stdout and exits 0",
    as: "user",
    shell: `lsns --help >help; echo "exit $?"
      for option in ${LONG_OPTIONS.join(" ")}; do
        grep -qe "--$option\\>" help || echo "--$option is missing"
      done`,
  },
  {
    name: "--version and -V print one line that begins with the program's name",
    as: "user",
    shell: `for option in --version -V --vers -nV; do
      lsns $option >version; echo "exit $?"; wc -l <version; cut -d " " -f 1 version; done`,
  },
  refused("an unknown long option is refused", "--nope"),
  refused("an unknown short option is refused", "-x"),
  refused("an unknown short option in a cluster is refused", "-lnx"),
  refused("an option after the operand is an option", "5", "--nope"),
  refused("--output needs an argument", "--output"),
  refused("-t needs an argument", "-t"),
  refused("--json takes no argument", "--json=yes"),
  refused("--no is ambiguous", "--no"),
  refused("--l is ambiguous", "--l"),
  refused("--outp is ambiguous", "--outp", "NS"),
  refused("--t is ambiguous", "--t=uts"),
  refused("--json and --raw exclude each other", "-J", "-r"),
  refused("--raw and --json exclude each other in any order", "--raw", "--json"),
  refused("--persistent and --task exclude each other", "-P", "-p", "1"),
  refused("--task and --persistent exclude each other in any order", "-p1", "--persistent"),
  refused("--task and a namespace exclude each other", "-p", "1", "4026531836"),
  refused("--task refuses a word", "-p", "x"),
  refused("--task refuses an empty word", "--task="),
  refused("--task refuses a negative number", "-p", "-1"),
  { ...refused("--type refuses an unknown type", "-t", "mount"), differs: guess("mount") },
  {
    name: "--type refuses a list",
    as: "user",
    argv: ["-n", "-r", "-o", "TYPE", "-p", "1", "-t", "uts,net"],
    differs: { why: "nido takes one, in all of its commands", stdout: "", stderr: "", code: 0 },
  },
  { ...refused("--type refuses an empty word", "--type="), differs: guess("") },
  refused("--output refuses an unknown column", "-o", "NS,NOPE"),
  refused("--output refuses an unknown column after a plus", "-o", "+NOPE"),
  {
    ...refused("--output refuses an empty list", "-o", ""),
    differs: { why: "util-linux does not say what is wrong", stderr: "lsns: " },
  },
  refused("--tree refuses an unknown relation", "--tree=child"),
  refused("--tree refuses an empty relation", "--tree="),
  refused("a namespace that is no number is refused", "x"),
  refused("a namespace that is not there is refused", "1"),
  refused("an empty namespace is refused", ""),
  refused("a negative namespace is refused", "--", "-5"),
  refused("--filter refuses an unknown column", "-Q", "NOPE == 1"),
  wrongFilter("--filter refuses an expression that does not end", "NS =="),
  wrongFilter("--filter refuses an unknown operator", "NS ~ 1"),
  wrongFilter("--filter refuses a bracket that is not closed", "(NS == 1"),
  wrongFilter("--filter refuses two expressions", "NS == 1 NS == 2"),
  wrongFilter("--filter refuses a wrong regular expression", 'TYPE =~ "["'),
  {
    ...refused("--filter refuses a text that is not closed", "--filter", 'TYPE == "uts'),
    differs: {
      why: "util-linux prints the quote and takes the text as a column's name",
      stdout: "",
      stderr: "lsns: failed to parse",
    },
  },
  {
    name: "--list-columns lists the columns",
    as: "user",
    shell: `lsns -H | sed 's/^ *//' | cut -d' ' -f1-2; lsns --list-columns | wc -l`,
  },
  {
    name: "--list-columns with --raw is for machines",
    as: "user",
    shell: `lsns -Hr | cut -d' ' -f1-2`,
  },
  {
    name: "--list-columns with --json is for machines",
    as: "user",
    shell: `lsns -H -J | grep -v description | sed '/"type"/s/,$//'`,
  },
];
