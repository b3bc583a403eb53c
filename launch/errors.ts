/** Errors of making a launch, before anything is changed. */

/** One thing that is wrong with a spec. */
export interface Problem {
  /** Where: "mapUsers[1].count". */
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
}

/** A spec that cannot be planned. Holds every problem found. */
export class SpecError extends TypeError {
  override readonly name = "SpecError";

  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(({ message }) => message).join("; "));
  }
}
