/**
 * Values apart from shape: specs are taken apart, and who starts a launch gives its values in a request.
 *
 * A request is a file. All in it is counted from its start, in words of 8 bytes:
 *
 *     a word for each value, in the order of OPEN: where it is
 *     lists: a word that is free, then one for each text, where that is; 0 behind them
 *     texts: C strings, and operations of a root as launch/root/record.ts has them
 */
import type { Bytes } from "../ffi/bytes.ts";
import type { Parameter } from "./parameter.ts";
import { editText } from "./program/spec.ts";
import { operationsBytes } from "./root/record.ts";
import type { RootOperation } from "./root/spec.ts";
import type { LaunchSpec, OpenSpec } from "./spec.ts";

/** What a request may have, in this order. */
export const OPEN = {
  texts: ["cwd", "hostname", "domainname", "root", "wd", "newRoot"],
  lists: ["argv", "env", "environment"],
} as const;

export const WORD_BYTES = 8;

/** A spec that is taken apart. */
export interface Parts {
  /** The spec, its values left open. */
  readonly shape: OpenSpec;
  /** They, as a request has them: texts, and then lists. */
  readonly texts: readonly Bytes[];
  readonly lists: readonly (readonly Bytes[])[];
}

const isOperations = (
  value: Bytes | readonly RootOperation[],
): value is readonly RootOperation[] => Array.isArray(value);

/** Takes a spec apart. */
export function partsOf(spec: LaunchSpec): Parts {
  const { env = {}, environment = [] } = spec;
  const texts = OPEN.texts.flatMap((name) => {
    const value = spec[name];
    if (value === undefined) return [];
    return [[name, isOperations(value) ? operationsBytes(value) : value] as const];
  });
  const open = Object.fromEntries(texts.map(([name]) => [name, { parameter: name }]));
  const shape: Record<string, Parameter> = { ...open, argv: { parameter: "argv" } };
  if (Object.keys(env).length > 0) {
    shape.env = { parameter: "env", hasPath: env.PATH !== undefined };
  }
  if (environment.length > 0) shape.environment = { parameter: "environment" };
  return {
    // Nothing is inherited, as of the spec.
    shape: Object.assign(Object.create(null), spec, shape),
    texts: texts.map(([, value]) => value),
    lists: listsOf(spec),
  };
}

/** The lists of a spec, as a request has them. */
export function listsOf({ argv, env = {}, environment = [] }: LaunchSpec): Parts["lists"] {
  const variables = Object.keys(env).map((name) => `${name}=${env[name]}`);
  return [argv, variables, environment.map(editText)].filter((list) =>
    list === argv || list.length > 0
  );
}
