/** What can be wrong with capabilities. */
import { CAPABILITY_NAMES } from "../../ffi/abi/capability_names.ts";
import type { Problem } from "../errors.ts";
import { isParameter, type Parameter } from "../parameter.ts";
import { type Check, fields, isRecord, list, string } from "../shape.ts";
import { didYouMean } from "../suggest.ts";
import { type CapabilitiesSpec, capabilityBits } from "./spec.ts";

const edit: Check = (value, path) => {
  const needed = isRecord(value) && Object.hasOwn(value, "drop") ? "drop" : "add";
  return fields({ [needed]: string }, [needed])(value, path);
};

/** The types of edits that come from JavaScript. */
export const CAPABILITIES_SHAPE: Check = list(edit);

const NAMES = ["all", ...CAPABILITY_NAMES.map((name) => name.slice("CAP_".length).toLowerCase())];

/** What is wrong with the values of edits, and with what else is asked for. */
export function capabilityProblems(
  { capabilities, keepCaps }: CapabilitiesSpec<Parameter> & { readonly keepCaps?: unknown },
): Problem[] {
  if (capabilities === undefined) return [];
  const edits = isParameter(capabilities) ? [] : capabilities;
  const problems = edits.flatMap((edit, i): Problem[] => {
    const [[kind, name]] = Object.entries(edit) as [[string, string]];
    if (capabilityBits(name) !== undefined) return [];
    const path = `capabilities[${i}].${kind}`;
    const guess = didYouMean(name.toLowerCase().replace(/^cap_/, ""), NAMES);
    return [{ path, message: `${path}: unknown capability: '${name}'${guess}` }];
  });
  if (keepCaps === undefined || keepCaps === false) return problems;
  const message = "options capabilities and keepCaps cannot be combined";
  return [...problems, { path: "keepCaps", message }];
}
