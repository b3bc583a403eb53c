/** The tokens of filter expressions. */
import { FilterError, type Value } from "./values.ts";

/** A part of an expression. A holder is the name of a column. */
export type Token =
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

/** The tokens of an expression. @throws {FilterError} */
export function tokens(text: string): Token[] {
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
