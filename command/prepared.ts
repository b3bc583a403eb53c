/**
 * What is known of launches that are like one before: scripts start the same sandbox again and again, with
 * other arguments and variables, which are in a request and in no image.
 */
import { type Bytes, hasNul } from "../ffi/bytes.ts";
import { checkValues } from "../launch/compile.ts";
import { isRecord } from "../launch/shape.ts";
import { withImplied } from "../launch/implied.ts";
import type { EnvironmentEdit } from "../launch/program/spec.ts";
import { listsOf, type Parts, partsOf } from "../launch/request_file.ts";
import type { LaunchSpec } from "../launch/spec.ts";
import { type CommandOptions, specOf } from "./options.ts";
import { snapshot } from "./options_shape.ts";

/** A spec with all that it implies, in which nothing is wrong, and its parts. */
export interface Prepared extends Parts {
  readonly spec: LaunchSpec;
}

/** A command as it was given, copied. */
export interface Asked {
  readonly command: string | URL;
  readonly options: CommandOptions;
}

interface Known extends Asked {
  readonly prepared: Prepared;
}

/** So many are remembered. */
const KEPT = 4;

/** Those that were prepared last, the latest first. */
const known: Known[] = [];

/** What may differ from one to the next. */
const VALUES: readonly (keyof CommandOptions)[] = ["args", "env", "environment"];

/** Copies what was given. What is the same as before is the same object, so that it is found by that. */
export function copied(command: string | URL, options: CommandOptions): Asked {
  const names = isRecord(options) ? Object.keys(options).length : undefined;
  const like = known.find((one) => Object.keys(one.options).length === names);
  return {
    command: snapshot(command, like?.command),
    options: snapshot(options, like?.options),
  };
}

/**
 * Prepares the launch of a command.
 *
 * @throws {SpecError} where options are unknown, of wrong types, or contradict each other.
 * @throws {TypeError} for a URL that is no path, and for an unknown signal.
 */
export function prepare(asked: Asked): Prepared {
  for (const one of known) {
    const prepared = isLike(one, asked) ? withValues(one, asked.options) : undefined;
    if (prepared) return prepared;
  }
  // Its types were checked as those of options.
  const spec = withImplied(specOf(asked.command, asked.options));
  checkValues(spec);
  const prepared = { spec, ...partsOf(spec) };
  known.unshift({ ...asked, prepared });
  known.length = Math.min(known.length, KEPT);
  return prepared;
}

function isLike(known: Asked, asked: Asked): boolean {
  const names = Object.keys(asked.options) as (keyof CommandOptions)[];
  return known.command === asked.command &&
    names.length === Object.keys(known.options).length &&
    names.every((name) =>
      Object.hasOwn(known.options, name) &&
      (VALUES.includes(name) || Object.is(known.options[name], asked.options[name]))
    );
}

/** The same launch with other values; undefined where these are not fine, or change the image. */
function withValues(
  { options: known, prepared }: Known,
  { args = [], env = {}, environment = [] }: CommandOptions,
): Prepared | undefined {
  const isFine = (args === known.args || areTexts(args)) &&
    (env === known.env || areVariables(env, known.env)) &&
    (environment === known.environment || areEdits(environment, known.environment));
  if (!isFine) return undefined;
  const { spec } = prepared;
  const values = {
    argv: [spec.argv[0]!, ...args],
    ...spec.env ? { env } : {},
    ...spec.environment ? { environment } : {},
  };
  const other: LaunchSpec = Object.assign(Object.create(null), spec, values);
  return { ...prepared, spec: other, lists: listsOf(other) };
}

const isText = (value: unknown): value is Bytes =>
  (typeof value === "string" || value instanceof Uint8Array) && !hasNul(value);

const isName = (name: unknown): boolean =>
  typeof name === "string" && name !== "" && !/[=\0]/.test(name);

const isString = (value: unknown): boolean => typeof value === "string" && !hasNul(value);

const areTexts = (list: readonly unknown[]): boolean => Array.isArray(list) && list.every(isText);

function areVariables(
  env: Readonly<Record<string, unknown>>,
  known: CommandOptions["env"] = {},
): boolean {
  if (!isRecord(env)) return false;
  const names = Object.keys(env);
  return (names.length > 0) === (Object.keys(known).length > 0) &&
    (env.PATH === undefined) === (known.PATH === undefined) &&
    names.every((name) => isName(name) && isString(env[name]));
}

/** Of edits those that set a variable are looked at. */
function areEdits(
  edits: readonly EnvironmentEdit[],
  known: readonly EnvironmentEdit[] = [],
): boolean {
  return Array.isArray(edits) && (edits.length > 0) === (known.length > 0) &&
    edits.every((edit, i) =>
      edit === known[i] ||
      isRecord(edit) && Object.keys(edit).length === 2 && isName(edit.set) && isString(edit.value)
    );
}
