/** Frozen launches: static executables that launch, whoever starts them, with no nido about. */
import type { Arch } from "../ffi/machine/machine.ts";
import type { FrontEnd } from "../engine/failure.ts";
import { compileFor } from "./compile.ts";
import { imageWithSymbols } from "../engine/image.ts";
import type { Plan } from "../engine/plan.ts";
import { verify } from "../engine/verify.ts";
import { parametersIn } from "./parameter.ts";
import { readParameters, usageOf } from "./request/parameters.ts";
import { openPlan, ownEnds } from "./open.ts";
import type { OpenCommand } from "./request/spec.ts";
import type { OpenSpec } from "./spec.ts";

/**
 * The plan of a launch that anybody may start: what depends on the caller it finds out when it
 * runs, and arguments it is given are the program's, behind those of the spec.
 *
 * @param front As of compileFor().
 * @throws {SpecError} with all that is wrong with the spec.
 */
export function frozenPlan(spec: OpenSpec, front?: FrontEnd): Plan {
  const parameters = parametersIn(spec);
  const takes = Object.keys(parameters).length > 0;
  const plan = compileFor(spec, {
    givesArguments: true,
    ...takes ? { request: (s) => readParameters(s, parameters) } : {},
    ...front ? { front } : {},
  });
  return takes ? { ...plan, usage: usageOf(parameters) } : plan;
}

/**
 * The bytes of an executable that makes this launch. The same spec gives the same bytes.
 *
 * @throws {SpecError} with all that is wrong with the spec.
 */
export function frozenBytes(
  spec: OpenSpec,
  arch: Arch,
  front?: FrontEnd,
): Uint8Array<ArrayBuffer> {
  const plan = frozenPlan(spec, front);
  // A file lasts: what is in it is verified once more than the tests do.
  verify(plan);
  return imageWithSymbols(plan, arch);
}

/**
 * The bytes of an executable that is a whole command.
 *
 * @param words In whose words it speaks, and what it tells of itself: "help", "version".
 */
export function openBytes(
  command: OpenCommand,
  arch: Arch,
  { front, texts }: { readonly front: FrontEnd; readonly texts: Readonly<Record<string, string>> },
): Uint8Array<ArrayBuffer> {
  const plan = openPlan(command, ownEnds(texts), front);
  verify(plan);
  return imageWithSymbols({ ...plan, usage: "[OPTION...] [PROGRAM [ARGUMENT...]]" }, arch);
}
