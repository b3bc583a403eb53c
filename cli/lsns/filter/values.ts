/** What filter expressions compute with, and how they compare it. */

/** The value of a column in a row; undefined if it is empty. */
export type Value = string | bigint | number | boolean | undefined;

/** A malformed expression. */
export class FilterError extends Error {
  override readonly name = "FilterError";
}

/** The truth of a value by itself: whether it is not empty. */
export function truth(value: Value): boolean {
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
export function compare(operator: string, left: Value, right: Value): boolean {
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

/** POSIX has classes such as [:alpha:], and no escapes of letters. @see regex(7) */
export function extendedRegExp(pattern: string): RegExp {
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
