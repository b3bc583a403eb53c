/** Programs: a laid-out image with its symbols, to be printed or run dry. */
import type { Machine } from "../ffi/machine/machine.ts";
import type { Layout } from "./segments.ts";
import type { Symbols } from "./symbols.ts";

/** An image and its symbols. */
export interface Program {
  readonly machine: Machine;
  readonly layout: Layout;
  readonly symbols: Symbols;
}
