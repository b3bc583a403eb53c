/** Parses the output of one "deno test". */

/** Something that went wrong. */
export interface Failure {
  /** A line: the test and where it is, or the file. */
  readonly name: string;
  /** What was printed about it; empty if the name tells all. */
  readonly error: string;
}

/** Its tests, each counted once, and what it printed about them. */
export interface Result {
  readonly name: string;
  passed: number;
  failed: number;
  skipped: number;
  /** How long it took. */
  seconds: number;
  /** Left out by --filter. */
  readonly filtered: number;
  /** What skipped tests lack; one entry for each test. */
  readonly reasons: string[];
  /** The lines about each test, as they came. */
  readonly log: string;
  /** One for each test that failed. */
  readonly failures: Failure[];
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

/** Gives each failure in a list its part of the errors: they begin with the same line, in the same order. */
function readFailures(errors: string, names: readonly string[]): Failure[] {
  const text = `\n${errors}\n`;
  let end = 0;
  const starts = names.map((name) => {
    const at = text.indexOf(`\n${name}\n`, end);
    if (at >= 0) end = at + 1;
    return at;
  });
  return names.map((name, i) => {
    if (starts[i]! < 0) return { name, error: "" };
    const next = starts.slice(i + 1).find((at) => at >= 0);
    return { name, error: text.slice(starts[i]! + name.length + 2, next).trim() };
  });
}

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
  const names = listed!.split("\n").map((line) => line.trim()).filter(Boolean);
  const result: Result = {
    name,
    passed: numberOf(summary ?? "", "passed"),
    failed: numberOf(summary ?? "", "failed"),
    skipped: numberOf(summary ?? "", "ignored"),
    seconds: 0,
    filtered: numberOf(summary ?? "", "filtered out"),
    reasons,
    log: log.trimEnd(),
    failures: readFailures(described!, names),
  };
  // A file that cannot be loaded, or that ends the whole of Deno, has not failed any test.
  if ((verdict === undefined || !isSuccess) && result.failed === 0) {
    const last = told.trimEnd().split("\n").slice(-LAST_LINES).join("\n");
    const how = verdict ? "it ended badly" : "it did not come to its end";
    addFailure(result, `${name} (${how})`, described!.trim() || last);
  }
  return result;
}

/** Counts something that went wrong outside of any test. */
export function addFailure(result: Result, name: string, error = ""): void {
  result.failed++;
  result.failures.push({ name, error });
}
