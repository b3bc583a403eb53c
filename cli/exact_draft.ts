/** A spec that is being built from exact options, by the meanings in their table. */
import { CAPABILITY_NAMES } from "../ffi/abi/capability_names.ts";
import type { Parameter } from "../launch/parameter.ts";
import {
  LAYERS_OF_NOTHING,
  type Meaning,
  NO_NAME,
  PATH_WORDS,
  setField,
  type ValueKind,
} from "../launch/request/spec.ts";
import { endsInNoName, LAYERS, MODES } from "../launch/root/record.ts";
import type { RootOperation } from "../launch/root/spec.ts";
import { parseDescriptor, parseWhole } from "./exact_words.ts";
import { type Option, UsageError } from "./getopt.ts";

type Fields = Record<string, unknown>;

function refuse(message: string): never {
  throw new UsageError(message);
}

/** What the next operation has. */
interface Next {
  perms?: number;
  size?: number | bigint;
  sources?: string[];
}

/** How messages say a number of layers. */
const NUMBERS = ["none", "one", "two"];

/** The largest size of a tmpfs. */
const MOST_BYTES = 2n ** 63n - 1n;

/** The most bits of a mode. */
const MOST_MODE = 0o7777;

function parseMode(text: string, long: string): number {
  const isOctal = /^[ \t\n\v\f\r]*\+?[0-7]+$/.test(text);
  const mode = isOctal ? Number.parseInt(text.trim().replace("+", ""), 8) : Infinity;
  return mode <= MOST_MODE ? mode : refuse(`--${long} takes an octal argument <= 07777`);
}

/** Digits as strtoull(3) reads them: octal behind 0, hexadecimal behind 0x. */
function parseBytes(text: string): number | bigint {
  const isNumber = /^(0|[1-9]\d*|0[0-7]+|0[xX][0-9a-fA-F]+)$/.test(text);
  const size = isNumber ? BigInt(text.replace(/^0(?=[0-7])/, "0o")) : 0n;
  if (size === 0n || size >= 2n ** 64n) refuse("--size takes a non-zero number of bytes");
  if (size > MOST_BYTES) refuse(`--size (for tmpfs) is limited to ${MOST_BYTES}`);
  return size > Number.MAX_SAFE_INTEGER ? size : Number(size);
}

/** An id as it is typed. */
function parseId(text: string, long: string): number {
  return parseWhole(text) ?? refuse(`Invalid ${long}: ${text}`);
}

function parseCapability(text: string): string {
  if (text.toUpperCase() === "ALL") return "all";
  const name = /^\d+$/.test(text) ? CAPABILITY_NAMES[Number(text)] : text.toUpperCase();
  return name && CAPABILITY_NAMES.includes(name) ? name : refuse(`unknown cap: ${text}`);
}

/** Refuses an empty path. */
function path(text: string, long: string): string {
  return text === "" ? refuse(`--${long} does not take an empty path argument`) : text;
}

/** The name of a variable. */
function variable(text: string, long: string): string {
  return text === "" || text.includes("=") ? refuse(`${long} failed`) : text;
}

/** A spec, and what the next operation has. */
export class ExactDraft {
  readonly fields: Fields;
  /** Values that stand for parameters: `@NAME`. */
  readonly #parameters: ReadonlySet<string>;
  #next: Next = {};
  /** Which option has given the filters. */
  #filteredBy: string | undefined;

  /**
   * @param start The spec before any option.
   * @param parameters Names of parameters: a value `@NAME` stands for one of them.
   */
  constructor(start: object, parameters: ReadonlySet<string>) {
    this.fields = structuredClone(start) as Fields;
    this.#parameters = parameters;
  }

  /** A word of the program: it may be a parameter. */
  word(text: string): string | Parameter {
    const name = text.startsWith("@") ? text.slice(1) : "";
    return this.#parameters.has(name) ? { parameter: name } : text;
  }

  /** Applies an option. @throws {UsageError} */
  take(option: Option, words: readonly string[]): void {
    for (const meaning of option.means ?? []) APPLY[meaning.as]!(this, meaning, option, words);
  }

  /** Refuses what was for the next operation, and is not for this option. @throws {UsageError} */
  taken({ means = [] }: Option): void {
    const kinds = means.map(({ as }) => as);
    const isModifier = kinds.includes("octal") || kinds.includes("bytes");
    const { perms, size, sources } = this.#next;
    if (!isModifier && perms !== undefined) {
      refuse("--perms must be followed by an option that creates a file");
    }
    if (!isModifier && size !== undefined) refuse("--size must be followed by --tmpfs");
    if (sources && !kinds.includes("layer")) this.refuseLayers();
  }

