/** What one benchmark needs, and what comes of it. */
import type { Aim } from "./aim.ts";
import type { Absent } from "./contender.ts";
import type { Compiled } from "./compiled.ts";
import type { Section } from "./markdown.ts";

/** How much is done. */
export interface Effort {
  readonly rounds: number;
  readonly warmUp: number;
  /** Launches at once. */
  readonly atOnce: number;
  /** Rounds of those. */
  readonly crowds: number;
  /** Launches alive at once. */
  readonly alive: number;
  /** Processes more whose namespaces are listed. */
  readonly processes: number;
}

/** What benchmarks share. */
export interface Bench {
  readonly effort: Effort;
  readonly compiled: Compiled;
  /** A new folder for the files of one of them. */
  readonly folder: () => string;
}

/** What one has found. */
export interface Findings {
  readonly section: Section;
  readonly aims: readonly Aim[];
}

/** The aims of which there is a figure. */
export function aims(
  asked: readonly (Omit<Aim, "figure"> & { figure: number | undefined })[],
): Aim[] {
  return asked.filter((aim): aim is Aim => aim.figure !== undefined);
}

/** A line about those who did not take part. */
export function leftOut(absent: readonly Absent[]): string[] {
  const list = absent.map(({ label, problem }) => `${label} (${problem})`).join(", ");
  return list ? [`Left out: ${list}.`] : [];
}
