/**
 * Symbols: what printing needs beside an image's records. For each system call its note, process,
 * condition, and the name of its result; for places among the variables their names. A frozen file has
 * them behind its image, outside of all segments: a line, then JSON.
 */
import { concat } from "../ffi/bytes.ts";
import { type Operand, shownName } from "./operand.ts";
import type { Call, Plan } from "./plan.ts";
import { placed } from "./rest.ts";
import { staticName } from "./show/operand.ts";

/** The line that symbols begin with. The number changes with the form. */
export const SYMBOLS_LINE = "nido symbols 2\n";

/** Symbols of a system call. */
export interface CallSymbols {
  readonly process: string;
  readonly note: string;
  readonly result?: string;
  readonly when?: string;
  /** How to show arguments that only a run knows, where it is not by the variable's name. */
  readonly args?: Readonly<Record<number, string>>;
}

/** An array of pointers that is partly filled when the plan runs: its length, and the names of those pointers. */
export interface ArraySymbols {
  readonly count: number;
  readonly items: Readonly<Record<number, string>>;
}

/** Symbols of an image. Places are counted from the constants' start. */
export interface Symbols {
  /** The prefix of messages. */
  readonly name: string;
  /** The arguments that it takes, for a usage line; "" for any. */
  readonly usage: string;
  /** By the places of records. */
  readonly calls: ReadonlyMap<number, CallSymbols>;
  /** Names of variables and memory. */
  readonly names: ReadonlyMap<number, string>;
  readonly arrays: ReadonlyMap<number, ArraySymbols>;
}

/** Places of named things and arrays in a layout. */
export interface Places {
  readonly names: ReadonlyMap<string, number>;
  readonly arrays: ReadonlyMap<number, readonly Operand[]>;
}

/** The symbols of a plan that is laid out at these places. */
export function symbolsOf(plan: Pick<Plan, "name" | "steps" | "usage">, places: Places): Symbols {
  const calls = new Map<number, CallSymbols>();
  // Prints show names only in the arguments of calls.
  const names = new Map<number, string>();
  for (const { step, at } of placed(plan.steps).records) {
    if (step.do !== "call") continue;
    calls.set(at, callSymbols(step));
    for (const arg of step.args) {
      if (arg.kind !== "slot" && arg.kind !== "address") continue;
      const place = places.names.get(arg.name);
      const offset = arg.kind === "address" ? arg.offset : 0;
      if (place !== undefined) names.set(place + offset, shownName(arg.name));
    }
  }
  const arrays = [...places.arrays].map(([place, items]) => [place, arraySymbols(items)] as const);
  return { name: plan.name, usage: plan.usage ?? "", calls, names, arrays: new Map(arrays) };
}

function callSymbols({ process, note, result, when, args }: Call): CallSymbols {
  const shown = args.flatMap((arg, i) => {
    if (arg.kind !== "slot") return [];
    // Others are shown by their names.
    if (arg.text === undefined && arg.begins?.kind !== "vector") return [];
    return [[i, staticName(arg)]];
  });
  return {
    process,
    note,
    ...(result === undefined ? {} : { result: shownName(result) }),
    ...(when === undefined ? {} : { when }),
    ...(shown.length === 0 ? {} : { args: Object.fromEntries(shown) }),
  };
}

function arraySymbols(items: readonly Operand[]): ArraySymbols {
  const named = items.flatMap((item, i) => item.kind === "slot" ? [[i, staticName(item)]] : []);
  return { count: items.length, items: Object.fromEntries(named) };
}

// In a file: texts stand there once, and are named by their numbers

type Numbered = readonly (readonly [number, number])[];
type ListedCall = readonly [
  place: number,
  process: number,
  note: number,
  result: number,
  when: number,
  args: Numbered,
];

interface Listed {
  readonly name: string;
  readonly usage: string;
  readonly texts: readonly string[];
  readonly calls: readonly ListedCall[];
  readonly names: Numbered;
  readonly arrays: readonly (readonly [place: number, count: number, items: Numbered])[];
}

/** Symbols as bytes to stand behind an image. */
export function encodeSymbols(
  { name, usage, calls, names, arrays }: Symbols,
): Uint8Array<ArrayBuffer> {
  const texts = new Map<string, number>();
  const index = (text: string | undefined): number => {
    if (text === undefined) return -1;
    if (!texts.has(text)) texts.set(text, texts.size);
    return texts.get(text)!;
  };
  const numbered = (words: Readonly<Record<number, string>> = {}): Numbered =>
    Object.entries(words).map(([i, text]) => [Number(i), index(text)]);
  const listed: Omit<Listed, "texts"> = {
    name,
    usage,
    calls: [...calls].map(([place, { process, note, result, when, args }]) => [
      place,
      index(process),
      index(note),
      index(result),
      index(when),
      numbered(args),
    ]),
    names: [...names].map(([place, text]) => [place, index(text)]),
    arrays: [...arrays].map(([place, { count, items }]) => [place, count, numbered(items)]),
  };
  return concat(SYMBOLS_LINE, JSON.stringify({ ...listed, texts: [...texts.keys()] }), "\n");
}

const isNumber = (value: unknown): value is number => Number.isInteger(value);
const isArray = (value: unknown): value is unknown[] => Array.isArray(value);
const isNumbered = (value: unknown): value is Numbered =>
  isArray(value) &&
  value.every((pair) => isArray(pair) && pair.length === 2 && pair.every(isNumber));

function isListed(value: Partial<Listed> | null): value is Listed {
  const { name, usage, texts, calls, names, arrays } = value ?? {};
  return typeof name === "string" && typeof usage === "string" && isArray(texts) &&
    texts.every((text) => typeof text === "string") && isNumbered(names) &&
    isArray(calls) &&
    calls.every((call: unknown) =>
      isArray(call) && call.length === 6 && call.slice(0, 5).every(isNumber) && isNumbered(call[5])
    ) &&
    isArray(arrays) &&
    arrays.every((array: unknown) =>
      isArray(array) && array.length === 3 && array.slice(0, 2).every(isNumber) &&
      isNumbered(array[2])
    );
}

/** Decodes the bytes behind an image, which may be anything: undefined if they are no symbols. */
export function decodeSymbols(bytes: Uint8Array): Symbols | undefined {
  let value: Partial<Listed> | null = null;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!text.startsWith(SYMBOLS_LINE)) return undefined;
    value = JSON.parse(text.slice(SYMBOLS_LINE.length));
  } catch {
    // What is no JSON is no list of symbols.
  }
  if (!isListed(value)) return undefined;
  const { texts } = value;
  const text = (i: number): string => texts[i] ?? "";
  const words = (numbered: Numbered): Record<number, string> =>
    Object.fromEntries(numbered.map(([i, of]) => [i, text(of)]));
  return {
    name: value.name,
    usage: value.usage,
    calls: new Map(value.calls.map(([place, process, note, result, when, args]) => [place, {
      process: text(process),
      note: text(note),
      ...(result < 0 ? {} : { result: text(result) }),
      ...(when < 0 ? {} : { when: text(when) }),
      ...(args.length === 0 ? {} : { args: words(args) }),
    }])),
    names: new Map(value.names.map(([place, of]) => [place, text(of)])),
    arrays: new Map(value.arrays.map(([place, count, items]) => [
      place,
      { count, items: words(items) },
    ])),
  };
}
