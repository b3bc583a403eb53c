/** Frozen launches: static executables that launch, whoever starts them, with no nido about. */
import type { Arch } from "../ffi/machine/machine.ts";
import type { FrontEnd } from "../engine/failure.ts";
import { compileFor } from "./compile.ts";
import { imageWithSymbols } from "../engine/image.ts";
import type { Plan } from "../engine/plan.ts";
import { verify } from "../engine/verify.ts";
import type { LaunchSpec } from "./spec.ts";

/**
 * The plan of a launch that anybody may start: what depends on the caller it finds out when it
 * runs, and arguments it is given are the program's, behind those of the spec.
 *
 * @param front As of compile().
 * @throws {SpecError} with all that is wrong with the spec.
 */
export function frozenPlan(spec: LaunchSpec, front?: FrontEnd): Plan {
  return compileFor(spec, { givesArguments: true, ...front ? { front } : {} });
}

/**
 * The bytes of an executable that makes this launch. The same spec gives the same bytes.
 *
 * @throws {SpecError} with all that is wrong with the spec.
 */
export function freeze(
  spec: LaunchSpec,
  arch: Arch,
  front?: FrontEnd,
): Uint8Array<ArrayBuffer> {
  const plan = frozenPlan(spec, front);
  // A file lasts: what is in it is verified once more than the tests do.
  verify(plan);
  return imageWithSymbols(plan, arch);
}
