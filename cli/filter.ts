/** Filter expressions of scols-filter(5): `TYPE == "net" and NPROCS > 1`. */

/** The value of a column in a row; undefined if it is empty. */
export type Value = string | bigint | number | boolean | undefined;

/** Gives the value of a column. */
export type Lookup = (column: string) => Value;

/** A filter, ready to be applied. */
export interface Filter {
  /** The columns it asks for, as written. */
  readonly columns: readonly string[];
  /**
   * Whether a row passes.
   *
   * @throws {FilterError} where a text that is no number is to be compared with one.
   */
  test(lookup: Lookup): boolean;
}

/** A malformed expression. */
export class FilterError extends Error {
  override readonly name = "FilterError";
}

type Node = (lookup: Lookup) => Value;
type Token =
  | { readonly kind: "number" | "string" | "boolean"; readonly value: NonNullable<Value> }
  | { readonly kind: "holder" | "operator"; readonly text: string };

const WORDS: Readonly<Record<string, string>> = {
  and: "&&",
  or: "||",
  not: "!",
  eq: "==",
  ne: "!=",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
};

const TOKEN =
  /\s*(?:("[^"\n]*"|'[^'\n]*')|(\d+\.\d+)|(\d+)([KMGTPEZY](?:iB)?)?|([a-zA-Z][a-zA-Z_.%:/0-9-]*)|(&&|\|\||==|!=|<=|>=|=~|!~|[<>!()]))/y;

const END_OF_NUMBER = /[a-zA-Z0-9_.%]/;

function tokens(text: string): Token[] {
  const list: Token[] = [];
  for (let at = 0; at < text.trimEnd().length;) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    const rest = text.slice(at).trimStart();
    if (!found) throw new FilterError(`unexpected ${describe(rest)}`);
    const [whole, string, float, integer, suffix, word, operator] = found;
    at += whole.length;
    if ((float ?? integer) !== undefined && END_OF_NUMBER.test(text[at] ?? "")) {
      throw new FilterError(`'${/^[^\s()]*/.exec(rest)![0]}' is no number`);
    }
    if (string !== undefined) list.push({ kind: "string", value: string.slice(1, -1) });
    else if (float !== undefined) list.push({ kind: "number", value: Number(float) });
    else if (integer !== undefined) list.push({ kind: "number", value: scaled(integer, suffix) });
    else if (operator !== undefined) list.push({ kind: "operator", text: operator });
    else list.push(wordToken(word!));
  }
  return list;
}

