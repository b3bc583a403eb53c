/**
 * System calls without libc: native code returns the result or -errno itself, so that the runtime
 * cannot overwrite errno before it is read.
 */
import { numbersOf, type Syscall } from "./abi/syscall.ts";
import { encode } from "./bytes.ts";
import { SyscallError } from "./errors.ts";
import { CALL, codePage } from "./machine/code_page.ts";

/** An argument: a number, or memory whose address is passed. Empty memory is passed as NULL. */
export type Argument = number | bigint | Uint8Array<ArrayBuffer> | null;

const CALL_ELSEWHERE = { ...CALL, nonblocking: true } as const;

const NUMBERS = numbersOf(Deno.build.arch);

let here: Deno.UnsafeFnPointer<typeof CALL> | undefined;
let elsewhere: Deno.UnsafeFnPointer<typeof CALL_ELSEWHERE> | undefined;

function value(argument: Argument | undefined): bigint {
  if (argument === undefined || argument === null) return 0n;
  if (typeof argument === "bigint") return BigInt.asIntN(64, argument);
  if (typeof argument === "number") return BigInt(argument);
  return addressOf(argument);
}

/** The address of memory. It is valid as long as something references the array. */
export function addressOf(memory: Uint8Array<ArrayBuffer>): bigint {
  return BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(memory)));
}

/** Zeroed memory at a fixed address: V8 has small typed arrays in its moving heap. */
export function memory(bytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(bytes));
}

/** A C string in memory. */
export function cString(text: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = typeof text === "string" ? encode(text) : text;
  const string = memory(bytes.length + 1);
  string.set(bytes);
  return string;
}

/** References to memory that is passed by address, so that V8 does not free it during the call. */
let held: readonly Argument[];

/** Makes a system call. @returns The result, or -errno. */
export function syscall(name: Syscall, ...args: readonly Argument[]): number {
  held = args;
  void held;
  here ??= new Deno.UnsafeFnPointer(codePage().call, CALL);
  const [a, b, c, d, e, f] = args;
  return Number(
    here.call(BigInt(NUMBERS[name]), value(a), value(b), value(c), value(d), value(e), value(f)),
  );
}

/** Makes a system call that may block, on another thread. @returns The result, or -errno. */
export async function syscallElsewhere(
  name: Syscall,
  ...args: readonly Argument[]
): Promise<number> {
  elsewhere ??= new Deno.UnsafeFnPointer(codePage().call, CALL_ELSEWHERE);
  const [a, b, c, d, e, f] = args;
  const result = await elsewhere.call(
    BigInt(NUMBERS[name]),
    value(a),
    value(b),
    value(c),
    value(d),
    value(e),
    value(f),
  );
  // Until here `args` kept the memory alive.
  return args.length < 7 ? Number(result) : -22;
}

/**
 * Throws if a result is an error.
 *
 * @param shown The arguments, decoded.
 * @throws {SyscallError}
 */
export function check(result: number, name: string, shown: string): number {
  if (result < 0 && result >= -4095) throw new SyscallError(name, -result, shown);
  return result;
}
