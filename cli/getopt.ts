/** Options as getopt_long(3) reads them: the first word that is no option ends them. */

/** An option as a table has it. */
export interface Option {
  readonly long: string;
  /** One letter. */
  readonly short?: string;
  /** An optional value of a long option is given only with `=`. */
  readonly value?: "required" | "optional";
  /** The short form takes an optional value too, right behind the letter. */
  readonly attached?: boolean;
  /** How help shows the value. */
  readonly shown?: string;
  readonly help: string;
}

/** An option as given. */
export interface Given {
  readonly long: string;
  readonly value?: string;
}

/** A command line that makes no sense: exit status 1, and a word on where to find help. */
export class UsageError extends Error {
  override readonly name = "UsageError";

  /** @param tryHelp Whether to point to --help. */
  constructor(message: string, readonly tryHelp = false) {
    super(message);
  }
}

const wrong = (message: string): UsageError => new UsageError(message, true);

function longOption(options: readonly Option[], word: string): Option {
  const name = word.replace(/=.*$/s, "");
  const possible = options.filter(({ long }) => long.startsWith(name));
  const found = options.find(({ long }) => long === name) ??
    (possible.length === 1 ? possible[0] : undefined);
  if (found) return found;
  if (possible.length === 0) throw wrong(`unrecognized option '--${word}'`);
  const names = possible.map(({ long }) => ` '--${long}'`).join("");
  throw wrong(`option '--${word}' is ambiguous; possibilities:${names}`);
}

/** What {@linkcode getopt} may be told. */
export interface GetoptOptions {
  /** Options may stand behind operands too. */
  readonly permute?: boolean;
  /** Sees every option as it is read; `true` ends the reading, so that --help wins over what follows it. */
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
      if (!option) throw wrong(`invalid option -- '${letters[i]}'`);
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

const HELP_COLUMN = 32;

/** The options as help shows them. */
export function optionsHelp(options: readonly Option[]): string {
  return options.map(({ long, short, value, shown = "value", help }) => {
    const name = `${short ? `-${short}, ` : "    "}--${long}`;
    const argument = value === "required"
      ? ` <${shown}>`
      : value === "optional"
      ? `[=<${shown}>]`
      : "";
    const left = ` ${name}${argument}`;
    const [first, ...rest] = help.split("\n");
    const gap = left.length < HELP_COLUMN
      ? left.padEnd(HELP_COLUMN)
      : `${left}\n${" ".repeat(HELP_COLUMN)}`;
    return [gap + first, ...rest.map((line) => " ".repeat(HELP_COLUMN) + line)].join("\n");
  }).join("\n");
}
