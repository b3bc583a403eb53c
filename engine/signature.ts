/** Signatures of system calls: arguments and buffers. */
import { type Row, type Syscall, SYSCALLS } from "../ffi/abi/syscall.ts";
import type { Operand } from "./operand.ts";

/** How many arguments a call takes. */
export interface Arity {
  readonly least: number;
  readonly most: number;
}

export function arityOf(syscall: Syscall): Arity {
  const { args }: Row = SYSCALLS[syscall];
  return { least: args.filter((kind) => !kind.endsWith("?")).length, most: args.length };
}

/** An argument that is memory of a known size, which the kernel reads or writes. */
export interface Buffer {
  readonly argument: number;
  readonly bytes: number;
  readonly isWritten: boolean;
}

/** The buffers among a call's arguments, as far as their sizes are known. */
export function buffersOf(syscall: Syscall, args: readonly Operand[]): Buffer[] {
  const { args: kinds }: Row = SYSCALLS[syscall];
  return kinds.flatMap((kind, argument) => {
    const [, direction, how, number] = /^(out|in)([:=])(\d+)$/.exec(kind) ?? [];
    if (how === undefined || args[argument]?.kind === "number") return [];
    const size = args[Number(number)];
    const isWritten = direction === "out";
    if (how === "=") return [{ argument, bytes: Number(number), isWritten }];
    return size?.kind === "number" ? [{ argument, bytes: Number(size.value), isWritten }] : [];
  });
}
