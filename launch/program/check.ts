/** What can be wrong with the environment that is asked for. */
import { hasNul } from "../../ffi/bytes.ts";
import type { Problem } from "../errors.ts";
import { isParameter, knownOf, type Parameter } from "../parameter.ts";
import { type Check, either, fields, list, must, string } from "../shape.ts";
import type { ProgramSpec } from "./spec.ts";

const value = either(
  "a string, or a parameter",
  string,
  must("a parameter", (value) => isParameter(value)),
);

const cleared = fields({ clear: must("true", (value) => value === true) }, ["clear"]);
const unset = fields({ unset: string }, ["unset"]);
const set = fields({ set: string, value }, ["set", "value"]);

const edit: Check = (value, path) => {
  const has = (name: string): boolean =>
    typeof value === "object" && value !== null && name in value;
  return (has("clear") ? cleared : has("unset") ? unset : set)(value, path);
};

/** Of `environment`. */
export const ENVIRONMENT_SHAPE: Check = list(edit);

/** Whether a variable can have this name. */
export const isVariableName = (name: string): boolean => name !== "" && !/[=\0]/.test(name);

/** Names and values that no variable has. */
export function environmentProblems({ environment }: ProgramSpec<Parameter>): Problem[] {
  return knownOf(environment).flatMap((edit, i): Problem[] => {
    if ("clear" in edit) return [];
    const path = `environment[${i}]`;
    const name = "unset" in edit ? edit.unset : edit.set;
    if (!isVariableName(name)) {
      return [{ path, message: `${path}: not a name of a variable: '${name}'` }];
    }
    if (!("set" in edit) || isParameter(edit.value) || !hasNul(edit.value)) return [];
    return [{ path, message: `${path}: contains a NUL byte` }];
  });
}
