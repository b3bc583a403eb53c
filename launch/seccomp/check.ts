/** What can be wrong with filters. */
import type { Problem } from "../errors.ts";
import { knownOf, type Parameter } from "../parameter.ts";
import { type Check, either, fields, list, must, number } from "../shape.ts";
import type { SeccompSpec } from "./spec.ts";

/** The types of filters that come from JavaScript. */
export const SECCOMP_SHAPE: Check = list(
  either(
    "a Uint8Array or { fd }",
    must("a Uint8Array", (value) => value instanceof Uint8Array),
    fields({ fd: number }, ["fd"]),
  ),
);

/** The bytes of an instruction, and the most that a program has. @see linux/bpf_common.h */
const INSTRUCTION_BYTES = 8;
export const BPF_MAXINSNS = 4096;

/** The most bytes of a filter. */
export const FILTER_BYTES: number = INSTRUCTION_BYTES * BPF_MAXINSNS;

/** What is wrong with the values of filters. */
export function seccompProblems({ seccomp }: SeccompSpec<Parameter>): Problem[] {
  return knownOf(seccomp).flatMap((filter, i): Problem[] => {
    const path = `seccomp[${i}]`;
    if (!(filter instanceof Uint8Array)) {
      const { fd } = filter;
      if (Number.isInteger(fd) && fd >= 0 && fd < 2 ** 31) return [];
      return [{ path: `${path}.fd`, message: `${path}.fd: not a descriptor: ${fd}` }];
    }
    const { length } = filter;
    if (length % INSTRUCTION_BYTES === 0 && length > 0 && length <= FILTER_BYTES) return [];
    const message = `${path}: not 1 to ${BPF_MAXINSNS} instructions of 8 bytes: ${length} bytes`;
    return [{ path, message }];
  });
}
