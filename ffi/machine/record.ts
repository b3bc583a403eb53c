/** Records: what the interpreter runs, one after the other. machine.ts describes them. */

/** The most arguments of a call, and of an operation. */
export const CALL_ARGUMENTS = 6;
export const OPERATION_ARGUMENTS = 3;

/** Bytes in front of the arguments. */
const CALL_HEAD_BYTES = 10;
const OPERATION_HEAD_BYTES = 4;

/** In a record's first 16 bits. */
const IS_CALL = 0x8000;
const TO_SLOT = 0x4000;
const COUNT_SHIFT = 12;
/** In an operation's first 16 bits: behind its number. */
const KINDS_SHIFT = 6;

/** What an argument is: 16 bits with a sign, the value of a slot, or a place of the list of places. */
export const NUMBER = 0;
export const SLOT = 1;
export const PLACE = 2;

/** The largest index of a slot or place, and the largest number. */
export const MOST_INDEX = 0x7fff;
/** The farthest record, in units of 2 bytes from the constants' start. */
export const MOST_TARGET = 0xffff;

/** What a record's argument is. */
export type ArgumentKind = typeof NUMBER | typeof SLOT | typeof PLACE;

/** An argument of a record: a number, or the index of a slot or place. */
export interface RecordArgument {
  readonly kind: ArgumentKind;
  readonly value: number;
}

/** A record, decoded. */
export interface MachineRecord {
  readonly isCall: boolean;
  /** The number of the system call or operation. */
  readonly code: number;
  readonly args: readonly RecordArgument[];
  /** The index of the slot that takes the result. */
  readonly result: number;
  /** The offset of the record to go on with, from the constants' start. */
  readonly target: number;
  /** Of a test: the index of the slot with the record's address, instead of a target. */
  readonly targetSlot: number | undefined;
  /** Of a call: the index of its failure's place. */
  readonly failure: number;
  readonly bytes: number;
}

/** The bytes of a record with so many arguments. */
export const recordBytes = (isCall: boolean, count: number): number =>
  (isCall ? CALL_HEAD_BYTES : OPERATION_HEAD_BYTES) + 2 * count;

/** Where in a record an argument is. */
export const argumentOffset = (isCall: boolean, i: number): number => recordBytes(isCall, i);

/** Where in a record the rest is. */
export const CALL_OFFSETS = { kinds: 2, result: 4, target: 6, failure: 8 } as const;
export const WHERE_OFFSET = 2;

/** A call's first and second 16 bits. */
export function callHead(number: number, kinds: readonly ArgumentKind[]): [number, number] {
  return [IS_CALL | kinds.length << COUNT_SHIFT | number, bitsOf(kinds)];
}

/** An operation's first 16 bits. @param toSlot Whether a slot has the address of the record that a test leads to. */
export function operationHead(
  code: number,
  kinds: readonly ArgumentKind[],
  toSlot: boolean,
): number {
  return (toSlot ? TO_SLOT : 0) | kinds.length << COUNT_SHIFT | bitsOf(kinds) << KINDS_SHIFT | code;
}

const bitsOf = (kinds: readonly ArgumentKind[]): number =>
  kinds.reduce<number>((bits, kind, i) => bits | kind << 2 * i, 0);

/** Decodes a record. @param half The 16 bits at an offset in it. */
export function decodeRecord(half: (offset: number) => number): MachineRecord {
  const head = half(0);
  const isCall = (head & IS_CALL) !== 0;
  const count = head >> COUNT_SHIFT & (isCall ? 7 : 3);
  const bits = isCall ? half(CALL_OFFSETS.kinds) : head >> KINDS_SHIFT;
  const args = Array.from({ length: Math.min(count, CALL_ARGUMENTS) }, (_, i): RecordArgument => {
    const value = half(argumentOffset(isCall, i)) << 16 >> 16;
    return { kind: (bits >> 2 * i & 3) as ArgumentKind, value };
  });
  const bytes = recordBytes(isCall, count);
  if (isCall) {
    return {
      isCall,
      code: head & 0xfff,
      args,
      result: half(CALL_OFFSETS.result),
      target: 2 * half(CALL_OFFSETS.target),
      targetSlot: undefined,
      failure: half(CALL_OFFSETS.failure),
      bytes,
    };
  }
  const where = half(WHERE_OFFSET);
  const targetSlot = (head & TO_SLOT) === 0 ? undefined : where;
  const code = head & 0x3f;
  return { isCall, code, args, result: where, target: 2 * where, targetSlot, failure: 0, bytes };
}
