/** The interpreter's code, mapped into this process: read and execute, never write and execute. */
import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_EXEC, PROT_READ, PROT_WRITE } from "../abi/mman.ts";
import { libc } from "../libc.ts";
import { CODE_OFFSET, machineOf } from "./machine.ts";

/** `long syscall(long number, long a1, … long a6)`, libc's and the page's. */
export const CALL = {
  parameters: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"],
  result: "i64",
} as const;

const CODE_PAGE_BYTES = 0x1000;

/** The functions in the page. */
export interface CodePage {
  /** `long call(long number, long a1, … long a6)` */
  readonly call: Deno.PointerObject<never>;
  /** `long spawn(void *constants, long flags, void *child_stack, int *parent_tid)` */
  readonly spawn: Deno.PointerObject<never>;
}

let mapped: CodePage | undefined;

/** Maps the code when it is first needed. */
export function codePage(): CodePage {
  if (mapped) return mapped;
  const machine = machineOf(Deno.build.arch);
  const libcs = new Deno.UnsafeFnPointer(libc().syscall, CALL);
  const call = (name: "mmap" | "mprotect", ...args: readonly number[]): bigint => {
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = args;
    const [number, ...rest] = [machine.syscalls[name], a, b, c, d, e].map(BigInt);
    return libcs.call(number!, ...rest as [bigint, bigint, bigint, bigint, bigint], 0n);
  };
  const anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
  const address = call("mmap", 0, CODE_PAGE_BYTES, PROT_READ | PROT_WRITE, anonymous, -1);
  if (address === -1n) throw new Error("Cannot map a page for the interpreter");
  const page = Deno.UnsafePointer.create(address)!;
  const bytes = Deno.UnsafePointerView.getArrayBuffer(page, CODE_PAGE_BYTES);
  new Uint8Array(bytes).set(machine.code, CODE_OFFSET);
  if (call("mprotect", Number(address), CODE_PAGE_BYTES, PROT_READ | PROT_EXEC) !== 0n) {
    throw new Error(
      "Cannot make the interpreter's page executable: this process may not (MemoryDenyWriteExecute=, SELinux execmem)",
    );
  }
  const at = (offset: number) => Deno.UnsafePointer.offset<never>(page, CODE_OFFSET + offset)!;
  return mapped = { call: at(machine.call), spawn: at(machine.spawn) };
}
