/** What a plan needs to know of this process. */
import type { Caller } from "../caller.ts";
import type { LaunchSpec } from "../spec.ts";
import { checkSpec } from "../spec_shape.ts";
import { factsFor, readRestore } from "./facts.ts";

/**
 * The facts of this process that the plan of a spec depends on: ids, PATH, and what Deno changed
 * when it started. Changes nothing; reads /proc/self, the parent's limits, the kernel's version,
 * /etc/passwd, /etc/subuid and /etc/subgid as far as the spec needs them.
 *
 * @throws {SpecError} if an option is unknown, or of a wrong type.
 *
 * @example
 * ```ts
 * import { callerFor, type LaunchSpec } from "@nido/nido";
 *
 * const spec: LaunchSpec = { name: "example", program: "id", argv: ["id"], namespaces: ["user"], mapUser: 0 };
 * console.log(callerFor(spec).euid);
 * ```
 */
export function callerFor(spec: LaunchSpec): Caller {
  checkSpec(spec);
  return { ...factsFor(spec), restore: readRestore() };
}
