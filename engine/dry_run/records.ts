/** The records of an image in memory, as its machine code reads them (see machine.ts). */
import { PLACES_OFFSET } from "../../ffi/machine/machine.ts";
import {
  CALL_ARGUMENTS,
  decodeRecord,
  NUMBER,
  OPERATION_ARGUMENTS,
  type RecordArgument,
  SLOT,
} from "../../ffi/machine/record.ts";
import { type Memory, wrap } from "./memory.ts";

/** The address of the image. */
export const IMAGE = 0x5555_5555_0000;

/** A decoded record. */
export interface Decoded {
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

/** The records of an image: they are decoded once. */
export class Records {
  readonly #variables: bigint;
  readonly #end: number;
  readonly #known = new Map<number, Decoded>();

  /** @param variables The address of the variables. @param end The address behind the constants. */
  constructor(variables: bigint, end: number) {
    this.#variables = variables;
    this.#end = end;
  }

  /** The record at an address. */
  at(memory: Memory, at: number): Decoded {
    const known = this.#known.get(at);
    if (known) return known;
    const base = BigInt(IMAGE);
    const given = decodeRecord((offset) => Number(memory.read(BigInt(at + offset), 2)));
    const signed32 = (address: bigint): bigint => BigInt.asIntN(32, memory.read(address, 4));
    const places = base + signed32(base + BigInt(PLACES_OFFSET));
    const slot = (index: number): bigint => this.#variables + BigInt(8 * index);
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
    if (at >= IMAGE && at < this.#end) this.#known.set(at, record);
    return record;
  }
}
