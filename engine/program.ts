/** Programs to be printed: an image taken apart, with its symbols. */
import type { Machine } from "../ffi/machine/machine.ts";
import type { Layout } from "./segments.ts";
import type { Symbols } from "./symbols.ts";

/** An image and its symbols. */
export interface Program {
  readonly machine: Machine;
  readonly layout: Layout;
  readonly symbols: Symbols;
}
