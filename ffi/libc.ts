/** The C library, opened when it is first needed: help, print and freeze do without. */
import { encode } from "./bytes.ts";

/** Only addresses are kept: they stay valid when the library is closed, and an open one is a leak to Deno's tests. */
const SYMBOLS = {
  // long syscall(long number, ...);
  syscall: { type: "pointer" },
  // extern char **environ;
  environ: { type: "pointer" },
} as const;

/** The functions of fast_calls.ts. */
const FAST = {
  // ssize_t readlinkat(int dirfd, const char *path, char *buf, size_t bufsiz);
  readlinkat: { parameters: ["i32", "buffer", "buffer", "i32"], result: "i32" },
  // int openat(int dirfd, const char *path, int flags, ...);
  openat: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  // ssize_t read(int fd, void *buf, size_t count);
  read: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  // int close(int fd);
  close: { parameters: ["i32"], result: "i32" },
  // long syscall(long number, ...);
  getdents64: { name: "syscall", parameters: ["i32", "i32", "buffer", "i32"], result: "i32" },
} as const;

/** File names of the C library: glibc's, then musl's. */
const NAMES = ["libc.so.6", `libc.musl-${Deno.build.arch}.so.1`];

function open<S extends Deno.ForeignLibraryInterface>(symbols: S): Deno.DynamicLibrary<S> {
  const { os } = Deno.build;
  if (os !== "linux") {
    throw new Deno.errors.NotSupported(
      `nido needs Linux, whose kernel has namespaces: this is ${os}`,
    );
  }
  // Deno itself would ask for one file, which is not enough.
  Deno.permissions.requestSync({ name: "ffi" });
  let failure: unknown;
  for (const name of NAMES) {
    try {
      return Deno.dlopen(name, symbols);
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
      failure ??= error;
    }
  }
  throw new Error("Cannot open the C library", { cause: failure });
}

type Addresses = Readonly<Record<keyof typeof SYMBOLS, Deno.PointerObject<never>>>;

let addresses: Addresses | undefined;

/**
 * Addresses of the C library's symbols.
 *
 * @throws {Deno.errors.NotCapable} without `--allow-ffi`. `--allow-ffi=libc.so.6` is not enough:
 * Deno takes that for a file of the working directory.
 */
export function libc(): Addresses {
  if (addresses) return addresses;
  const library = open(SYMBOLS);
  addresses = { ...library.symbols as Addresses };
  library.close();
  return addresses;
}

/** The functions of fast_calls.ts, which the caller closes. @throws as {@linkcode libc}. */
export function fastLibc(): Deno.DynamicLibrary<typeof FAST> {
  return open(FAST);
}

/** The variables of the environment, as the bytes that this process was started with or has set since. */
export function environ(): Uint8Array[] {
  return environPointers().map((address) => cString(address));
}

/** The address of each variable of the environment. */
export function environPointers(): bigint[] {
  const address = environAddress();
  return address === 0n ? [] : pointers(address);
}

/** The address of the environment: a `char **`. */
export function environAddress(): bigint {
  return BigInt(new Deno.UnsafePointerView(libc().environ).getBigUint64());
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
  // One call instead of one for each byte; only what is not UTF-8 must be read byte by byte.
  const text = view.getCString();
  if (!text.includes("\ufffd")) return encode(text);
  let length = 0;
  while (view.getUint8(length) !== 0) length++;
  return new Uint8Array(view.getArrayBuffer(length).slice(0));
}
