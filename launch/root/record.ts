/**
 * Operations as the steps of a launch read them: records, one after the other, of words of 8 bytes. Behind
 * them is one of kind 0, and then texts with a NUL behind each. Places are counted from the start of it
 * all: so it may stand anywhere.
 */
import { type Bytes, encode, stringOf } from "../../ffi/bytes.ts";
import type { Content, RootOperation } from "./spec.ts";

/** The words of a record. */
export const WORDS = [
  /** What is done: see {@linkcode KINDS}. */
  "kind",
  "flags",
  /** The place of its name: "ro-bind". */
  "name",
  /** The place of the source path, of a link's target, of a file's bytes, or of mount options. */
  "source",
  /** The place of an overlay's work directory. */
  "work",
  /** The place of the destination: from the new root, without a slash in front. */
  "destination",
  /** The place of the destination as it was given. */
  "given",
  "mode",
  /** The mode of directories above the destination. */
  "parentMode",
  /** The descriptor that is the source; -1 for none. */
  "fd",
  /** The bytes of a file. */
  "length",
] as const;

/** What records do. */
export const KINDS = {
  bind: 1,
  "remount-ro": 2,
  proc: 3,
  dev: 4,
  tmpfs: 5,
  mqueue: 6,
  /** A lower directory of the overlay that comes next, the highest first. */
  layer: 7,
  overlay: 8,
  dir: 9,
  file: 10,
  "bind-data": 11,
  symlink: 12,
  chmod: 13,
} as const;

/** The bits of `flags`. */
export const FLAGS = {
  readOnly: 1,
  devices: 2,
  /** The source may be missing. */
  optional: 4,
  /** The destination is the root. */
  root: 8,
  /** What is written to the overlay goes into memory, or to `source`. */
  temporary: 16,
  upper: 32,
} as const;

/** Words of a record that are places of texts. */
export const PLACES: readonly typeof WORDS[number][] = [
  "name",
  "source",
  "work",
  "destination",
  "given",
];

/** The kind and the flags of the record that an operation is. */
export const RECORDS: Readonly<
  Record<RootOperation["kind"], readonly [kind: keyof typeof KINDS, flags: number]>
> = {
  bind: ["bind", 0],
  "ro-bind": ["bind", FLAGS.readOnly],
  "dev-bind": ["bind", FLAGS.devices],
  "remount-ro": ["remount-ro", 0],
  proc: ["proc", 0],
  dev: ["dev", 0],
  tmpfs: ["tmpfs", 0],
  mqueue: ["mqueue", 0],
  overlay: ["overlay", FLAGS.upper],
  "tmp-overlay": ["overlay", FLAGS.temporary],
  "ro-overlay": ["overlay", 0],
  dir: ["dir", 0],
  file: ["file", 0],
  "bind-data": ["bind-data", 0],
  "ro-bind-data": ["bind-data", FLAGS.readOnly],
  symlink: ["symlink", 0],
  chmod: ["chmod", 0],
};

/** The modes of what operations make, where none is given. */
export const MODES = {
  tmpfs: 0o755,
  dir: 0o755,
  file: 0o666,
  "bind-data": 0o600,
  "ro-bind-data": 0o600,
} as const;

/** How many layers overlays need at least. */
export const LAYERS = { overlay: 1, "tmp-overlay": 1, "ro-overlay": 2 } as const;

const WORD_BYTES = 8;
const RECORD_BYTES = WORD_BYTES * WORDS.length;

/** A record, its texts as they are. */
interface RootRecord {
  readonly kind: keyof typeof KINDS;
  readonly flags?: number;
  readonly name: string;
  readonly source?: Bytes;
  readonly work?: Bytes;
  readonly destination: Bytes;
  readonly mode?: number;
  readonly parentMode: number;
  readonly fd?: number;
  readonly length?: number;
}

/** The names of a path, without those that do nothing. */
const namesOf = (path: Bytes): string[] =>
  stringOf(path).split("/").filter((name) => name !== "" && name !== ".");

/** Whether a path is the root. */
const isRoot = (path: Bytes): boolean => namesOf(path).length === 0;

/** Whether a destination ends in `..`. */
export const endsInNoName = ({ destination }: RootOperation): boolean =>
  namesOf(destination).at(-1) === "..";

