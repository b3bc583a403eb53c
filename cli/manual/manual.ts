/**
 * The manual of a command: the source of help, of the man page, and of completions for its options and
 * operands. It is loaded only when one of them is needed.
 */
import type { Option, Values } from "../getopt.ts";

/** A command line, and what it does. */
export interface Example {
  /** As it is typed, without `nido`. */
  readonly line: string;
  readonly does: string;
}

/**
 * What operands are: a program and its arguments; a command that launches, or whose launch is explained, with
 * all that is its own; any number of things; or nothing.
 */
export type Operands = "program" | "launching command" | "explained command" | "command" | Values;

/** The manual of a command. */
export interface Manual {
  /** Synopses, without the name. */
  readonly usage: readonly string[];
  /** Whether help begins with the word "usage", which programs look for. */
  readonly beginsWithUsage?: true;
  /** Paragraphs. */
  readonly description: readonly string[];
  readonly options: readonly Option[];
  readonly operands: Operands;
  readonly examples: readonly Example[];
  /** Paragraphs behind the options. */
  readonly notes?: readonly string[];
}
