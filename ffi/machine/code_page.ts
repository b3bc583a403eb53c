/** The interpreter's code, mapped into this process: read and execute, never write and execute. */
import { libc } from "../libc.ts";
import { CODE_OFFSET, machineOf } from "./machine.ts";

const PROT_READ = 1;
const PROT_WRITE = 2;
const PROT_EXEC = 4;
const MAP_PRIVATE = 2;
const MAP_ANONYMOUS = 0x20;
const CODE_PAGE_BYTES = 0x1000;

/** The functions in the page. */
export interface CodePage {
  /** `long call(long number, long a1, … long a6)` */
  readonly call: Deno.PointerObject<never>;
  /** `long spawn(void *data, long flags, void *child_stack, int *parent_tid)` */
  readonly spawn: Deno.PointerObject<never>;
}

let mapped: CodePage | undefined;

/** Maps the code when it is first needed. */
export function codePage(): CodePage {
  if (mapped) return mapped;
  const { mmap, mprotect } = libc();
  const machine = machineOf(Deno.build.arch);
  const page = mmap(
    null,
    BigInt(CODE_PAGE_BYTES),
    PROT_READ | PROT_WRITE,
    MAP_PRIVATE | MAP_ANONYMOUS,
    -1,
    0n,
  );
  if (page === null || Deno.UnsafePointer.value(page) === 2n ** 64n - 1n) {
    throw new Error("Cannot map a page for the interpreter");
  }
  const bytes = Deno.UnsafePointerView.getArrayBuffer(page, CODE_PAGE_BYTES);
  new Uint8Array(bytes).set(machine.code, CODE_OFFSET);
  if (mprotect(page, BigInt(CODE_PAGE_BYTES), PROT_READ | PROT_EXEC) !== 0) {
    throw new Error(
      "Cannot make the interpreter's page executable: this process may not (MemoryDenyWriteExecute=, SELinux execmem)",
    );
  }
  const at = (offset: number) => Deno.UnsafePointer.offset<never>(page, CODE_OFFSET + offset)!;
  return mapped = { call: at(machine.call), spawn: at(machine.spawn) };
}
