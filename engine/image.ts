/** Images: a plan as the bytes of a static ELF file, which are also the bytes to map. */
import { elfOf } from "./elf.ts";
import { encodeSymbols } from "./symbols.ts";
import { type Arch, machineOf } from "../ffi/machine/machine.ts";
import { concat } from "../ffi/bytes.ts";
import { layOut, layOutWithSymbols } from "./layout.ts";
import type { Plan } from "./plan.ts";

/**
 * The image of a plan: a static executable that needs no libc, no interpreter and no /proc, at an
 * address that the kernel chooses. Code is mapped read-execute, constants read-only, variables
 * read-write with a page behind them that nobody may touch, the stack without execute.
 *
 * @throws {TypeError} for an architecture that there is not.
 * @see elf(5)
 */
export function imageOf(plan: Plan, arch: Arch): Uint8Array<ArrayBuffer> {
  const machine = machineOf(arch);
  return elfOf(layOut(plan, machine), machine);
}

/** The image of a plan with its symbols behind it, by which it can be printed. */
export function imageWithSymbols(plan: Plan, arch: Arch): Uint8Array<ArrayBuffer> {
  const machine = machineOf(arch);
  const { layout, symbols } = layOutWithSymbols(plan, machine);
  return concat(elfOf(layout, machine), encodeSymbols(symbols));
}
