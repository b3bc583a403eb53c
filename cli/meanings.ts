/** Applies options to a spec, by the meanings in their tables. */
import type { NamespaceType } from "../ffi/abi/namespaces.ts";
import type { Parameter } from "../launch/parameter.ts";
import { type Meaning, setField, type ValueKind } from "../launch/request/spec.ts";
import { type Given, type Option, UsageError } from "./getopt.ts";
import { addLimit, type Limits } from "./limits.ts";
import {
  parseId,
  parseNamed,
  parseNumber,
  parseOwner,
  parseRange,
  parseSeconds,
  parseSignal,
  parseTarget,
} from "./parse.ts";

type Fields = Record<string, unknown>;

/** Reads the value of an option. */
type Reader = (text: string, meaning: Meaning) => unknown;

const orFollow = (parse: (text: string) => number) => (text: string): unknown =>
  text === "follow" ? text : parse(text);

const uid = (text: string): number => parseId(text, "uid");
const gid = (text: string): number => parseId(text, "gid");

function parseWord(text: string, { words = [], called }: Meaning): string {
  if (words.includes(text)) return text;
  const message = called!.startsWith("-")
    ? `unsupported ${called} '${text}'`
    : `unsupported ${called}: ${text}`;
  throw new UsageError(message, false, { word: text, among: words });
}

/** Readers of kinds whose value becomes the field. */
const READERS: Readonly<Partial<Record<ValueKind, Reader>>> = {
  "text": (text) => text,
  // The short form with an optional value: `-r=DIR`.
  "text behind =": (text) => text.replace(/^=/, ""),
  "uid": uid,
  "gid": gid,
  "user": (text) => parseNamed(text, "uid"),
  "group": (text) => parseNamed(text, "gid"),
  "uid or follow": orFollow(uid),
  "gid or follow": orFollow(gid),
  "signal": parseSignal,
  "seconds": (text, { called = "" }) => parseSeconds(text, called),
  "descriptor": (text) => Number(parseNumber(text, "file descriptor")),
  "word": parseWord,
  "owner": parseOwner,
};

/** Kinds of values that may be parameters of a frozen file. */
const OPEN: readonly ValueKind[] = [
  "text",
  "text behind =",
  "uid",
  "gid",
  "user",
  "group",
  "uid or follow",
  "gid or follow",
  "seconds",
];

/** Combines the value of an option with the field so far. `text` is undefined if there is no value. */
type Adder = (before: Fields & unknown[], text: string | undefined, meaning: Meaning) => unknown;

/** Adds an item to a list, unless it is in there. */
const withAll = (
  before: readonly unknown[] | undefined,
  more: readonly unknown[],
): unknown[] => [...new Set([...before ?? [], ...more])];

/** Combiners of kinds that several options contribute to. */
const ADDERS: Readonly<Partial<Record<ValueKind, Adder>>> = {
  "type": (before, _, { usual }) => withAll(before, [usual]),
  "range": (before, text, { usual }) => [
    ...before ?? [],
    text === undefined ? usual : parseRange(text),
  ],
  "names": (before, text = "") => {
    const names = withAll(before, text.split(",").filter((name) => name !== ""));
    return names.length === 0 ? undefined : names;
  },
  "limit": (before, text = "") => {
    const limits: Limits = { ...before as Fields };
    addLimit(limits, text);
    return limits;
  },
  "target": (join, text = "") => {
    if (join?.target !== undefined) throw new UsageError("option --target may be given only once");
    const { pid, inode } = parseTarget(text);
    return { ...join, target: pid, ...(inode === undefined ? {} : { targetInode: inode }) };
  },
  "namespace": (join, text, { usual }) => withNamespace(join, usual as NamespaceType, text),
};

/** A namespace to join: the target's, or by a file or an id. The last one counts. */
function withNamespace(join: Fields, type: NamespaceType, text: string | undefined): Fields {
  const { namespaces = [], files = {}, ids = {}, ...rest } = join;
  const { [type]: file, ...otherFiles } = files as Fields;
  const { [type]: id, ...otherIds } = ids as Fields;
  let named: Fields = {};
  if (text === undefined) named = { file, id };
  else if (text.startsWith(":")) named = { id: parseNumber(text.slice(1), "nsid") };
  else named = { file: text };
  const isNamed = (named.file ?? named.id) !== undefined;
  const all = withAll(namespaces as NamespaceType[], [type]);
  return {
    ...rest,
    namespaces: isNamed ? all.filter((one) => one !== type) : all,
    ...filled("files", { ...otherFiles, ...filled(type, named.file) }),
    ...filled("ids", { ...otherIds, ...filled(type, named.id) }),
  };
}

/** A field, unless there is nothing in it. */
function filled(name: string, value: unknown): Fields {
  const isEmpty = value === undefined ||
    typeof value === "object" && Object.keys(value!).length === 0;
  return isEmpty ? {} : { [name]: value };
}

/** A spec that is being built from options. */
export class Draft {
  readonly fields: Fields;
  readonly #table: readonly Option[];
  /** Values that stand for parameters: `@NAME`. */
  readonly #parameters: ReadonlySet<string>;

  /**
   * @param start The spec before any option.
   * @param parameters Names of parameters: a value `@NAME` stands for one of them.
   */
  constructor(table: readonly Option[], start: object, parameters: ReadonlySet<string>) {
    this.#table = table;
    this.fields = structuredClone(start) as Fields;
    this.#parameters = parameters;
  }

  /** Applies an option. Later options win over earlier ones. @throws {UsageError} */
  take({ long, value }: Given): void {
    const { means = [] } = this.#table.find((option) => option.long === long)!;
    for (const meaning of means) this.#apply(meaning, long, value);
  }

  /** A word of the program: it may be a parameter, or `NAME=@PARAMETER`. */
  word(text: string): string | Parameter {
    const [, prefix, name = ""] = text.match(/^([^=]*=)@(.*)$/s) ?? [];
    return prefix !== undefined && this.#parameters.has(name)
      ? { parameter: name, prefix }
      : this.#value(text);
  }

  #value(text: string): string | Parameter {
    const name = text.startsWith("@") ? text.slice(1) : "";
    return this.#parameters.has(name) ? { parameter: name } : text;
  }

  #apply(meaning: Meaning, long: string, value: string | undefined): void {
    const { field, as, usual, excludes } = meaning;
    if (excludes && this.#place(excludes.field).get() !== undefined) {
      throw new UsageError(`options --${excludes.long} and --${long} cannot be combined`);
    }
    const place = this.#place(field);
    const add = ADDERS[as];
    // A type is one whatever the value is.
    const parameter = value === undefined || as === "type" ? value : this.#value(value);
    if (typeof parameter === "object") {
      if (!OPEN.includes(as)) throw new UsageError(`option --${long} takes no parameter`);
      place.set(parameter);
    } else if (add) place.set(add(place.get() as never, value, meaning));
    else if (value !== undefined) place.set(READERS[as]!(value, meaning));
    else if (usual !== undefined) place.set(usual);
  }

  /** A field: "join.wd" is one of the object in another. */
  #place(path: string): { get(): unknown; set(value: unknown): void } {
    const { fields } = this;
    return {
      get: () => path.split(".").reduce((of: unknown, name) => (of as Fields)?.[name], fields),
      set: (value) => {
        if (value !== undefined) setField(fields, path, value);
      },
    };
  }
}
