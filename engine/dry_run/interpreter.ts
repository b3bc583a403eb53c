/**
 * Interprets the records of an image as its machine code does (see machine.ts), and stops at each system
 * call: the caller makes it.
 */
import { CONSTANTS_HEADER_BYTES, OPERATIONS, PLACES_OFFSET } from "../../ffi/machine/machine.ts";
import {
  CALL_ARGUMENTS,
  decodeRecord,
  NUMBER,
  OPERATION_ARGUMENTS,
  type RecordArgument,
  SLOT,
} from "../../ffi/machine/record.ts";
import { encode } from "../../ffi/bytes.ts";
import { DryRunError, Memory, type Width } from "./memory.ts";
import type { Layout } from "../segments.ts";

/** The arguments and the environment of a new program. */
export interface Given {
  readonly argv: readonly Uint8Array[];
  readonly envp: readonly Uint8Array[];
}

/** A system call, about to be made. */
export interface PendingCall {
  /** The offset of its record from the constants' start. */
  readonly record: number;
  /** The system call number, on the image's architecture. */
  readonly number: number;
  /** All six registers. */
  readonly args: readonly bigint[];
}

/** More operations than any launch needs between two system calls. */
const OPERATIONS_LIMIT = 20_000_000;

/** Addresses of the image and of the stack's end. */
const IMAGE = 0x5555_5555_0000;
const STACK_END = 0x7ffd_0000_0000;
/** Stack below the arguments and the environment. */
const STACK_BYTES = 0x10000;

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
const signed = (value: bigint): bigint => BigInt.asIntN(64, value);

/** A decoded record. */
interface Decoded {
  readonly isCall: boolean;
  readonly code: number;
  /** Its numbers, or addresses. */
  readonly args: readonly bigint[];
  /** Bit i: argument i is the value at that address. */
  readonly slots: number;
  /** The address of the slot for the result. */
  readonly result: bigint;
  /** The record to go on with where a call fails or a test holds, or the address of the slot that has it. */
  readonly target: number | bigint;
  readonly following: number;
  /** Of a call: the address of its failure. */
  readonly failure: bigint;
}

/** An image in memory: the part that its processes share. */
interface Loaded {
  readonly variables: bigint;
  /** The address behind the constants. */
  readonly end: number;
  /** The address of the environment's array. */
  readonly environment: bigint;
  /** Records by their addresses. */
  readonly records: Map<number, Decoded>;
}

/** A process that runs an image. */
export class Interpreter {
  readonly memory: Memory;
  readonly #image: Loaded;
  /** The address of the next record. */
  #at: number;

  private constructor(memory: Memory, image: Loaded, at: number) {
    this.memory = memory;
    this.#image = image;
    this.#at = at;
  }

  /** Starts an image as the kernel does, and as its first instructions do. */
  static start(image: Layout, given: Given): Interpreter {
    const memory = new Memory();
    memory.map(IMAGE, image.constants, false);
    const variables = new Uint8Array(image.variablesBytes);
    variables.set(image.variables);
    memory.map(IMAGE + image.distance, variables, true);
    const { bytes, pointer } = stackOf(given);
    // Plans copy arguments to where the stack would grow.
    const stack = new Uint8Array(2 * bytes.length + STACK_BYTES);
    stack.set(bytes, stack.length - bytes.length);
    memory.map(STACK_END - stack.length, stack, true);
    const loaded: Loaded = {
      variables: BigInt(IMAGE + image.distance),
      end: IMAGE + image.constants.length,
      environment: BigInt(pointer + 8 * (2 + given.argv.length)),
      records: new Map(),
    };
    memory.write(loaded.variables, BigInt(pointer), 8);
    relocate(memory, loaded.variables);
    return new Interpreter(memory, loaded, IMAGE + CONSTANTS_HEADER_BYTES);
  }

