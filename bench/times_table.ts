/** How times are shown: each beside those of others. */
import { table } from "./markdown.ts";
import type { Times } from "./race.ts";

const timeOf = (times: readonly Times[], label: string): number | undefined =>
  times.find((one) => one.label === label)?.median;

/** How many times as long one takes as the other; undefined where one of them has not run. */
export function ratio(times: readonly Times[], label: string, peer: string): number | undefined {
  const [own, other] = [timeOf(times, label), timeOf(times, peer)];
  return own === undefined || other === undefined ? undefined : own / other;
}

/** What one takes longer than the base. */
export function overhead(times: readonly Times[], label: string, base: string): number | undefined {
  const [own, plain] = [timeOf(times, label), timeOf(times, base)];
  return own === undefined || plain === undefined ? undefined : own - plain;
}

/** How many times as much one takes longer than the base as the peer does. */
export function overheadRatio(
  times: readonly Times[],
  label: string,
  { base, peer }: { readonly base: string; readonly peer: string },
): number | undefined {
  const [own, other] = [overhead(times, label, base), overhead(times, peer, base)];
  return own === undefined || other === undefined ? undefined : own / other;
}

/** A number, where there is one. */
const shown = (number: number | undefined, digits: number): string => number?.toFixed(digits) ?? "";

/** Milliseconds: three digits that count are more than are sure. */
const ms = (time: number | undefined): string =>
  shown(time, time !== undefined && Math.abs(time) >= 100 ? 0 : 2);

/** A table of times, of what they are over the base, and of their ratios to some. */
export function timesTable(
  times: readonly Times[],
  base: string,
  peers: readonly string[],
): string {
  const known = peers.filter((peer) => timeOf(times, peer) !== undefined);
  const head = ["", "median ms", "least ms", ...known.map((peer) => `÷ ${peer}`), "overhead ms"];
  const rows = times.map(({ label, median, least }) => [
    label,
    ms(median),
    ms(least),
    ...known.map((peer) => shown(ratio(times, label, peer), 2)),
    ...label === base ? ["", ...known.map(() => "")] : [
      ms(overhead(times, label, base)),
      ...known.map((peer) => shown(overheadRatio(times, label, { base, peer }), 2)),
    ],
  ]);
  return table([[...head, ...known.map((peer) => `÷ ${peer}'s`)], ...rows]);
}
