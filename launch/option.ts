/** Options in messages, which each front end words differently: `--fork`, `fork: true`. */
import type { NamespaceType } from "../ffi/abi/namespaces.ts";
import type { Message, Term } from "../engine/failure.ts";

/** An option by its name in a spec, or in the options of a Command. */
export type OptionName =
  | "boottime"
  | "fork"
  | "mapAuto"
  | "mapCurrentUser"
  | "mapGroups"
  | "mapRootUser"
  | "mapUsers"
  | "monotonic"
  | "propagation"
  | "setgid"
  | "setuid"
  | `namespaces.${NamespaceType}`
  | "join.all"
  | "join.cgroup"
  | "join.context"
  | "join.env"
  | `join.files.${NamespaceType}`
  | `join.namespaces.${NamespaceType}`
  | "join.preserveCredentials"
  | "join.root"
  | "join.target"
  | "join.userParent"
  | "join its owner"
  | "root inside"
  | "without join.root";

/** How to show an option that has a letter: the letter, the word with the letter, or both. */
export type Form = "letter" | "word (letter)" | "word, letter";

/** Joins options that are given together. */
const AND = "and";

/** A term of a message: an option or what joins two. */
export interface OptionTerm extends Term {
  readonly term: OptionName | typeof AND;
  readonly form?: Form;
}

/** An option. @param value Its value; "true" of a flag. */
export function option(term: OptionName, value?: Message, form?: Form): OptionTerm {
  return {
    term,
    ...(value === undefined ? {} : { value }),
    ...(form === undefined ? {} : { form }),
  };
}

/** An option with its letter. */
export const withLetter = (term: OptionName): OptionTerm =>
  option(term, undefined, "word (letter)");

/** The options by which an ordinary user becomes root of a new user namespace. */
export const ROOT_INSIDE: OptionTerm = withLetter("root inside");

/** Options that are given together. */
export function together(...options: readonly OptionTerm[]): Message {
  return options.flatMap((one, i) => i === 0 ? [one] : [{ term: AND }, one]);
}
