/** Frozen launches: static executables that need no nido, for any caller. */
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
 * The plan of a launch for any caller. Arguments that the file is given are the program's, behind those of
 * the spec.
 *
 * @param front As of compileFor().
 * @throws {SpecError} with all that is wrong with the spec.
 */
export function frozenPlan(spec: OpenSpec, front?: FrontEnd): Plan {
  const parameters = parametersIn(spec);
  const takes = Object.keys(parameters).length > 0;
  const plan = compileFor(spec, {
    givesArguments: true,
    isFile: true,
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
  // A file lasts, so its plan is verified at run time, too, not only in tests.
  verify(plan);
  return imageWithSymbols(plan, arch);
}

/**
 * The bytes of an executable that is a whole command.
 *
 * @param words The front end, and the texts of "help" and "version".
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
