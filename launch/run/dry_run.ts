/** Dry runs on this machine, as this process would run a program now. */
import { dryRun, type ProcessRun } from "../../engine/dry_run/dry_run.ts";
import type { Look } from "../../engine/dry_run/places.ts";
import type { Program } from "../../engine/program.ts";
import { machineOf } from "../../ffi/machine/machine.ts";
import { environ } from "../../ffi/libc.ts";
import { memory, syscall } from "../../ffi/syscall.ts";
import { type Bytes, encode } from "../../ffi/bytes.ts";
import { layOutWithSymbols } from "../../engine/layout.ts";
import type { Plan } from "../../engine/plan.ts";

/** V8 may move small typed arrays: the kernel gets copies at fixed addresses. */
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
 * The system calls of a program if this process started it. Nothing is changed, but files are read.
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
