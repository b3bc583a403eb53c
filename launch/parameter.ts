/** Values that a spec leaves to who starts the launch. */
import type { Bytes } from "../ffi/bytes.ts";

/**
 * A value that is given when the launch is started, by this name.
 *
 * A frozen launch takes it as `--NAME=VALUE`.
 */
export interface Parameter {
  readonly parameter: string;
}

/** A text that is known, or a parameter. */
export type Text = Bytes | Parameter;

export function isParameter(value: unknown): value is Parameter {
  return typeof value === "object" && value !== null && "parameter" in value;
}