/** A path from the root. */
const fromRoot = (path: Bytes): string => namesOf(path).join("/") || ".";

/** Who may not read what is made may not look at where it is, nor who does not make it: as bwrap(1). */
function parentModeOf(perms: number): number {
  return 0o755 & ~((perms & 0o070) === 0 ? 0o050 : 0) & ~((perms & 0o007) === 0 ? 0o005 : 0);
}

function contentOf(content: Content): Pick<RootRecord, "source" | "fd" | "length"> {
  if (typeof content === "object" && "fd" in content) return { fd: content.fd };
  const bytes = encode(content);
  return { source: bytes, length: bytes.length };
}

/** The records of an operation. */
function recordsOf(operation: RootOperation): RootRecord[] {
  const { kind: name, destination } = operation;
  const perms = "perms" in operation ? operation.perms : undefined;
  const usual = name in MODES ? MODES[name as keyof typeof MODES] : 0;
  const [kind, flags] = RECORDS[name];
  const at = { kind, flags, name, destination, parentMode: parentModeOf(perms ?? usual) };
  switch (operation.kind) {
    case "bind":
    case "ro-bind":
    case "dev-bind": {
      const { source } = operation;
      const isOpen = typeof source === "object" && "fd" in source;
      const mayMiss = operation.try ? FLAGS.optional : 0;
      return [{ ...at, flags: flags | mayMiss, ...isOpen ? { fd: source.fd } : { source } }];
    }
    case "tmpfs": {
      const { size } = operation;
      const options = `mode=0${(perms ?? usual).toString(8)}${
        size === undefined ? "" : `,size=${size}`
      }`;
      return [{ ...at, source: options }];
    }
    case "overlay":
    case "tmp-overlay":
    case "ro-overlay": {
      const { sources, upper, work } = operation;
      const layers = sources.toReversed().map((source): RootRecord => ({
        ...at,
        kind: "layer",
        flags: 0,
        source,
      }));
      const written = upper === undefined || work === undefined ? {} : { source: upper, work };
      return [...layers, { ...at, ...written }];
    }
    case "dir":
      return [{ ...at, mode: perms ?? usual }];
    case "file":
    case "bind-data":
    case "ro-bind-data":
      return [{ ...at, mode: perms ?? usual, ...contentOf(operation.content) }];
    case "symlink":
      return [{ ...at, source: operation.target }];
    case "chmod":
      return [{ ...at, mode: operation.perms }];
    case "remount-ro":
    case "proc":
    case "dev":
    case "mqueue":
      return [at];
  }
}

/** Operations as steps read them. */
export function operationsBytes(operations: readonly RootOperation[]): Uint8Array {
  const records = operations.flatMap(recordsOf);
  const texts: Uint8Array[] = [];
  const places = new Map<string, number>();
  let end = RECORD_BYTES * (records.length + 1);
  const placeOf = (text: Bytes | undefined): number => {
    if (text === undefined) return 0;
    // Equal names are many, and short.
    const key = text.length < 64 ? stringOf(text) : undefined;
    const known = key === undefined ? undefined : places.get(key);
    if (known !== undefined) return known;
    const bytes = encode(text);
    const place = end;
    if (key !== undefined) places.set(key, place);
    texts.push(bytes);
    end += bytes.length + 1;
    return place;
  };
  const words = records.map((record): readonly number[] => {
    const { kind, flags = 0, name, source, work, destination } = record;
    const { mode = 0, parentMode, fd = -1, length = 0 } = record;
    const root = isRoot(destination) ? FLAGS.root : 0;
    const given = placeOf(destination);
    const path = fromRoot(destination);
    // Most are such, and stand there once.
    const place = stringOf(destination) === `/${path}` ? given + 1 : placeOf(path);
    const paths = [placeOf(name), placeOf(source), placeOf(work), place, given];
    return [KINDS[kind], flags | root, ...paths, mode, parentMode, fd, length];
  });
  const bytes = new Uint8Array(end);
  const view = new DataView(bytes.buffer);
  words.flat().forEach((word, i) => view.setBigInt64(WORD_BYTES * i, BigInt(word), true));
  let at = RECORD_BYTES * (records.length + 1);
  for (const text of texts) {
    bytes.set(text, at);
    at += text.length + 1;
  }
  return bytes;
}
