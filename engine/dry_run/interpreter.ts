/**
 * Interprets the records of an image as its machine code does (see machine.ts), and stops at each system
 * call: the caller makes it.
 */
import { CONSTANTS_HEADER_BYTES, OPERATIONS } from "../../ffi/machine/machine.ts";
import { encode } from "../../ffi/bytes.ts";
import type { Layout } from "../segments.ts";
import { DryRunError, Memory, type Width, wrap } from "./memory.ts";
import { type Decoded, IMAGE, Records } from "./records.ts";
import { type Given, STACK_END, stackOf } from "./stack.ts";

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

/** Stack below the arguments and the environment. */
const STACK_BYTES = 0x10000;

const signed = (value: bigint): bigint => BigInt.asIntN(64, value);

/** An image in memory: the part that its processes share. */
interface Loaded {
  readonly variables: bigint;
  /** The address of the environment's array. */
  readonly environment: bigint;
  readonly records: Records;
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
    const start = BigInt(IMAGE + image.distance);
    const loaded: Loaded = {
      variables: start,
      environment: BigInt(pointer + 8 * (2 + given.argv.length)),
      records: new Records(start, IMAGE + image.constants.length),
    };
    memory.write(start, BigInt(pointer), 8);
    relocate(memory, start);
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

  #values({ args, slots }: Decoded): bigint[] {
    if (slots === 0) return args as bigint[];
    return args.map((arg, i) => (slots >> i & 1) === 1 ? this.memory.read(arg, 8) : arg);
  }

  /**
   * Runs up to the next system call.
   *
   * @returns Undefined where it goes on as another program, or with another image.
   * @throws {Fault} where the process would die.
   */
  next(): PendingCall | undefined {
    for (let count = 0; count < OPERATIONS_LIMIT; count++) {
      const record = this.#image.records.at(this.memory, this.#at);
      const values = this.#values(record);
      if (record.isCall) {
        return { record: this.#at - IMAGE, number: record.code, args: values };
      }
      if (record.code === OPERATIONS.enter || record.code === OPERATIONS.start) return undefined;
      this.#operate(record, values as [bigint, bigint, bigint]);
    }
    throw new DryRunError("it goes on and on without a system call");
  }

  /** Completes the call at which {@linkcode next} stopped, with a result or -errno. */
  finish(result: bigint): void {
    const { result: place, target, failure, following } = this.#image.records.at(
      this.memory,
      this.#at,
    );
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
      case OPERATIONS.ifAnyBit:
        return go((a & b) !== 0n);
      case OPERATIONS.ifNoBit:
        return go((a & b) === 0n);
      case OPERATIONS.ifSame:
        return go(memory.isSame(a, b, length32(c)));
      case OPERATIONS.ifDiffer:
        return go(!memory.isSame(a, b, length32(c)));
      case OPERATIONS.copy:
        return keep(memory.copyForward(a, b, length32(c)));
      case OPERATIONS.seek:
        return keep(memory.seek(a, Number(b & 0xffn), Number(c & 0xffn)));
      case OPERATIONS.decimal: {
        const digits = encode(String(a));
        memory.put(wrap(b - BigInt(digits.length)), digits);
        return keep(b - BigInt(digits.length));
      }
      default:
        throw new DryRunError(`the machine has no operation 0x${code.toString(16)}`);
    }
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