function describe(rest: string): string {
  return /^["']/.test(rest) ? "end: a text is not closed" : `'${[...rest][0]}'`;
}

function scaled(integer: string, suffix: string | undefined): bigint {
  return BigInt(integer) << BigInt(suffix ? 10 * ("KMGTPEZY".indexOf(suffix[0]!) + 1) : 0);
}

function wordToken(word: string): Token {
  if (/^(true|false|TRUE|FALSE)$/.test(word)) {
    return { kind: "boolean", value: word.toLowerCase() === "true" };
  }
  // Operators are all small or all large.
  const operator = WORDS[word.toLowerCase()];
  return operator && (word === word.toLowerCase() || word === word.toUpperCase())
    ? { kind: "operator", text: operator }
    : { kind: "holder", text: word };
}

class Parser {
  readonly columns: string[] = [];
  readonly tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  parse(): Node {
    const node = this.#or();
    if (this.#at < this.tokens.length) throw this.#unexpected();
    return node;
  }

  #unexpected(): FilterError {
    const token = this.tokens[this.#at];
    if (!token) return new FilterError("unexpected end");
    return new FilterError(`unexpected '${"text" in token ? token.text : token.value}'`);
  }

  #take(...operators: string[]): string | undefined {
    const token = this.tokens[this.#at];
    if (token?.kind !== "operator" || !operators.includes(token.text)) return undefined;
    this.#at++;
    return token.text;
  }

  #or(): Node {
    let left = this.#and();
    while (this.#take("||")) {
      const [one, two] = [left, this.#and()];
      left = (row) => truth(one(row)) || truth(two(row));
    }
    return left;
  }

  #and(): Node {
    let left = this.#comparison();
    while (this.#take("&&")) {
      const [one, two] = [left, this.#comparison()];
      left = (row) => truth(one(row)) && truth(two(row));
    }
    return left;
  }

  #comparison(): Node {
    let left = this.#unary();
    while (true) {
      const operator = this.#take("==", "!=", "<", "<=", ">", ">=", "=~", "!~");
      if (!operator) return left;
      const one = left;
      if (operator.endsWith("~")) {
        const pattern = this.#pattern();
        left = (row) => {
          const text = one(row);
          return text !== undefined && pattern.test(String(text)) === (operator === "=~");
        };
        continue;
      }
      const two = this.#unary();
      left = (row) => compare(operator, one(row), two(row));
    }
  }

  #pattern(): RegExp {
    const token = this.tokens[this.#at];
    if (token?.kind !== "string") {
      throw new FilterError("a regular expression must be a text in quotes");
    }
    this.#at++;
    return extendedRegExp(String(token.value));
  }

  #unary(): Node {
    if (this.#take("!")) {
      const operand = this.#unary();
      return (row) => !truth(operand(row));
    }
    if (this.#take("(")) {
      const inner = this.#or();
      if (!this.#take(")")) throw this.#unexpected();
      return inner;
    }
    const token = this.tokens[this.#at];
    if (!token || token.kind === "operator") throw this.#unexpected();
    this.#at++;
    if ("value" in token) return () => token.value;
    this.columns.push(token.text);
    return (row) => row(token.text);
  }
}

/** POSIX has classes such as [:alpha:], and no escapes of letters. @see regex(7) */
function extendedRegExp(pattern: string): RegExp {
  const classes: Readonly<Record<string, string>> = {
    alnum: "\\p{L}\\p{N}",
    alpha: "\\p{L}",
    blank: " \\t",
    cntrl: "\\p{Cc}",
    digit: "0-9",
    graph: "!-~",
    lower: "\\p{Ll}",
    print: " -~",
    punct: "!-\\/:-@\\[-`\\{-~",
    space: "\\s",
    upper: "\\p{Lu}",
    xdigit: "0-9A-Fa-f",
  };
  const source = pattern.replace(/\[:(\w+):\]/g, (whole, name: string) => classes[name] ?? whole);
  try {
    return new RegExp(source, source === pattern ? "" : "u");
  } catch (cause) {
    throw new FilterError("Invalid regular expression", { cause });
  }
}

/** The truth of a value by itself: whether it is not empty. */
function truth(value: Value): boolean {
  return value !== undefined && value !== false && value !== "" && value !== 0 && value !== 0n;
}

const isNumber = (value: Value): value is number | bigint =>
  typeof value === "number" || typeof value === "bigint";

function toNumber(value: string): number | bigint {
  if (/^\d+$/.test(value)) return BigInt(value);
  if (/^\d*\.?\d+$/.test(value)) return Number(value);
  throw new FilterError("Invalid argument");
}

/** Converts both sides to truth values if one is, else to numbers if one is. An empty value compares to none. */
function compare(operator: string, left: Value, right: Value): boolean {
  if (left === undefined || right === undefined) return false;
  if (typeof left === "boolean" || typeof right === "boolean") {
    return ordered(operator, Number(truth(left)), Number(truth(right)));
  }
  if (isNumber(left) || isNumber(right)) {
    return ordered(
      operator,
      isNumber(left) ? left : toNumber(left),
      isNumber(right) ? right : toNumber(right),
    );
  }
  return ordered(operator, left, right);
}

function ordered<T extends string | number | bigint>(operator: string, left: T, right: T): boolean {
  switch (operator) {
    case "==":
      // deno-lint-ignore eqeqeq -- 1n == 1
      return left == right;
    case "!=":
      // deno-lint-ignore eqeqeq -- 1n == 1
      return left != right;
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    default:
      return left >= right;
  }
}

/**
 * Parses a filter expression. An empty one passes all rows.
 *
 * @throws {FilterError}
 */
export function parseFilter(text: string): Filter {
  const parser = new Parser(tokens(text));
  if (parser.tokens.length === 0) return { columns: [], test: () => true };
  const node = parser.parse();
  return { columns: parser.columns, test: (lookup) => truth(node(lookup)) };
}
