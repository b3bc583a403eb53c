/** Sets the limits of the program's resources. @see prlimit(2) */
import { type Context, failed } from "../context.ts";
import { rlimit } from "../structs.ts";
import { data } from "../../engine/operand.ts";
import { limitHints } from "./hints.ts";
import { limitsOf, RESOURCES } from "./spec.ts";

/** Sets limits: while this process may still raise them, and behind all that they would hinder. */
export function setLimits({ s, spec }: Context): void {
  for (const [name, { soft, hard }] of limitsOf(spec)) {
    const args = [0, RESOURCES[name], data(...rlimit(soft, hard)), 0];
    s.call("prlimit64", args, `the program's limit: ${name}`, {
      fails: failed(`cannot set the limit ${name}`, limitHints(s, name)),
    });
  }
}
