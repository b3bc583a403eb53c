/** Commands: their options, which fields of a spec those set, and how their values are read. */
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import type { RootOperation } from "../root/spec.ts";

/** How a value is read. */
export type ValueKind =
  /** As it is. */
  | "text"
  /** As it is, but for `=` in front of it. */
  | "text behind ="
  | "uid"
  | "gid"
  /** A user id in digits, or a user's name. */
  | "user"
  | "group"
  /** A uid, or "follow". */
  | "uid or follow"
  | "gid or follow"
  /** The name of a signal. */
  | "signal"
  | "seconds"
  | "descriptor"
  /** One of the meaning's words. */
  | "word"
  /** UID:GID */
  | "owner"
  /** INNER:OUTER:COUNT, OUTER,INNER,COUNT, or a word: one more of several. */
  | "range"
  /** NAME=SOFT[:HARD]: one more. */
  | "limit"
  /** Names of variables with commas between: more of several. */
  | "names"
  /** PID[:INODE] */
  | "target"
  /** The usual value is one more of several types, whatever the option's value is. */
  | "type"
  /** The path of a namespace of the usual type, or `:` and its id. */
  | "namespace"
  /** The usual value is one less of several types. */
  | "no type"
  /** A descriptor: one more of several. */
  | "descriptors"
  /** A descriptor, the only one of several. */
  | "only descriptor"
  /** One more of several texts. */
  | "texts"
  /** One more operation on the new root, made of all words of the option. */
  | "operation"
  /** What the next operation has, as "perms" of it. */
  | "octal"
  /** What the next operation has, as "size" of it: decimal, octal behind 0, hexadecimal behind 0x. */
  | "bytes"
  /** What the next operation has one more of, as "sources" of it. */
  | "layer"
  /** A capability, of which the usual value says whether to "add" or to "drop" it: one more edit. */
  | "capability"
  /** One more edit of the environment: the usual value is "set" (two words), "unset", or "clear" (none). */
  | "environment"
  /** A descriptor that gives more words, with NUL between them, which are read before what follows. */
  | "words";

/** What an option means for a field. */
export interface Meaning {
  /** The field: "wd", "join.wd". */
  readonly field: string;
  readonly as: ValueKind;
  /** What the field is where the option has no value. Without it the field is left alone then. */
  readonly usual?: string | number | boolean;
  /** All that it can be. */
  readonly words?: readonly string[];
  /** How messages call it. */
  readonly called?: string;
  /** What cannot be given as well: a field, and the option that sets it. */
  readonly excludes?: { readonly field: string; readonly long: string };
  /** Which operation it is. What its words are is told by their names. */
  readonly operation?: RootOperation["kind"];
  /** Do nothing where the source of the operation is missing. */
  readonly try?: true;
}

/**
 * What a word of an exact option is, by its name in help: FD is a descriptor, OCTAL a mode, CAP a
 * capability, UID and GID ids; these are paths, and may not be empty.
 */
export const PATH_WORDS: readonly string[] = ["SRC", "DEST", "RWSRC", "WORKDIR", "DIR", "PATH"];

/** How an option is typed. */
export interface OptionForm {
  readonly long: string;
  /** One letter. */
  readonly short?: string;
  /** An optional value of a long option is given only with `=`. */
  readonly value?: "required" | "optional";
  /** The short form takes an optional value too, right behind the letter. */
  readonly attached?: boolean;
  /** Names of the words that follow an exact option, as help shows them: `value` is left out then. */
  readonly words?: readonly string[];
  /** What is said where words are missing. Default: made of their number. */
  readonly lacking?: string;
  /** Given once more, it is refused, or only the last one counts, and that is said. Default: fine. */
  readonly again?: "refused" | "last counts";
}

/** What is said where words of an exact option are missing. */
export function lackingWords({ long, words = [], lacking }: OptionForm): string {
  const many = ["no argument", "an argument", "two arguments", "three arguments"];
  return lacking ?? `--${long} takes ${many[words.length]}`;
}

/** An option, and what it means. One that means nothing asks to be told something. */
export interface OpenOption extends OptionForm {
  readonly means?: readonly Meaning[];
}

/** A command that launches a program. */
export interface OpenCommand<Option extends OpenOption = OpenOption> {
  readonly name: string;
  readonly options: readonly Option[];
  /** Its spec without any option. */
  readonly start: object;
  /**
   * Whether options are exact words, each value a word of its own: no abbreviations, no letters, no `=`. The
   * first word that does not begin with `-`, or what is behind `--`, is the program.
   */
  readonly isExact?: true;
  /** What cannot be, of a command with exact options; in the order in which it is looked for. */
  readonly refusals?: readonly Refusal[];
}

/** What cannot be: all of it holds. */
export interface Refusal {
  readonly message: string;
  /** A field that is given, and another. */
  readonly given: string;
  readonly also?: string;
  /** A field that is not. */
  readonly lacks?: string;
  /** A type of namespaces that is created, that is not, that is where it can be. */
  readonly creates?: NamespaceType;
  readonly createsNo?: NamespaceType;
  readonly tries?: NamespaceType;
  /** It is only refused where there is a program. */
  readonly later?: true;
}

/** What is said of lower layers that no overlay follows. */
export const LAYERS_OF_NOTHING: string =
  "--overlay-src must be followed by another --overlay-src or one of --overlay, --tmp-overlay, or " +
  "--ro-overlay";

/** What is said of a destination that ends in no name, in front of it. */
export const NO_NAME = "Destination ends in no name: ";

/** The most words of a command with exact options, with those that descriptors give. */
export const MOST_WORDS = 9000;

type Fields = Record<string, unknown>;

/** A field of an object by its path: "join.wd" is one of the object in another. */
export const fieldOf = (object: object, path: string): unknown =>
  path.split(".").reduce((of: unknown, name) => (of as Fields | undefined)?.[name], object);

/** Sets it. */
export function setField(object: object, path: string, value: unknown): void {
  const names = path.split(".");
  const last = names.pop()!;
  names.reduce((of, name) => (of[name] ??= {}) as Fields, object as Fields)[last] = value;
}

/** An option with no value that sets a field to this. */
export const sets = (field: string, usual: string | number | boolean): Meaning => ({
  field,
  as: "text",
  usual,
});

/** An option whose value is a field. */
export const takes = (
  field: string,
  as: ValueKind,
  more: Omit<Meaning, "field" | "as"> = {},
): Meaning => ({ field, as, ...more });

/** An option for a type of namespaces. */
export const names = (type: NamespaceType, field = "namespaces"): Meaning => ({
  field,
  as: "type",
  usual: type,
});
