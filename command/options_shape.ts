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

/**
 * A deep copy of options: own properties only, each read once. An AbortSignal is not copied.
 */
export function snapshot<T>(value: T): T;
export function snapshot(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => snapshot(one));
  if (value instanceof Uint8Array) return value.slice();
  if (value instanceof URL) return new URL(value);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([name, one]) => [name, snapshot(one)]);
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

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
