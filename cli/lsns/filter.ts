/** Filter expressions of scols-filter(5): `TYPE == "net" and NPROCS > 1`. */
import { type Token, tokens } from "./filter/tokens.ts";
import { compare, extendedRegExp, FilterError, truth, type Value } from "./filter/values.ts";

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

type Node = (lookup: Lookup) => Value;

/** Goes down from `or` to single values: each makes a function of a row. */
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
