/** Options as getopt_long(3) reads them: the first word that is no option ends them. */

import type { OpenOption } from "../launch/request/spec.ts";

/**
 * What a value can be: one of these words, or a kind of thing that shells can complete. A
 * namespace is an inode number.
 */
export type Values =
  | readonly string[]
  | "file"
  | "dir"
  | "pid"
  | "user"
  | "group"
  | "signal"
  | "variables"
  | "namespace";

/** An option in a table. Help, completions and the man page are made from the tables, too. */
export interface Option extends OpenOption {
  /** How help shows the value. */
  readonly shown?: string;
  /** Not needed where `shown` begins with file, dir, pid or signame. */
  readonly values?: Values;
  /** Whether the value may be several of them, separated by commas. */
  readonly list?: boolean;
  readonly help: string;
  /** Its heading in help; without one, that of the option before. */
  readonly group?: string;
}

/** An option as given. */
export interface Given {
  readonly long: string;
  readonly value?: string;
}

/** What a command line asks to print instead of running anything. */
export type Info = "help" | "version";

/** What is printed instead of launching anything: "usage" where there is no program, as an error. */
export type Told = Info | "usage";

/** A word that is not one of the allowed ones, for "did you mean". */
export interface UnknownWord {
  readonly word: string;
  readonly among: readonly string[];
}

/** A wrong command line: exit status 1. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** Whether to point to --help. */
  tryHelp: boolean;
  readonly unknownWord: UnknownWord | undefined;
  /** The likeliest cause. */
  readonly why: string | undefined;
  /** What stands in front of the message: its level. */
  level = "";
  /** Whose --help it is, if not that of who speaks. */
  helpOf: string | undefined;

  constructor(message: string, tryHelp?: boolean, unknownWord?: UnknownWord, why?: string) {
    super(message);
    this.tryHelp = tryHelp ?? false;
    this.unknownWord = unknownWord;
    this.why = why;
  }
}

const wrong = (message: string): UsageError => new UsageError(message, true);

function unknown(options: readonly Option[], message: string, word: string): UsageError {
  return new UsageError(message, true, { word, among: options.map(({ long }) => `--${long}`) });
}

function longOption(options: readonly Option[], word: string): Option {
  const name = word.replace(/=.*$/s, "");
  const possible = options.filter(({ long }) => long.startsWith(name));
  const found = options.find(({ long }) => long === name) ??
    (possible.length === 1 ? possible[0] : undefined);
  if (found) return found;
  if (possible.length === 0) throw unknown(options, `unrecognized option '--${word}'`, `--${name}`);
  const names = possible.map(({ long }) => ` '--${long}'`).join("");
  throw wrong(`option '--${word}' is ambiguous; possibilities:${names}`);
}

/** Options of {@linkcode getopt}. */
export interface GetoptOptions {
  /** Whether options may follow operands. */
  readonly permute?: boolean;
  /** Called with each option. `true` ends the parsing, so that --help wins over wrong words behind it. */
  readonly take?: (option: Given) => boolean | void;
}

/** The options in their order, and the operands. */
export function getopt(
  options: readonly Option[],
  words: readonly string[],
  { permute = false, take }: GetoptOptions = {},
): { given: Given[]; operands: string[] } {
  const given: Given[] = [];
  const operands: string[] = [];
  let at = 0;
  let ended = false;
  const give = ({ long }: Option, value: string | undefined): void => {
    const option = value === undefined ? { long } : { long, value };
    given.push(option);
    ended = take?.(option) === true;
  };
  const long = (word: string): void => {
    const option = longOption(options, word);
    const equals = word.indexOf("=");
    const attached = equals < 0 ? undefined : word.slice(equals + 1);
    if (attached !== undefined && !option.value) {
      throw wrong(`option '--${option.long}' doesn't allow an argument`);
    }
    const value = attached ?? (option.value === "required" ? words[at++] : undefined);
    if (option.value === "required" && value === undefined) {
      throw wrong(`option '--${option.long}' requires an argument`);
    }
    give(option, value);
  };
  const short = (letters: string): void => {
    for (let i = 0; i < letters.length && !ended; i++) {
      const option = options.find(({ short }) => short === letters[i]);
      if (!option) throw unknown(options, `invalid option -- '${letters[i]}'`, `--${letters}`);
      const attached = letters.slice(i + 1);
      if (option.value === "required") {
        const value = attached || words[at++];
        if (value === undefined) throw wrong(`option requires an argument -- '${letters[i]}'`);
        return give(option, value);
      }
      if (option.attached && attached) return give(option, attached.replace(/^=/, ""));
      give(option, undefined);
    }
  };
  while (at < words.length && !ended) {
    const word = words[at]!;
    if (!word.startsWith("-") || word === "-") {
      if (!permute) break;
      operands.push(word);
      at++;
      continue;
    }
    at++;
    if (word === "--") break;
    if (word.startsWith("--")) long(word.slice(2));
    else short(word.slice(1));
  }
  return { given, operands: [...operands, ...words.slice(at)] };
}