  /** The process that clone(2) makes of this one. */
  fork(): Interpreter {
    return new Interpreter(this.memory.copy(), this.#image, this.#at);
  }

  /** The address of the environment's array. */
  get environment(): bigint {
    return this.#image.environment;
  }

  /** The place of an address, counted from the constants' start. */
  placeOf(address: bigint): number {
    return Number(address) - IMAGE;
  }

  #decode(at: number): Decoded {
    const known = this.#image.records.get(at);
    if (known) return known;
    const { memory } = this;
    const base = BigInt(IMAGE);
    const given = decodeRecord((offset) => Number(memory.read(BigInt(at + offset), 2)));
    const signed32 = (address: bigint): bigint => BigInt.asIntN(32, memory.read(address, 4));
    const places = base + signed32(base + BigInt(PLACES_OFFSET));
    const slot = (index: number): bigint => this.#image.variables + BigInt(8 * index);
    const place = (index: number): bigint => base + signed32(places + BigInt(4 * index));
    const addressOf = ({ kind, value }: RecordArgument): bigint => {
      if (kind === NUMBER) return wrap(BigInt(value));
      return kind === SLOT ? slot(value) : place(value);
    };
    const { isCall, targetSlot } = given;
    const record: Decoded = {
      isCall,
      code: given.code,
      args: Array.from(
        { length: isCall ? CALL_ARGUMENTS : OPERATION_ARGUMENTS },
        (_, i) => addressOf(given.args[i] ?? { kind: NUMBER, value: 0 }),
      ),
      slots: given.args.reduce((bits, { kind }, i) => kind === SLOT ? bits | 1 << i : bits, 0),
      result: slot(given.result),
      target: targetSlot === undefined ? IMAGE + given.target : slot(targetSlot),
      following: at + given.bytes,
      failure: isCall ? place(given.failure) : 0n,
    };
    // Only records in the constants can be cached: they never change.
    if (at >= IMAGE && at < this.#image.end) this.#image.records.set(at, record);
    return record;
  }

  #values({ args, slots }: Decoded): bigint[] {
    if (slots === 0) return args as bigint[];
    return args.map((arg, i) => (slots >> i & 1) === 1 ? this.memory.read(arg, 8) : arg);
  }

