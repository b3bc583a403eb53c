/** Commands: their options, which fields of a spec those set, and how their values are read. */
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";

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
  | "namespace";

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
}

/** How an option is typed. */
export interface OptionForm {
  readonly long: string;
  /** One letter. */
  readonly short?: string;
  /** An optional value of a long option is given only with `=`. */
  readonly value?: "required" | "optional";
  /** The short form takes an optional value too, right behind the letter. */
  readonly attached?: boolean;
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
}

/** Sets a field of an object by its path: "join.wd" is one of the object in another. */
export function setField(object: object, path: string, value: unknown): void {
  const names = path.split(".");
  const last = names.pop()!;
  type Fields = Record<string, unknown>;
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
