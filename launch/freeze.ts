/** Frozen launches: static executables that launch, whoever starts them, with no nido about. */
import type { Arch } from "../ffi/machine/machine.ts";
import { compileFor } from "./compile.ts";
import { imageWithSymbols } from "../engine/image.ts";
import type { Plan } from "../engine/plan.ts";
import { verify } from "../engine/verify.ts";
import type { LaunchSpec } from "./spec.ts";

/**
 * The plan of a launch that anybody may start: what depends on the caller it finds out when it
 * runs, and arguments it is given are the program's, behind those of the spec.
 *
 * @throws {SpecError} with all that is wrong with the spec.
 */
export function frozenPlan(spec: LaunchSpec): Plan {
  return compileFor(spec, { givesArguments: true });
}

/**
 * The bytes of an executable that makes this launch. The same spec gives the same bytes.
 *
 * @throws {SpecError} with all that is wrong with the spec.
 */
export function freeze(spec: LaunchSpec, arch: Arch): Uint8Array<ArrayBuffer> {
  const plan = frozenPlan(spec);
  // A file lasts: what is in it is verified once more than the tests do.
  verify(plan);
  return imageWithSymbols(plan, arch);
}
