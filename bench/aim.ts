/** Aims: figures beside the most that they are meant to be. */
import { type Section, table } from "./markdown.ts";

/** A figure that is to be small. */
export interface Aim {
  readonly what: string;
  readonly figure: number;
  readonly atMost: number;
  /** Of both; none for a ratio. */
  readonly unit?: "ms" | "MiB" | "KiB";
}

const DIGITS = { ms: 2, MiB: 1, KiB: 0, ratio: 2 } as const;

/** The section about all of them. */
export function aimSection(aims: readonly Aim[]): Section {
  const rows = aims.map(({ what, figure, atMost, unit }) => {
    const shown = (number: number): string =>
      number.toFixed(DIGITS[unit ?? "ratio"]) + (unit ? ` ${unit}` : "");
    return [what, shown(figure), shown(atMost), figure <= atMost ? "met" : "missed"];
  });
  const missed = rows.filter((row) => row.at(-1) === "missed").length;
  return {
    title: "Aims",
    blocks: [
      missed ? `${rows.length - missed} of ${rows.length} are met.` : "All are met.",
      table([["", "measured", "aim: at most", ""], ...rows]),
    ],
  };
}