  /**
   * Runs up to the next system call.
   *
   * @returns Undefined where it goes on as another program.
   * @throws {Fault} where the process would die.
   */
  next(): PendingCall | undefined {
    for (let count = 0; count < OPERATIONS_LIMIT; count++) {
      const record = this.#decode(this.#at);
      const values = this.#values(record);
      if (record.isCall) {
        return { record: this.#at - IMAGE, number: record.code, args: values };
      }
      if (record.code === OPERATIONS.enter) return undefined;
      this.#operate(record, values as [bigint, bigint, bigint]);
    }
    throw new DryRunError("it goes on and on without a system call");
  }

  /** Completes the call at which {@linkcode next} stopped, with a result or -errno. */
  finish(result: bigint): void {
    const { result: place, target, failure, following } = this.#decode(this.#at);
    const value = wrap(result);
    this.memory.write(place, value, 8);
    if (signed(value) < 0n && signed(value) >= -4095n) {
      this.memory.write(this.#image.variables + 8n, value, 8);
      this.memory.write(this.#image.variables + 16n, failure, 8);
      this.#at = Number(target);
    } else this.#at = following;
  }

  #operate(
    { code, result, target, following }: Decoded,
    [a, b, c]: readonly [bigint, bigint, bigint],
  ): void {
    const { memory } = this;
    this.#at = following;
    const keep = (value: bigint): void => memory.write(result, wrap(value), 8);
    const load = (width: Width): void => keep(memory.read(wrap(a + b), width));
    const put = (width: Width): void => memory.write(wrap(a + b), c, width);
    const go = (holds: boolean): void => {
      if (holds) this.#at = Number(typeof target === "bigint" ? memory.read(target, 8) : target);
    };
    switch (code) {
      case OPERATIONS.set:
        return keep(a);
      case OPERATIONS.add:
        return keep(a + b);
      case OPERATIONS.sub:
        return keep(a - b);
      case OPERATIONS.and:
        return keep(a & b);
      case OPERATIONS.or:
        return keep(a | b);
      case OPERATIONS.mul:
        return keep(a * b);
      case OPERATIONS.shl:
        return keep(a << (b & 63n));
      case OPERATIONS.shr:
        return keep(a >> (b & 63n));
      case OPERATIONS.load:
        return load(8);
      case OPERATIONS.load32:
        return load(4);
      case OPERATIONS.load16:
        return load(2);
      case OPERATIONS.byte:
        return load(1);
      case OPERATIONS.put:
        return put(8);
      case OPERATIONS.put32:
        return put(4);
      case OPERATIONS.put16:
        return put(2);
      case OPERATIONS.put8:
        return put(1);
      case OPERATIONS.ifAlways:
        return go(true);
      case OPERATIONS.ifEqual:
        return go(a === b);
      case OPERATIONS.ifNot:
        return go(a !== b);
      case OPERATIONS.ifBelow:
        return go(a < b);
      case OPERATIONS.ifNotBelow:
        return go(a >= b);
      case OPERATIONS.ifLess:
        return go(signed(a) < signed(b));
      case OPERATIONS.ifNotLess:
        return go(signed(a) >= signed(b));
      case OPERATIONS.ifSame:
        return go(this.#isSame(a, b, c));
      case OPERATIONS.ifDiffer:
        return go(!this.#isSame(a, b, c));
      case OPERATIONS.copy:
        return keep(this.#copy(a, b, length32(c)));
      case OPERATIONS.seek:
        return keep(memory.seek(a, Number(b & 0xffn), Number(c & 0xffn)));
      case OPERATIONS.decimal: {
        const digits = encode(String(a));
        memory.put(wrap(b - BigInt(digits.length)), digits);
        return keep(b - BigInt(digits.length));
      }
      case OPERATIONS.enter:
        throw new Error("Cannot go on: this enters a program that is no plan");
      default:
        throw new DryRunError(`the machine has no operation 0x${code.toString(16)}`);
    }
  }

  /** Compares byte by byte up to the first difference: memory behind it may be unmapped. */
  #isSame(a: bigint, b: bigint, c: bigint): boolean {
    const length = length32(c);
    const { memory } = this;
    if (memory.has(a, length) && memory.has(b, length)) {
      const [one, other] = [memory.bytes(a, length), memory.bytes(b, length)];
      return one.every((byte, i) => other[i] === byte);
    }
    for (let i = 0n; i < BigInt(length); i++) {
      if (memory.read(wrap(a + i), 1) !== memory.read(wrap(b + i), 1)) return false;
    }
    return true;
  }

  /** Copies forward, byte by byte: where both overlap, copied bytes are copied again. */
  #copy(to: bigint, from: bigint, length: number): bigint {
    const { memory } = this;
    if (from < to && to < from + BigInt(length)) {
      for (let i = 0n; i < BigInt(length); i++) {
        memory.write(wrap(to + i), memory.read(wrap(from + i), 1), 1);
      }
    } else memory.put(to, memory.bytes(from, length));
    return wrap(to + BigInt(length));
  }
}

/** Pointers among the variables are counted from the constants. */
function relocate(memory: Memory, variables: bigint): void {
  const base = BigInt(IMAGE);
  const count = Number(memory.read(base + 4n, 4));
  const list = base + memory.read(base + 8n, 4);
  for (let i = 0; i < count; i++) {
    const at = variables + memory.read(list + BigInt(4 * i), 4);
    memory.write(at, wrap(memory.read(at, 8) + base), 8);
  }
}

/** Lengths are of 32 bits. */
const length32 = (value: bigint): number => Number(value & 0xffff_ffffn);

/** argc, argv, NULL, envp, NULL, an empty auxiliary vector, and the strings. @see System V ABI, "Process Initialization" */
function stackOf({ argv, envp }: Given): { bytes: Uint8Array<ArrayBuffer>; pointer: number } {
  const strings = [...argv, ...envp];
  const words = 1 + argv.length + 1 + envp.length + 1 + 2;
  const length = 8 * words + strings.reduce((sum, { length }) => sum + length + 1, 0);
  const bytes = new Uint8Array(Math.ceil(length / 16) * 16);
  const view = new DataView(bytes.buffer);
  const start = STACK_END - bytes.length;
  view.setBigUint64(0, BigInt(argv.length), true);
  let at = 8 * words;
  strings.forEach((string, i) => {
    const word = 1 + i + (i < argv.length ? 0 : 1);
    view.setBigUint64(8 * word, BigInt(start + at), true);
    bytes.set(string, at);
    at += string.length + 1;
  });
  return { bytes, pointer: start };
}
