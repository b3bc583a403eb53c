/**
 * What is known of launches that are like one before: scripts start the same sandbox again and again, with
 * other arguments and variables, which are in a request and in no image.
 */
import { type Bytes, hasNul } from "../ffi/bytes.ts";
import { checkValues } from "../launch/compile.ts";
import { isRecord } from "../launch/shape.ts";
import { withImplied } from "../launch/implied.ts";
import { isVariableName } from "../launch/program/check.ts";
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
  /** One of the last, if that differs in values alone. */
  readonly like?: Known | undefined;
}

/** A command that was prepared. */
interface Known extends Asked {
  readonly prepared: Prepared;
}

/** So many are remembered. */
const KEPT = 4;

/** Those that were prepared last, the latest first. */
const known: Known[] = [];

/** What may differ from one to the next. */
const VALUES: readonly string[] = ["args", "env", "environment"] satisfies (keyof CommandOptions)[];

type Values = Readonly<Record<string, unknown>>;

const NOTHING: Values = Object.create(null);

/** Copies what was given. */
export function copied(command: string | URL, options: CommandOptions): Asked {
  if (!isRecord(options)) return { command: snapshot(command), options: snapshot(options) };
  let asked = copiedLike(known[0], command, options);
  // Each option is read once: it is the copy that is looked at again.
  for (let i = 1; i < known.length && !asked.like; i++) {
    asked = copiedLike(known[i], asked.command, asked.options);
  }
  return asked;
}

/** Copies what is not the same as before, and sees whether but for values all is. */
function copiedLike(
  like: Known | undefined,
  command: string | URL,
  options: CommandOptions,
): Asked {
  const [given, before] = [options, like?.options ?? NOTHING] as unknown as readonly [
    Values,
    Values,
  ];
  const copy: Record<string, unknown> = Object.create(null);
  const names = Object.keys(given);
  const asked = { command: snapshot(command, like?.command), options: copy };
  let isLike = asked.command === like?.command &&
    names.length === Object.keys(before).length;
  for (const name of names) {
    const one = copy[name] = snapshot(given[name], before[name]);
    if (one !== before[name] && !VALUES.includes(name) || !Object.hasOwn(before, name)) {
      isLike = false;
    }
  }
  return isLike ? { ...asked, like } : asked;
}

/**
 * Prepares the launch of a command.
 *
 * @throws {SpecError} where options are unknown, of wrong types, or contradict each other.
 * @throws {TypeError} for a URL that is no path, and for an unknown signal.
 */
export function prepare(asked: Asked): Prepared {
  const { command, options, like } = asked;
  const same = like && withValues(like, options);
  if (same) return same;
  // Its types were checked as those of options.
  const spec = withImplied(specOf(command, options));
  checkValues(spec);
  const prepared = { spec, ...partsOf(spec) };
  known.unshift({ command, options, prepared });
  known.length = Math.min(known.length, KEPT);
  return prepared;
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

const isString = (value: unknown): value is string => typeof value === "string" && !hasNul(value);

const areTexts = (list: readonly unknown[]): boolean => Array.isArray(list) && list.every(isText);

function areVariables(
  env: Readonly<Record<string, unknown>>,
  known: CommandOptions["env"] = {},
): boolean {
  if (!isRecord(env)) return false;
  const names = Object.keys(env);
  return (names.length > 0) === (Object.keys(known).length > 0) &&
    (env.PATH === undefined) === (known.PATH === undefined) &&
    names.every((name) => isVariableName(name) && isString(env[name]));
}

/** Of edits those that set a variable are looked at. */
function areEdits(
  edits: readonly EnvironmentEdit[],
  known: readonly EnvironmentEdit[] = [],
): boolean {
  return Array.isArray(edits) && (edits.length > 0) === (known.length > 0) &&
    edits.every((edit, i) =>
      edit === known[i] ||
      isRecord(edit) && Object.keys(edit).length === 2 && isString(edit.set) &&
        isVariableName(edit.set) && isString(edit.value)
    );
}
