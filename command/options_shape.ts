/** Copies the options of commands, and checks their types at run time. */
import {
  bytes,
  type Check,
  either,
  flag,
  isRecord,
  list,
  must,
  number,
  string,
  word,
} from "../launch/shape.ts";
import { SPEC_SHAPE } from "../launch/spec_shape.ts";
import type { CommandOptions } from "./options.ts";

const NOTHING: Readonly<Record<string, unknown>> = Object.create(null);

/**
 * A deep copy of options: own properties only, each read once. An AbortSignal is not copied.
 *
 * @param like A copy that was made before: what is the same is that again.
 */
export function snapshot<T>(value: T, like?: unknown): T;
export function snapshot(value: unknown, like?: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const known: readonly unknown[] = Array.isArray(like) ? like : [];
    const copy = value.map((one, i) => snapshot(one, known[i]));
    return Array.isArray(like) && areSame(copy, known) ? like : copy;
  }
  if (value instanceof Uint8Array) {
    const copy = value.slice();
    return like instanceof Uint8Array && areSame(copy, like) ? like : copy;
  }
  if (value instanceof URL) {
    return like instanceof URL && like.href === value.href ? like : new URL(value);
  }
  if (!isRecord(value)) return value;
  const known = isRecord(like) ? like : NOTHING;
  const copy: Record<string, unknown> = Object.create(null);
  const names = Object.keys(value);
  for (const name of names) copy[name] = snapshot(value[name], known[name]);
  const isKnown = isRecord(like) && names.length === Object.keys(like).length;
  return isKnown && names.every((name) => Object.is(copy[name], like[name])) ? like : copy;
}

const areSame = (a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
};

export const path: Check = must(
  "a string or a URL",
  (value) => typeof value === "string" || value instanceof URL,
);

const place = either("true, false, a string or a Uint8Array", flag, bytes);
const signal = either("the name or number of a signal", string, number);
const stream = word("piped", "inherit", "null");
// A Command's own status says how it has ended.
const {
  name: _name,
  program: _program,
  argv: _argv,
  statusFd: _statusFd,
  exitsAsShell: _exitsAsShell,
  interruptible: _interruptible,
  ...shape
} = SPEC_SHAPE;

/** A check for each option: a missing one is a type error. */
export const COMMAND_SHAPE: { readonly [Name in keyof Required<CommandOptions>]: Check } = {
  ...shape,
  args: list(bytes),
  cwd: path,
  mapRootUser: flag,
  mapCurrentUser: flag,
  mapAuto: flag,
  mountProc: place,
  mountBinfmt: place,
  killChild: (value, at) => value === false ? [] : signal(value, at),
  uid: number,
  gid: number,
  signal: must("an AbortSignal", (value) => value instanceof AbortSignal),
  detached: flag,
  windowsRawArguments: flag,
  stdin: stream,
  stdout: stream,
  stderr: stream,
};
