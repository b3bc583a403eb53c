/** Id maps, capabilities and the like in words. */
import { CAPABILITY_NAMES } from "../../ffi/abi/capability_names.ts";
import type { IdRange } from "../../ffi/abi/id_map.ts";
import { OVERFLOW_ID } from "../../inspect/id_map.ts";
import { ALL_IDS } from "../../launch/ids/spec.ts";
import type { Status } from "../../inspect/status.ts";
import type { ClockOffset } from "../../inspect/time_offsets.ts";

/** What the kernel writes for an outer id that is not mapped in the reader's user namespace. */
const NO_ID = 2 ** 32 - 1;

/** A map, a sentence for each range. `kind` is "uid" or "gid". */
export function mapWords(map: readonly IdRange[], kind: "uid" | "gid"): string[] {
  if (map.length === 0) return [`no ${kind} is mapped: all look like ${OVERFLOW_ID} inside`];
  return map.map(({ inner, outer, count }) => {
    if (inner === 0 && outer === 0 && count === ALL_IDS) {
      return `every ${kind} is the same inside and outside`;
    }
    const inside = `${rangeWords(inner, count, kind)} inside ${count === 1 ? "is" : "are"}`;
    if (outer === NO_ID) return `${inside} not mapped in your user namespace`;
    if (inner === outer && count > 1) return `${inside} the same outside`;
    const outside = count === 1 ? rangeWords(outer, count, kind) : span(outer, count);
    return `${inside} ${outside} outside`;
  });
}

const span = (first: number, count: number): string => `${first}–${first + count - 1}`;

const rangeWords = (first: number, count: number, kind: string): string =>
  count === 1 ? `${kind} ${first}` : `${kind}s ${span(first, count)}`;

const nameOf = (bit: number): string => CAPABILITY_NAMES[bit] ?? `capability ${bit}`;

const bitsOf = (set: bigint): number[] =>
  Array.from({ length: 64 }, (_, bit) => bit).filter((bit) => set >> BigInt(bit) & 1n);

/** The names of the capabilities in a set. */
export function capabilityNames(set: bigint): string[] {
  return bitsOf(set).map(nameOf);
}

/** If fewer than these are missing from a full set, the missing ones are listed. */
const FEW = 9;

/** A set of capabilities in words: "none", "all", "all but …" or the names. @param last The kernel's last capability. */
export function capabilityWords(set: bigint, last: number): string[] {
  const all = (1n << BigInt(last + 1)) - 1n;
  if (set === 0n) return ["none"];
  if ((set & all) === all) return ["all"];
  const missing = bitsOf(all & ~set);
  if (missing.length >= FEW) return listed(bitsOf(set).map(nameOf));
  const [first = "", ...rest] = listed(missing.map(nameOf));
  return [`all but ${first}`, ...rest];
}

/** Puts commas behind all words but the last. */
export function listed(words: readonly string[]): string[] {
  return words.map((word, i) => i < words.length - 1 ? `${word},` : word);
}

/** The five sets by their names. */
export function capabilitySets(status: Status): Readonly<Record<string, bigint>> {
  const { capEff, capPrm, capInh, capBnd, capAmb } = status;
  return {
    effective: capEff,
    permitted: capPrm,
    inheritable: capInh,
    bounding: capBnd,
    ambient: capAmb,
  };
}

/** Groups equal sets: `[["effective", "permitted"], set]`. */
export function alike(sets: Readonly<Record<string, bigint>>): [names: string[], set: bigint][] {
  const groups = new Map<bigint, string[]>();
  for (const [name, set] of Object.entries(sets)) {
    groups.set(set, [...groups.get(set) ?? [], name]);
  }
  return [...groups].map(([set, names]) => [names, set]);
}

/** Seccomp in words. */
export function seccompWords({ seccomp, seccompFilters }: Status): string {
  if (seccomp === 0) return "none";
  if (seccomp === 1) return "strict: only read, write, exit and sigreturn";
  const filters = seccompFilters === 1 ? "1 filter" : `${seccompFilters} filters`;
  return seccompFilters > 0 ? `system calls go through ${filters}` : "system calls are filtered";
}

/** The clocks of a time namespace that are not the machine's, a sentence for each. */
export function clockWords(offsets: readonly ClockOffset[]): string[] {
  return offsets.flatMap(({ clock, secs, nanosecs }) => {
    if (secs === 0n && nanosecs === 0) return [];
    // The nanoseconds are added, also to what is negative.
    const all = secs * NANO + BigInt(nanosecs);
    const distance = all < 0n ? -all : all;
    const rest = distance % NANO;
    const decimals = rest === 0n ? "" : `.${String(rest).padStart(9, "0").replace(/0+$/, "")}`;
    return [`${clock} is ${distance / NANO}${decimals} s ${all < 0n ? "behind" : "ahead"}`];
  });
}

const NANO = 1_000_000_000n;

const STATES: Readonly<Record<string, string>> = {
  R: "running",
  S: "sleeping",
  D: "waiting for a device",
  T: "stopped",
  t: "stopped by a tracer",
  Z: "zombie: ended, and its parent has not asked how",
  X: "ended",
  I: "idle",
};

/** The letter of a state in words. */
export function stateWords(letter: string): string {
  return STATES[letter] ?? letter;
}
