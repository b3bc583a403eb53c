/** Sets the limits of the program's resources. @see prlimit(2) */
import { type Context, failed } from "../context.ts";
import { rlimit } from "../structs.ts";
import { words } from "../../engine/failure.ts";
import { data } from "../../engine/operand.ts";
import { type Layout, layout, Struct } from "../../engine/struct.ts";
import type { Variable } from "../../engine/value.ts";
import { isParameter } from "../parameter.ts";
import { limitHints } from "./hints.ts";
import { limitsOf, RESOURCES } from "./spec.ts";

/** Limits of which only the run knows: a list of these, behind which is one without a name. */
export const LIMIT: Layout<"name" | "resource" | "soft" | "hard"> = layout(32, {
  /** The address of a C string. */
  name: [0, 8],
  resource: [8, 8],
  /** From here on it is a struct rlimit64. */
  soft: [16, 8],
  hard: [24, 8],
});

/** Sets limits: while this process may still raise them, and behind all that they would hinder. */
export function setLimits(context: Context): void {
  const { s, spec, request } = context;
  for (const [name, { soft, hard }] of limitsOf(spec)) {
    const args = [0, RESOURCES[name], data(...rlimit(soft, hard)), 0];
    s.call("prlimit64", args, `the program's limit: ${name}`, {
      fails: failed(`cannot set the limit ${name}`, limitHints(s, RESOURCES[name], name)),
    });
  }
  const { rlimits } = spec;
  if (!isParameter(rlimits)) return;
  const [name, resource] = [s.variable("limit's name", ""), s.variable("resource", 0).said()];
  const said = { string: name };
  const fails = failed(words`cannot set the limit ${said}`, limitHints(s, resource, [said]));
  s.if(request.isGiven(rlimits), () => {
    const at = s.variable("limit", request.value(rlimits) as Variable);
    const limit = new Struct(s, LIMIT, at);
    s.while(limit.get("name").isNot(0), () => {
      name.set(limit.get("name"));
      resource.set(limit.get("resource"));
      const values = s.variable("limits", at.plus(LIMIT.fields.soft[0])).said();
      s.call("prlimit64", [0, resource, values, 0], "a limit of the program", { fails });
      at.advance(LIMIT.bytes);
    });
  });
}
