/** The C library, opened when it is first needed: help, print and freeze do without. */
import { encode } from "./bytes.ts";

/**
 * What a launch needs. For a function that takes no struct Deno compiles a faster way to call it, which
 * takes 0.3 ms: this one is called twice. A struct of one word is passed as the word is.
 */
const SYMBOLS = {
  // long syscall(long number, ...);
  syscall: {
    parameters: ["i64", "i64", "i64", "i64", "i64", "i64", { struct: ["i64"] }],
    result: "i64",
  },
  // extern char **environ;
  environ: { type: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Functions that are called by the ten thousand, see repeat.ts. */
const REPEATED = {
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
} as const satisfies Deno.ForeignLibraryInterface;

/** Where the C library is: glibc's name, then musl's. */
const NAMES = ["libc.so.6", `libc.musl-${Deno.build.arch}.so.1`];

function open<S extends Deno.ForeignLibraryInterface>(
  symbols: S,
): Deno.DynamicLibrary<S>["symbols"] {
  let failure: unknown;
  for (const name of NAMES) {
    try {
      return Deno.dlopen(name, symbols).symbols;
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
      failure ??= error;
    }
  }
  throw new Error("Cannot open the C library", { cause: failure });
}

let symbols: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"] | undefined;
let repeated: Deno.DynamicLibrary<typeof REPEATED>["symbols"] | undefined;

/**
 * The symbols of the C library.
 *
 * @throws {Deno.errors.NotCapable} without `--allow-ffi`. `--allow-ffi=libc.so.6` is not enough:
 * Deno takes that for a file of the working directory.
 */
export function libc(): Deno.DynamicLibrary<typeof SYMBOLS>["symbols"] {
  return symbols ??= open(SYMBOLS);
}

/** The functions of the C library that are called by the ten thousand. @throws as {@linkcode libc}. */
export function repeatedLibc(): Deno.DynamicLibrary<typeof REPEATED>["symbols"] {
  return repeated ??= open(REPEATED);
}

/** The value of a variable of the environment, as bytes. */
export function getenv(name: string): Uint8Array | undefined {
  const start = `${name}=`;
  for (const address of environPointers()) {
    if (viewOf(address).getCString().startsWith(start)) {
      return cString(address).subarray(encode(start).length);
    }
  }
  return undefined;
}

/** The variables of the environment, as the bytes that this process was started with or has set since. */
export function environ(): Uint8Array[] {
  return environPointers().map((address) => cString(address));
}

/** Where each variable of the environment is. */
export function environPointers(): bigint[] {
  const address = environAddress();
  return address === 0n ? [] : pointers(address);
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
  // One call instead of one for each byte; only what is not UTF-8 must be read byte by byte.
  const text = view.getCString();
  if (!text.includes("\ufffd")) return encode(text);
  let length = 0;
  while (view.getUint8(length) !== 0) length++;
  return new Uint8Array(view.getArrayBuffer(length).slice(0));
}
