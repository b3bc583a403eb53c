/** Errors in specs, before anything runs. */

/** The variable that asks for all of a message where programs read it. */
export const EXPLAIN = "NIDO_EXPLAIN";

/** One thing that is wrong with a spec. */
export interface Problem {
  /** Where: "mapUsers[1].count". */
  readonly path: string;
  /** What is wrong there. */
  readonly message: string;
  /** What mends it. */
  readonly hint?: string;
}

/**
 * A wrong spec. It has all problems that were found.
 *
 * @example
 * ```ts
 * import { compile, type LaunchSpec, SpecError } from "@nido/nido";
 *
 * const spec: LaunchSpec = { name: "example", argv: ["sh"], namespaces: ["pid"], boottime: 1n };
 * try {
 *   compile(spec);
 * } catch (error) {
 *   if (!(error instanceof SpecError)) throw error;
 *   console.log(error.problems.map(({ path }) => path)); // [ "boottime" ]
 * }
 * ```
 */
export class SpecError extends TypeError {
  /** "SpecError". */
  override readonly name = "SpecError";
  /** All that is wrong, at least one. */
  readonly problems: readonly Problem[];

  /**
   * An error of a spec.
   *
   * @param problems All that is wrong, at least one.
   */
  constructor(problems: readonly Problem[]) {
    super(problems.map(({ message }) => message).join("; "));
    this.problems = problems;
  }
}
