/** Values that a spec leaves to who starts the launch. */
import type { Bytes } from "../ffi/bytes.ts";
import type { Problem } from "./errors.ts";

/**
 * A value that is given when a launch is started, by this name: letters, digits, `-` and `_`. It may
 * stand in several places.
 *
 * A frozen launch takes it as `--NAME=VALUE`.
 */
export interface Parameter {
  readonly parameter: string;
  /** Of a word of the program: what stands in front of the value, as in `NAME=VALUE`. */
  readonly prefix?: string;
  /** Of variables: whether PATH is one of them. Default: that is not known. */
  readonly hasPath?: boolean;
}

/** A text that is known, or a parameter. */
export type Text = Bytes | Parameter;

/** What a parameter may be: a text, a user or group id, or a number of seconds with a sign. */
export type ParameterKind = "text" | "id" | "seconds";

/** Parameters by their names. */
export type ParameterKinds = Readonly<Record<string, ParameterKind>>;

/** The places of a spec where a parameter is no text. */
const KINDS: ParameterKinds = {
  setuid: "id",
  setgid: "id",
  mapUser: "id",
  mapGroup: "id",
  "owner.uid": "id",
  "owner.gid": "id",
  monotonic: "seconds",
  boottime: "seconds",
};

export function isParameter(value: unknown): value is Parameter {
  return typeof value === "object" && value !== null && "parameter" in value;
}

/** The elements of a list, as far as they are known. */
export const knownOf = <T>(list: readonly T[] | Parameter | undefined): readonly T[] =>
  list === undefined || isParameter(list) ? [] : list;

/** Runs a function with each parameter in a spec, and with its place: "env.HOME". */
function eachParameter(
  value: unknown,
  place: string,
  found: (parameter: Parameter, place: string) => void,
): void {
  if (isParameter(value)) return found(value, place);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return;
  for (const [name, one] of Object.entries(value)) {
    eachParameter(one, place === "" ? name : `${place}.${name}`, found);
  }
}

/** The parameters in a spec. */
export function parametersIn(spec: object): ParameterKinds {
  const kinds: Record<string, ParameterKind> = {};
  eachParameter(spec, "", ({ parameter }, place) => {
    kinds[parameter] ??= KINDS[place] ?? "text";
  });
  return kinds;
}

/** What can be wrong with parameters: their names, and places that want different kinds. */
export function parameterProblems(spec: object): Problem[] {
  const kinds: Record<string, ParameterKind> = {};
  const problems: Problem[] = [];
  eachParameter(spec, "", ({ parameter }, path) => {
    const kind = KINDS[path] ?? "text";
    kinds[parameter] ??= kind;
    if (!/^[a-zA-Z0-9][\w-]*$/.test(parameter)) {
      problems.push({ path, message: `${path}: not a name of a parameter: '${parameter}'` });
    } else if (kind !== kinds[parameter]) {
      const message = `${path}: parameter '${parameter}' cannot be both ${
        kinds[parameter]
      } and ${kind}`;
      problems.push({ path, message });
    }
  });
  return problems;
}
