/** Options as getopt_long(3) reads them: the first word that is no option ends them. */

/** An option as a table has it. */
export interface Option {
  readonly long: string;
  /** One letter. */
  readonly short?: string;
  /** An optional value of a long option is given only with `=`; its short form takes none. */
  readonly value?: "required" | "optional";
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
  const exact = options.find(({ long }) => long === word);
  if (exact) return exact;
  const possible = options.filter(({ long }) => long.startsWith(word));
  if (possible.length === 0) throw wrong(`unrecognized option '--${word}'`);
  if (possible.length > 1) {
    const names = possible.map(({ long }) => ` '--${long}'`).join("");
    throw wrong(`option '--${word}' is ambiguous; possibilities:${names}`);
  }
  return possible[0]!;
}

/** The options in front of the operands, in their order, and how many words they take. */
export function getopt(
  options: readonly Option[],
  words: readonly string[],
): { given: Given[]; operands: number } {
  const given: Given[] = [];
  let at = 0;
  while (at < words.length) {
    const word = words[at]!;
    if (!word.startsWith("-") || word === "-") break;
    at++;
    if (word === "--") break;
    if (word.startsWith("--")) {
      const equals = word.indexOf("=");
      const option = longOption(options, word.slice(2, equals < 0 ? undefined : equals));
      const attached = equals < 0 ? undefined : word.slice(equals + 1);
      if (attached !== undefined && !option.value) {
        throw wrong(`option '--${option.long}' doesn't allow an argument`);
      }
      const value = attached ?? (option.value === "required" ? words[at++] : undefined);
      if (option.value === "required" && value === undefined) {
        throw wrong(`option '--${option.long}' requires an argument`);
      }
      given.push({ long: option.long, ...(value === undefined ? {} : { value }) });
      continue;
    }
    for (let letter = 1; letter < word.length; letter++) {
      const option = options.find(({ short }) => short === word[letter]);
      if (!option) throw wrong(`invalid option -- '${word[letter]}'`);
      if (option.value !== "required") {
        given.push({ long: option.long });
        continue;
      }
      const value = word.slice(letter + 1) || words[at++];
      if (value === undefined) throw wrong(`option requires an argument -- '${word[letter]}'`);
      given.push({ long: option.long, value });
      break;
    }
  }
  return { given, operands: at };
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
