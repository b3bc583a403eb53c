/** Which fields exact options set. */
import { JOIN_SHAPE, SPEC_SHAPE } from "../../spec_shape.ts";
import type { Meaning } from "../spec.ts";

/** Values that are of the next operation, or more words: no fields. */
const NO_FIELDS: readonly Meaning["as"][] = ["octal", "bytes", "layer", "words"];

/** Whether an option sets no field. */
export const isNoField = ({ as }: Meaning): boolean => NO_FIELDS.includes(as);

/** Whether it is a field of a spec. */
export function isSpecField(path: string): boolean {
  const [first, second] = path.split(".");
  const shape = first === "join" ? JOIN_SHAPE : SPEC_SHAPE;
  return Object.hasOwn(shape, first === "join" ? second! : first!);
}

/** Whether a launch knows of what an option means. */
export const isSupported = (meaning: Meaning): boolean =>
  isNoField(meaning) || meaning.field === "argv0" || isSpecField(meaning.field);
