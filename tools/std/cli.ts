/**
 * Stand-in for `@std/cli` where JSR cannot be reached: `parseArgs`, with the same results and types
 * as far as this repository uses it. Left out: dotted names (`--a.b`), `boolean: true`.
 *
 * @module
 */

/** One name or several. */
type Names<T extends string> = T | readonly T[];

/** Options of {@linkcode parseArgs}; see `@std/cli` for their full description. */
export interface ParseOptions<
  B extends string = string,
  S extends string = string,
  C extends string = string,
  N extends string = string,
  D extends Record<string, unknown> = Record<string, unknown>,
> {
  /** Put what follows `--` into `result["--"]` instead of `result._`. */
  "--"?: boolean;
  /** Other names of an option. */
  alias?: Record<string, string | readonly string[]>;
  /** Options without a value; `false` when absent. */
  boolean?: Names<B>;
  /** Options that gather all their values in an array. */
  collect?: Names<C>;
  /** Values of options that were not given. */
  default?: D;
  /** Options that `--no-NAME` sets to `false`. */
  negatable?: Names<N>;
  /** Everything after the first operand is an operand. */
  stopEarly?: boolean;
  /** Options whose value stays text; `""` when none follows. `"_"` does so for operands. */
  string?: Names<S>;
  /** Called for what was not declared; `false` drops it. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

type Value<K, T, C, N> = (K extends C ? T[] : T) | (K extends N ? false : never);

type Known<B extends string, S extends string, C extends string, N extends string, D> =
  & { [K in Exclude<B, keyof D>]: Value<K, boolean, C, N> }
  & { [K in Exclude<S & C, keyof D>]: Value<K, string, C, N> }
  & { [K in Exclude<S, C | keyof D>]?: Value<K, string, C, N> }
  & { [K in Exclude<C, B | S | keyof D>]: unknown[] }
  & {
    [K in keyof D]: K extends B ? Value<K, boolean, C, N> | D[K]
      : K extends S ? Value<K, string, C, N> | D[K]
      : unknown;
  };

/** What {@linkcode parseArgs} returns. */
export type Args<
  B extends string = never,
  S extends string = never,
  C extends string = never,
  N extends string = never,
  D = Record<never, never>,
> =
  & { _: (string | number)[]; "--"?: string[] }
  // deno-lint-ignore no-explicit-any
  & ([B | S | C] extends [never] ? Record<string, any> : Record<string, unknown>)
  & Known<B, S, C, N, D>;

const list = (names: Names<string> | undefined): string[] =>
  (names === undefined ? [] : typeof names === "string" ? [names] : [...names]).filter(Boolean);

const isNumber = (text: string): boolean => /\S/.test(text) && Number.isFinite(Number(text));

/** Reads a command line in the manner of minimist, as `parseArgs` of `@std/cli` does. */
export function parseArgs<
  const B extends string = never,
  const S extends string = never,
  const C extends string = never,
  const N extends string = never,
  const D extends Record<string, unknown> = Record<never, never>,
>(args: readonly string[], options: ParseOptions<B, S, C, N, D> = {}): Args<B, S, C, N, D> {
  const aliases = new Map<string, string[]>();
  for (const [name, others] of Object.entries(options.alias ?? {})) {
    const family = [name, ...list(others)];
    for (const one of family) aliases.set(one, family.filter((other) => other !== one));
  }
  const withAliases = (names: Names<string> | undefined) =>
    new Set(list(names).flatMap((name) => [name, ...aliases.get(name) ?? []]));
  const booleans = withAliases(options.boolean);
  const strings = withAliases(options.string);
  const collected = withAliases(options.collect);
  const negatable = withAliases(options.negatable);
  const result: Record<string, unknown> = {};
  const operands: (string | number)[] = [];

  const set = (key: string, given: unknown, arg: string, collect = true) => {
    const declared = booleans.has(key) || strings.has(key) || collected.has(key) ||
      aliases.has(key);
    if (!declared && options.unknown?.(arg, key, given) === false) return;
    const value = typeof given === "string" && !strings.has(key) && isNumber(given)
      ? Number(given)
      : given;
    for (const name of [key, ...aliases.get(key) ?? []]) {
      if (name === "__proto__") continue;
      if (!collect || !collected.has(key)) result[name] = value;
      else if (Array.isArray(result[name])) result[name].push(value);
      else result[name] = result[name] ? [result[name], value] : [value];
    }
  };
  const takesNoValue = (key: string) =>
    booleans.has(key) || (aliases.get(key) ?? []).some((name) => booleans.has(name));
  /** Sets an option that has no value attached; returns how many arguments after it were used. */
  const setWithNext = (key: string, next: string | undefined, isOption: boolean, arg: string) => {
    if (next && !isOption && !takesNoValue(key)) return set(key, next, arg), 1;
    if (next === "true" || next === "false") return set(key, next === "true", arg), 1;
    return set(key, strings.has(key) ? "" : true, arg), 0;
  };
  /** Sets the letters of `-abc`, `-n5`, `-n=5`; returns the last one if it may take a value. */
  const setCluster = (arg: string): string | undefined => {
    for (let i = 1; i < arg.length - 1; i++) {
      const letter = arg.charAt(i);
      const rest = arg.slice(i + 1);
      const attached = rest === "="
        ? ""
        : /[A-Za-z]/.test(letter)
        ? /=(.+)/.exec(rest)?.[1] ?? (/-?\d+(\.\d*)?(e-?\d+)?$/.test(rest) ? rest : undefined)
        : undefined;
      const value = attached ?? (rest.length > 1 && /^\W/.test(rest) ? rest : undefined);
      if (value !== undefined) return set(letter, value, arg), undefined;
      set(letter, rest === "-" ? "-" : strings.has(letter) ? "" : true, arg);
    }
    return arg.endsWith("-") ? undefined : arg.slice(-1);
  };

  const end = args.includes("--") ? args.indexOf("--") : args.length;
  for (let i = 0; i < end; i++) {
    const arg = args[i] as string;
    const next = i + 1 < end ? args[i + 1] : undefined;
    if (/^--./s.test(arg)) {
      const [, name = "", value] = /^--(.[^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
      const positive = name.replace(/^no-(?=.)/, "");
      if (value !== undefined) set(name, booleans.has(name) ? value !== "false" : value, arg);
      else if (positive !== name && negatable.has(positive)) set(positive, false, arg, false);
      else i += setWithNext(name, next, next?.startsWith("-") ?? false, arg);
    } else if (/^-./s.test(arg)) {
      const last = setCluster(arg);
      if (last) i += setWithNext(last, next, /^--?[^-]/.test(next ?? ""), arg);
    } else {
      if (options.unknown?.(arg) !== false) {
        operands.push(strings.has("_") || !isNumber(arg) ? arg : Number(arg));
      }
      if (options.stopEarly) {
        operands.push(...args.slice(i + 1, end));
        break;
      }
    }
  }

  for (const [name, value] of Object.entries(options.default ?? {})) {
    if (Object.hasOwn(result, name)) continue;
    for (const one of [name, ...aliases.get(name) ?? []]) result[one] = value;
  }
  for (const name of booleans) {
    if (!Object.hasOwn(result, name)) result[name] = collected.has(name) ? [] : false;
  }
  for (const name of strings) {
    if (collected.has(name) && !Object.hasOwn(result, name)) result[name] = [];
  }
  const rest = args.slice(end + 1);
  const tail = options["--"] ? { _: operands, "--": rest } : { _: [...operands, ...rest] };
  return { ...result, ...tail } as unknown as Args<B, S, C, N, D>;
}
