/** Dry runs here: as this process would run a program now. */
import { dryRun, type ProcessRun } from "../../engine/dry_run/dry_run.ts";
import type { Look } from "../../engine/dry_run/kernel.ts";
import type { Program } from "../../engine/program.ts";
import { machineOf } from "../../ffi/machine/machine.ts";
import { environ } from "../../ffi/libc.ts";
import { memory, syscall } from "../../ffi/syscall.ts";
import { type Bytes, encode } from "../../ffi/bytes.ts";
import { layOutWithSymbols } from "../../engine/layout.ts";
import type { Plan } from "../../engine/plan.ts";

/** V8 may move small typed arrays: the kernel gets memory that stays where it is. */
const look: Look = (name, ...args) => {
  const passed = args.map((arg) => {
    if (!(arg instanceof Uint8Array)) return arg;
    const copy = memory(arg.length);
    copy.set(arg);
    return copy;
  });
  const result = syscall(name, ...passed);
  args.forEach((arg, i) => {
    const copy = passed[i];
    if (arg instanceof Uint8Array && copy instanceof Uint8Array) arg.set(copy);
  });
  return result;
};

/** The program that a plan is on this machine. */
export function programOf(plan: Plan): Program {
  const machine = machineOf(Deno.build.arch);
  return { machine, ...layOutWithSymbols(plan, machine) };
}

/**
 * What a program would do if this process started it: nothing is changed, but what is there is looked at.
 *
 * @param argv Its arguments, the first its name.
 */
export function dryRunHere(program: Program, argv: readonly Bytes[]): ProcessRun[] {
  const given = {
    argv: argv.map((word) => encode(word).slice()),
    envp: environ().map((variable) => variable.slice()),
  };
  return dryRun(program, given, look);
}
