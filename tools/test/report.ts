/** The report at the end of all tests. */

import type { Failure, Result } from "./result.ts";

const sum = (results: readonly Result[], what: "passed" | "failed" | "skipped"): number =>
  results.reduce((total, result) => total + result[what], 0);

/** Counts the reasons of skipped tests, the most frequent first. */
function countReasons(results: readonly Result[]): [reason: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { reasons, skipped } of results) {
    const untold = Array(Math.max(0, skipped - reasons.length)).fill("something they do not name");
    for (const reason of [...reasons.slice(0, skipped), ...untold]) {
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}

/** The command that makes most of the skipped tests run, if there is one. */
function remedyOf(reasons: readonly string[], isRoot: boolean): string | undefined {
  const packages = reasons.flatMap((reason) =>
    [...reason.matchAll(/Debian package ([^)\s]+)/g)].map((match) => match[1]!)
  );
  const needsRoot = reasons.some((reason) => /^root(;|$)/.test(reason));
  if (!isRoot) return needsRoot || packages.length > 0 ? "sudo ./dev test" : undefined;
  const names = [...new Set(packages)].sort().join(" ");
  return names ? `apt-get install --no-install-recommends ${names}` : undefined;
}

/** How many lines the list at the end may take, that the tail of a log has all of it. */
const MOST_LINES = 60;
const MOST_LINES_EACH = 15;
const MOST_COLUMNS = 200;

/** What failed, with the beginning of each error: the fewer they are, the more of it. */
function list(failures: readonly Failure[]): string[] {
  const shown = failures.slice(0, MOST_LINES);
  const each = Math.min(MOST_LINES_EACH, Math.floor(MOST_LINES / shown.length) - 1);
  return [
    ...shown.flatMap(({ name, error }) => [
      `  ${name}`,
      ...error.split("\n").filter((line) => line.trim()).slice(0, each)
        .map((line) => `    ${line.slice(0, MOST_COLUMNS)}`),
    ]),
    ...failures.length > shown.length ? [`  and ${failures.length - shown.length} more`] : [],
  ];
}

/** How many of the slowest files to name. */
const MOST_SLOW = 5;
/** Below that no file is worth a line. */
const SLOW_SECONDS = 10;

/** The files that took longest. */
function listSlowest(results: readonly Result[]): string[] {
  return results.filter(({ seconds }) => seconds >= SLOW_SECONDS)
    .toSorted((a, b) => b.seconds - a.seconds).slice(0, MOST_SLOW)
    .map(({ name, seconds }) => `  ${seconds.toFixed(0).padStart(4)} s  ${name}`);
}

/** The failures in full, the slowest files, the reasons of skips, a list of what failed, and a line of numbers. */
export function report(results: readonly Result[], isRoot: boolean): string {
  const failures = results.flatMap(({ failures }) => failures);
  const errors = failures.filter(({ error }) => error);
  const reasons = countReasons(results);
  const slowest = listSlowest(results);
  const numbers = [`${sum(results, "passed")} passed`, `${sum(results, "failed")} failed`];
  if (reasons.length > 0) numbers.push(`${sum(results, "skipped")} skipped`);
  const remedy = remedyOf(reasons.map(([reason]) => reason), isRoot);
  const width = Math.max(...reasons.map(([, count]) => String(count).length));
  return [
    ...errors.length ? ["== errors"] : [],
    ...errors.flatMap(({ name, error }) => [name, error, ""]),
    ...slowest.length ? ["== slowest", ...slowest, ""] : [],
    ...reasons.length ? ["== skipped"] : [],
    ...reasons.map(([reason, count]) => `  ${String(count).padStart(width)} need ${reason}`),
    ...remedy === undefined ? [] : ["", `this lets them run: ${remedy}`],
    ...reasons.length ? [""] : [],
    ...failures.length ? ["== failed", ...list(failures), ""] : [],
    numbers.join(", "),
  ].join("\n");
}
