/** The C library, opened when it is first needed: help, print and freeze do without. */

const SYMBOLS = {
  // void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset);
  mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
  // int mprotect(void *addr, size_t len, int prot);
  mprotect: { parameters: ["pointer", "usize", "i32"], result: "i32" },
  // extern char **environ;
  environ: { type: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

type Libc = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** Where the C library is: glibc's name, then musl's. */
const NAMES = ["libc.so.6", `libc.musl-${Deno.build.arch}.so.1`];

let symbols: Libc | undefined;

/**
 * The symbols of the C library.
 *
 * @throws {Deno.errors.NotCapable} without `--allow-ffi`. `--allow-ffi=libc.so.6` is not enough:
 * Deno takes that for a file of the working directory.
 */
export function libc(): Libc {
  if (symbols) return symbols;
  let failure: unknown;
  for (const name of NAMES) {
    try {
      return symbols = Deno.dlopen(name, SYMBOLS).symbols;
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
      failure ??= error;
    }
  }
  throw new Error("Cannot open the C library", { cause: failure });
}

/** The variables of the environment, as the bytes that this process was started with or has set since. */
export function environ(): Uint8Array[] {
  const list = pointers(environAddress());
  return list.map((address) => cString(address));
}

/** Where the environment is: a `char **`. */
export function environAddress(): bigint {
  return BigInt(new Deno.UnsafePointerView(libc().environ!).getBigUint64());
}

function pointers(address: bigint): bigint[] {
  const view = viewOf(address);
  const list: bigint[] = [];
  for (let next = view.getBigUint64(0); next !== 0n; next = view.getBigUint64(8 * list.length)) {
    list.push(next);
  }
  return list;
}

function viewOf(address: bigint): Deno.UnsafePointerView {
  return new Deno.UnsafePointerView(Deno.UnsafePointer.create(address)!);
}

function cString(address: bigint): Uint8Array {
  const view = viewOf(address);
  let length = 0;
  while (view.getUint8(length) !== 0) length++;
  return new Uint8Array(view.getArrayBuffer(length).slice(0));
}
