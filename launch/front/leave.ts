/** Leaves the process to Deno, in front of which the image stands. */
import type { Builder } from "../../engine/builder.ts";
import { executeAgain } from "./again.ts";
import { type Behind, goOn } from "./loader.ts";
import { checkNeeds } from "./needs.ts";

/**
 * Goes on with Deno, as if the kernel had started it: the same arguments, environment, descriptors,
 * limits. Where it could not start, one line says why, and the exit status is 1. Nothing comes after this.
 */
export function leaveToDeno(s: Builder, behind: Behind): void {
  s.if(s.copied.isNot(0), () => executeAgain(s));
  checkNeeds(s, behind);
  goOn(s, behind);
}
