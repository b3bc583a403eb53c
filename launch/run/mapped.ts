/** A plan in this process's memory, where a child goes through it. */
import { alignUp } from "../../engine/growing.ts";
import { environPointers } from "../../ffi/libc.ts";
import { PROT_NONE, PROT_READ } from "../../ffi/abi/mman.ts";
import { CONSTANTS_FILE_OFFSET, machineOf } from "../../ffi/machine/machine.ts";
import { map } from "../../ffi/mapping.ts";
import { check, syscall } from "../../ffi/syscall.ts";
import { layOut } from "../../engine/layout.ts";
import type { Plan } from "../../engine/plan.ts";

/** Offset in the header of the variables. */
const STACK_OFFSET = 0;

const STACK_BYTES = 4096;

/** A plan in memory, to be run there. */
export interface Mapped {
  /** The address of the constants. */
  readonly constants: bigint;
  /** The header of the variables. */
  readonly header: DataView;
  /** The end of a stack. */
  readonly stack: bigint;
  unmap(): void;
}

/**
 * Lays a plan out in a mapping, as in an image: read-only constants, variables. Behind them are the words
 * that the kernel places at the start of a program (argc, argv, NULL, environ, NULL), a stack, and a
 * guard page.
 */
export function mapPlan(plan: Plan): Mapped {
  const machine = machineOf(Deno.build.arch);
  const { pageBytes } = machine;
  const { constants, variables, variablesBytes, distance } = layOut(plan, machine);
  const words = BigUint64Array.from([0n, 0n, ...environPointers(), 0n]);
  const start = CONSTANTS_FILE_OFFSET + distance;
  const wordsAt = alignUp(start + variablesBytes, 16);
  const end = alignUp(wordsAt + words.byteLength + STACK_BYTES, pageBytes);
  const mapping = map(end + pageBytes);
  mapping.bytes.set(constants, CONSTANTS_FILE_OFFSET);
  mapping.bytes.set(variables, start);
  mapping.bytes.set(new Uint8Array(words.buffer), wordsAt);
  const header = new DataView(mapping.bytes.buffer, start);
  header.setBigUint64(STACK_OFFSET, mapping.address + BigInt(wordsAt), true);
  const protect = (at: number, length: number, protection: number, shown: string): void => {
    const result = syscall("mprotect", mapping.address + BigInt(at), length, protection);
    check(result, "mprotect", `plan, ${length}, ${shown}`);
  };
  protect(0, start - start % pageBytes, PROT_READ, "PROT_READ");
  protect(end, pageBytes, PROT_NONE, "PROT_NONE");
  return {
    constants: mapping.address + BigInt(CONSTANTS_FILE_OFFSET),
    header,
    stack: mapping.address + BigInt(end),
    unmap: mapping.unmap,
  };
}