  /** Refuses layers of no overlay. @throws {UsageError} */
  refuseLayers(): void {
    if (this.#next.sources) refuse(LAYERS_OF_NOTHING);
  }

  /** Sets what the next operation has, once. */
  next<Name extends "perms" | "size">(name: Name, long: string, read: () => Next[Name]): void {
    if (this.#next[name] !== undefined) refuse(`--${long} given twice for the same action`);
    this.#next[name] = read();
  }

  /** One more layer of the next overlay. */
  layer(source: string): void {
    this.#next.sources = [...this.#next.sources ?? [], source];
  }

  /** Takes what the operation has, which is nobody else's then. */
  taking(kind: RootOperation["kind"], long: string): Next {
    const least = kind in LAYERS ? LAYERS[kind as keyof typeof LAYERS] : 0;
    const { sources = [], perms, size } = this.#next;
    if (sources.length < least) {
      refuse(`--${long} requires at least ${NUMBERS[least]} --overlay-src`);
    }
    const taken: Next = {
      ...(least > 0 ? { sources: sources.map((source) => path(source, "overlay-src")) } : {}),
      ...(kind in MODES && perms !== undefined ? { perms } : {}),
      ...(kind === "tmpfs" && size !== undefined ? { size } : {}),
    };
    for (const name of Object.keys(taken) as (keyof Next)[]) delete this.#next[name];
    return taken;
  }

  /** Filters are all by this option. */
  filters(long: string): void {
    if (this.#filteredBy !== undefined && this.#filteredBy !== long) {
      refuse(`--${long} cannot be combined with --${this.#filteredBy}`);
    }
    this.#filteredBy = long;
  }

  /** A field: "join.wd" is one of the object in another. */
  get(field: string): unknown {
    return field.split(".").reduce((of: unknown, name) => (of as Fields)?.[name], this.fields);
  }

  set(field: string, value: unknown): void {
    setField(this.fields, field, value);
  }

  /** One more of a list. */
  add(field: string, value: unknown): void {
    this.set(field, [...this.get(field) as unknown[] ?? [], value]);
  }
}

/** Puts what an option means into a draft. */
type Applier = (
  draft: ExactDraft,
  meaning: Meaning,
  option: Option,
  words: readonly string[],
) => void;

/** What the words of an operation are, by their names. */
const OPERANDS: Readonly<Record<string, string>> = {
  RWSRC: "upper",
  WORKDIR: "work",
  DEST: "destination",
  PATH: "destination",
  OCTAL: "perms",
};

/** Where the word SRC or FD belongs. */
const sourceOf = (kind: string): string =>
  kind === "symlink" ? "target" : kind.endsWith("bind") ? "source" : "content";

function addOperation(
  draft: ExactDraft,
  { operation, try: isTry }: Meaning,
  { long, words: names = [] }: Option,
  words: readonly string[],
): void {
  const kind = operation!;
  const made: Fields = { kind };
  names.forEach((name, i) => {
    const text = words[i]!;
    const field = OPERANDS[name] ?? sourceOf(kind);
    if (name === "FD") made[field] = { fd: parseDescriptor(text) };
    else made[field] = name === "OCTAL" ? parseMode(text, long) : text;
  });
  const next = draft.taking(kind, long);
  names.forEach((name, i) => {
    if (PATH_WORDS.includes(name)) path(words[i]!, long);
  });
  if (endsInNoName(made as unknown as RootOperation)) {
    refuse(`${NO_NAME}${made.destination}`);
  }
  draft.add("newRoot", { ...made, ...next, ...(isTry ? { try: true } : {}) });
}

/** What an option says about a variable. */
function addEdit(
  draft: ExactDraft,
  { field, usual }: Meaning,
  { long }: Option,
  [name = "", value]: readonly string[],
): void {
  if (usual === "clear") draft.add(field, { clear: true });
  else if (usual === "unset") draft.add(field, { unset: variable(name, long) });
  else draft.add(field, { set: variable(name, long), value: draft.word(value!) });
}

function addFilter(draft: ExactDraft, long: string, text: string, isOnly: boolean): void {
  draft.filters(long);
  if (isOnly) draft.set("seccomp", []);
  draft.add("seccomp", { fd: parseDescriptor(text) });
}

/** What each kind of value does. */
const APPLY: Readonly<Partial<Record<ValueKind, Applier>>> = {
  text(draft, { field, usual }, { long, words = [] }, [text]) {
    if (text === undefined) return draft.set(field, usual);
    draft.set(field, draft.word(PATH_WORDS.includes(words[0]!) ? path(text, long) : text));
  },
  type(draft, { field, usual }) {
    const before = draft.get(field) as unknown[] ?? [];
    draft.set(field, [...new Set([...before, usual])]);
  },
  "no type"(draft, { field, usual }) {
    draft.set(field, (draft.get(field) as unknown[]).filter((type) => type !== usual));
  },
  uid: (draft, { field }, { long }, [text = ""]) => draft.set(field, parseId(text, long)),
  gid: (draft, { field }, { long }, [text = ""]) => draft.set(field, parseId(text, long)),
  descriptor: (draft, { field }, _, [text = ""]) => draft.set(field, parseDescriptor(text)),
  descriptors(draft, { field }, { long }, [text = ""]) {
    if (field === "seccomp") addFilter(draft, long, text, false);
    else draft.add(field, parseDescriptor(text));
  },
  "only descriptor": (draft, _, { long }, [text = ""]) => addFilter(draft, long, text, true),
  texts: (draft, { field }, { long }, [text = ""]) => draft.add(field, path(text, long)),
  operation: addOperation,
  octal(draft, _, { long }, [text = ""]) {
    draft.next("perms", long, () => parseMode(text, long));
  },
  bytes: (draft, _, { long }, [text = ""]) => draft.next("size", long, () => parseBytes(text)),
  layer: (draft, _meaning, _option, [text = ""]) => draft.layer(text),
  capability(draft, { field, usual }, _, [text = ""]) {
    draft.add(field, { [usual as string]: parseCapability(text) });
  },
  environment: addEdit,
};
