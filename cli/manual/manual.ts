/**
 * What people are told of a command. Help and the man page are made of it, completions of its
 * options and operands. A manual is loaded only to be told.
 */
import type { Option, Values } from "../getopt.ts";

/** A command line, and what it does. */
export interface Example {
  /** As it is typed, without `nido`. */
  readonly line: string;
  readonly does: string;
}

/**
 * What operands are: a program and its arguments; a launching command with all that is its own;
 * any number of things; or nothing.
 */
export type Operands = "program" | "launching command" | "command" | Values;

/** The manual of a command. */
export interface Manual {
  /** What stands behind the name, a line for each way to use it. */
  readonly usage: readonly string[];
  /** Paragraphs. */
  readonly description: readonly string[];
  readonly options: readonly Option[];
  readonly operands: Operands;
  readonly examples: readonly Example[];
  /** Paragraphs behind the options. */
  readonly notes?: readonly string[];
}
