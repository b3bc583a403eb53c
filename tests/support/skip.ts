/**
 * Tests that cannot run here are skipped, and say why: one line for each, which `./dev test` counts.
 */

/** Something that is missing. */
export interface Lack {
  /** As in "needs root". */
  readonly what: string;
  /** Nothing that could be installed, allowed or set up here would bring it. */
  readonly forGood: boolean;
}

/** Options for `Deno.test` that tell whether a test is skipped. */
export interface Skip {
  readonly ignore: boolean;
}

/** The line of the test that is registered: "mount_test.ts:12". */
function asker(): string {
  const line = new Error().stack?.split("\n").find((line) => /_test\.ts:\d/.test(line));
  return line?.match(/([^/]*_test\.ts:\d+)/)?.[1] ?? "a test";
}

/**
 * Options for a test that lacks these. With NIDO_MUST_WORK=1, as on CI, a skip fails the run, but
 * for one that is for good: the suite runs as root and as an ordinary user.
 *
 * @throws {Error} with NIDO_MUST_WORK=1, if something is missing that could be there.
 */
export function skipFor(lacks: readonly Lack[]): Skip {
  if (lacks.length === 0) return { ignore: false };
  const list = lacks.map(({ what }) => what).join("; ");
  const excused = lacks.some(({ forGood }) => forGood);
  if (Deno.env.get("NIDO_MUST_WORK") === "1" && !excused) {
    throw new Error(`Cannot run ${asker()} although NIDO_MUST_WORK=1: it needs ${list}`);
  }
  return {
    // Read once for each test that is registered with these options.
    get ignore() {
      console.log(`skip ${asker()}: needs ${list}`);
      return true;
    },
  };
}
