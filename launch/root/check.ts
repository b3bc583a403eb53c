/** What can be wrong with the operations of a new root. */
import { type Bytes, hasNul } from "../../ffi/bytes.ts";
import type { Problem } from "../errors.ts";
import { isParameter, type Parameter } from "../parameter.ts";
import {
  bytes,
  type Check,
  either,
  fields,
  flag,
  isRecord,
  list,
  must,
  number,
  whole,
  word,
} from "../shape.ts";
import { endsInNoName, LAYERS } from "./record.ts";
import type { NewRootSpec, RootOperation } from "./spec.ts";

const open = fields({ fd: number }, ["fd"]);
const content = either("a string, a Uint8Array, or { fd }", bytes, open);
const kind = { kind: () => [] };
const at = { ...kind, destination: bytes };

/** The properties of an operation, and those that it needs beside its kind and destination. */
type Shape = readonly [shape: Readonly<Record<string, Check>>, ...needed: readonly string[]];

const BIND: Shape = [{ ...at, source: content, try: flag }, "source"];
const FILE: Shape = [{ ...at, content, perms: number }, "content"];
const MOUNT: Shape = [at];
const OVERLAY: Shape = [{ ...at, sources: list(bytes) }, "sources"];

/** What each kind of operation has. */
const SHAPES: Readonly<Record<RootOperation["kind"], Shape>> = {
  bind: BIND,
  "ro-bind": BIND,
  "dev-bind": BIND,
  "remount-ro": MOUNT,
  proc: MOUNT,
  dev: MOUNT,
  mqueue: MOUNT,
  tmpfs: [{ ...at, size: whole, perms: number }],
  overlay: [
    { ...at, sources: list(bytes), upper: bytes, work: bytes },
    ...["sources", "upper", "work"],
  ],
  "tmp-overlay": OVERLAY,
  "ro-overlay": OVERLAY,
  dir: [{ ...at, perms: number }],
  file: FILE,
  "bind-data": FILE,
  "ro-bind-data": FILE,
  symlink: [{ ...at, target: bytes }, "target"],
  chmod: [{ ...at, perms: number }, "perms"],
};

const isKind = word(...Object.keys(SHAPES));

const operation: Check = (value, path) => {
  if (!isRecord(value)) return must("an object", () => false)(value, path);
  const wrong = isKind(value.kind, `${path}.kind`);
  if (wrong.length > 0) return wrong;
  const [shape, ...needed] = SHAPES[value.kind as RootOperation["kind"]];
  return fields(shape, ["destination", ...needed])(value, path);
};

/** The types of operations that come from JavaScript. */
export const NEW_ROOT_SHAPE: Check = list(operation);

/** The sizes that tmpfs takes: as bwrap(1). */
const MOST_BYTES = 2n ** 63n - 1n;

/** What is wrong with the values of one operation. */
function* wrongIn(operation: RootOperation): Generator<readonly [name: string, message: string]> {
  const paths = Object.entries(operation).flatMap(([name, value]): [string, Bytes][] => {
    if (["destination", "source", "target", "upper", "work"].includes(name)) {
      return typeof value === "object" && "fd" in value ? [] : [[name, value]];
    }
    if (name !== "sources") return [];
    return value.map((one: Bytes, i: number) => [`sources[${i}]`, one]);
  });
  for (const [name, path] of paths) {
    if (path.length === 0) yield [name, "empty"];
    if (hasNul(path)) yield [name, "contains a NUL byte"];
  }
  for (const name of ["source", "content"]) {
    const value = (operation as unknown as Readonly<Record<string, unknown>>)[name];
    const fd = isRecord(value) ? value.fd : 0;
    if (!(Number.isInteger(fd) && Number(fd) >= 0 && Number(fd) < 2 ** 31)) {
      yield [`${name}.fd`, `not a descriptor: ${fd}`];
    }
  }
  const { perms = 0, size = 1 } = operation as {
    readonly perms?: number;
    readonly size?: number | bigint;
  };
  if (!Number.isInteger(perms) || perms < 0 || perms > 0o7777) {
    yield ["perms", `not a mode from 0 to 0o7777: ${perms}`];
  }
  if (size < 1 || size > MOST_BYTES) {
    yield ["size", `not a number of bytes from 1 up: ${size}`];
  }
  if (endsInNoName(operation)) yield ["destination", "ends in no name"];
  if ("sources" in operation) {
    const least = LAYERS[operation.kind];
    const { length } = operation.sources;
    if (length < least) yield ["sources", `${length} given, and at least ${least} needed`];
  }
}

/** What a new root takes the place of: each has an operation instead, or would be outside of it. */
const EXCLUDED = ["root", "mountProc", "mountBinfmt", "loadInterp"] as const;

/** What is wrong with a new root, and with what else is asked for. */
export function newRootProblems(
  spec: NewRootSpec<Parameter> & Partial<Record<typeof EXCLUDED[number] | "propagation", unknown>>,
): Problem[] {
  const { newRoot, propagation = "private" } = spec;
  if (newRoot === undefined) return [];
  const problems = EXCLUDED.filter((name) => spec[name] !== undefined)
    .map((path): Problem => ({ path, message: `options newRoot and ${path} cannot be combined` }));
  if (!["private", "slave"].includes(propagation as string)) {
    const message = `propagation: a new root would appear outside: '${propagation}'`;
    problems.push({ path: "propagation", message });
  }
  if (isParameter(newRoot)) return problems;
  return [
    ...problems,
    ...newRoot.flatMap((operation, i) =>
      [...wrongIn(operation)].map(([name, message]) => {
        const path = `newRoot[${i}].${name}`;
        return { path, message: `${path}: ${message}` };
      })
    ),
  ];
}
