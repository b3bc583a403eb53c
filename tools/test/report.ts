/** The report at the end of all tests. */

import type { Result } from "./result.ts";

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

/** The failures in full and their list, the reasons of skips, and a line of numbers. */
export function report(results: readonly Result[], isRoot: boolean): string {
  const errors = results.map(({ errors }) => errors).filter(Boolean);
  const failures = results.flatMap(({ failures }) => failures);
  const reasons = countReasons(results);
  const numbers = [`${sum(results, "passed")} passed`, `${sum(results, "failed")} failed`];
  if (reasons.length > 0) numbers.push(`${sum(results, "skipped")} skipped`);
  const remedy = remedyOf(reasons.map(([reason]) => reason), isRoot);
  const width = Math.max(...reasons.map(([, count]) => String(count).length));
  return [
    ...errors.length ? ["== errors", ...errors.flatMap((error) => [error, ""])] : [],
    ...failures.length ? ["== failed", ...failures.map((failure) => `  ${failure}`), ""] : [],
    ...reasons.length ? ["== skipped"] : [],
    ...reasons.map(([reason, count]) => `  ${String(count).padStart(width)} need ${reason}`),
    ...remedy === undefined ? [] : ["", `this lets them run: ${remedy}`],
    ...reasons.length ? [""] : [],
    numbers.join(", "),
  ].join("\n");
}
