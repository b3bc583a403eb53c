/** Shows numbers as strace(1) does: in decimal, as flags, by the name of a constant. */
import type { Argument } from "./argument.ts";

/** Shows an argument; `all` are those of the call. */
export type Show = (argument: Argument, all: readonly Argument[]) => string;

/** Constants by name, as a module of them is. */
export type Constants = Readonly<Record<string, unknown>>;

/** A way to show a number that is known. */
export function number(show: (value: bigint, all: readonly Argument[]) => string): Show {
  return ({ value, name, place }, all) =>
    name ?? (value === undefined ? place ?? "?" : show(value, all));
}

const signed = (value: bigint): bigint => BigInt.asIntN(64, value);
export const int32 = (value: bigint): bigint => BigInt.asIntN(32, value);

export const decimal: Show = number((value) => String(signed(value)));
export const int: Show = number((value) => String(int32(value)));
export const unsigned: Show = number((value) => String(BigInt.asUintN(32, value)));
export const octal: Show = number((value) => value === 0n ? "000" : `0${value.toString(8)}`);
export const hex: Show = number((value) => value === 0n ? "0" : `0x${value.toString(16)}`);

/** Names with bits, in the order in which they are shown. */
export type Named = readonly (readonly [name: string, value: bigint])[];

/** The constants whose names match, in ascending order. */
export function matching(constants: Constants, names: RegExp): Named {
  return Object.entries(constants)
    .filter(([name, value]) => typeof value === "number" && names.test(name))
    .map(([name, value]) => [name, BigInt(value as number)] as const)
    .sort(([, a], [, b]) => a < b ? -1 : a > b ? 1 : 0);
}

/** The constants of these names, in this order. */
export function ordered(constants: Constants, ...names: readonly string[]): Named {
  return names.map((name) => [name, BigInt(constants[name] as number)]);
}

/** Flags by name; what has no name is shown in hexadecimal. `none` stands for no flag at all. */
export function flagsText(named: Named, value: bigint, none = "0"): string {
  if (value === 0n) return none;
  const shown: string[] = [];
  let rest = value;
  for (const [name, bits] of named) {
    if (bits === 0n || (rest & bits) !== bits) continue;
    shown.push(name);
    rest &= ~bits;
  }
  if (rest !== 0n) shown.push(`0x${rest.toString(16)}`);
  return shown.join("|");
}

/** Shows flags; they are looked up when they are first needed. */
export function flags(named: () => Named, none?: string): Show {
  let known: Named | undefined;
  return number((value) => flagsText(known ??= named(), value, none));
}

/** Shows one of some numbers by its name, and others in decimal. */
export function oneOf(named: () => Named): Show {
  let known: Map<bigint, string> | undefined;
  return number((value) => {
    known ??= new Map(named().map(([name, number]) => [number, name]));
    return known.get(signed(value)) ?? String(signed(value));
  });
}

/** Parts that are shown, joined by |, without the empty ones. */
export const joined = (...parts: readonly string[]): string =>
  parts.filter((part) => part !== "").join("|");
