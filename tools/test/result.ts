/** Parses the output of one "deno test". */

/** Its tests, each counted once, and what it printed about them. */
export interface Result {
  passed: number;
  failed: number;
  skipped: number;
  /** Left out by --filter. */
  readonly filtered: number;
  /** What skipped tests lack; one entry for each test. */
  readonly reasons: string[];
  /** The lines about each test, as they came. */
  readonly log: string;
  /** What went wrong, in full. */
  errors: string;
  /** A line for each test that failed. */
  readonly failures: string[];
}

/** What requires() prints for each test that is skipped. */
const SKIP = /^skip \S+: needs (.*)\n/gm;

// deno-lint-ignore no-control-regex
const COLOUR = /\x1b\[[0-9;]*m/g;

const SUMMARY = /^(ok|FAILED) \| (.*)$/gm;

const EMPTY_FRAME = /^-+ pre-test output -+\n-+ pre-test output end -+\n/m;

/** How many lines to show of output without errors of tests. */
const LAST_LINES = 20;

const numberOf = (summary: string, what: string): number =>
  Number(summary.match(new RegExp(`(\\d+) ${what}`))?.[1] ?? 0);

/** Parses the output of a "deno test" that succeeded or failed. */
export function readResult(name: string, output: string, isSuccess: boolean): Result {
  const text = output.replace(COLOUR, "");
  const reasons = [...text.matchAll(SKIP)].map((match) => match[1]!);
  // A test may itself show what a "deno test" printed.
  const [all, verdict, summary] = [...text.matchAll(SUMMARY)].at(-1) ?? [];
  const told = text.replace(SKIP, "").replace(EMPTY_FRAME, "");
  const lines = all === undefined ? told : told.slice(0, told.lastIndexOf(all));
  const start = lines.indexOf("\n ERRORS \n");
  const [log, errors] = start < 0
    ? [lines, ""]
    : [lines.slice(0, start), lines.slice(start + " ERRORS \n\n".length)];
  const at = errors.lastIndexOf("\n FAILURES \n");
  const [described, listed] = at < 0
    ? [errors, ""]
    : [errors.slice(0, at), errors.slice(at + " FAILURES \n\n".length)];
  const result: Result = {
    passed: numberOf(summary ?? "", "passed"),
    failed: numberOf(summary ?? "", "failed"),
    skipped: numberOf(summary ?? "", "ignored"),
    filtered: numberOf(summary ?? "", "filtered out"),
    reasons,
    log: log.trimEnd(),
    errors: described!.trim(),
    failures: listed!.split("\n").map((line) => line.trim()).filter(Boolean),
  };
  // A file that cannot be loaded, or that ends the whole of Deno, has not failed any test.
  if ((verdict === undefined || !isSuccess) && result.failed === 0) {
    const last = told.trimEnd().split("\n").slice(-LAST_LINES);
    result.errors ||= [name, ...last].join("\n");
    result.failed++;
    result.failures.push(`${name} (${verdict ? "it ended badly" : "it did not come to its end"})`);
  }
  return result;
}

/** Counts something that went wrong outside of any test. */
export function addFailure(result: Result, failure: string): void {
  result.failed++;
  result.failures.push(failure);
}
