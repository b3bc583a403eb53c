/** Reads frozen files back: the plan of a file that freeze.ts has made. The file may be anything. */
import { EHDR_BYTES, EM_AARCH64, EM_X86_64, PHDR_BYTES } from "../ffi/abi/elf.ts";
import type { Syscall } from "../ffi/abi/syscall.ts";
import { encode } from "../ffi/bytes.ts";
import {
  type Arch,
  CALL_ARGUMENTS,
  CALL_BYTES,
  CODE_OFFSET,
  CONSTANTS_FILE_OFFSET,
  CONSTANTS_HEADER_BYTES,
  type Machine,
  machineOf,
  OPERATION_BYTES,
  OPERATIONS,
} from "../ffi/machine/machine.ts";
import { frontOf } from "./image.ts";
import { type ListedCall, type Listing, LISTING_LINE } from "./listing.ts";
import type { Call, Operand, Plan, Slot } from "./plan.ts";
import { distanceOf } from "../engine/segments.ts";

/** A file that is no frozen launch, or not a whole one. */
export class ThawError extends Error {
  override readonly name = "ThawError";
}

/** A frozen launch. */
export interface Thawed {
  readonly arch: Arch;
  /** Its system calls, but for those that look for the cause of a failure. */
  readonly plan: Plan;
}

function refuse(why: string): never {
  throw new ThawError(why);
}

/** What an image has in memory: bytes at their places, which count from the constants' start. */
class Memory {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  /** @param bytes Constants, and what the variables begin with, at their distance. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  #offset(place: bigint, length: number): number {
    if (place < 0n || place + BigInt(length) > this.bytes.length) {
      refuse(`it points outside of itself, to 0x${BigInt.asUintN(64, place).toString(16)}`);
    }
    return Number(place);
  }

  word(place: bigint): bigint {
    return this.#view.getBigUint64(this.#offset(place, 8), true);
  }

  half(place: bigint): number {
    return this.#view.getInt32(this.#offset(place, 4), true);
  }

  /** All that is behind a place: how long a struct is, its kind says. */
  rest(place: bigint): Uint8Array {
    return this.bytes.subarray(this.#offset(place, 1));
  }

  cString(place: bigint): Uint8Array {
    const start = this.#offset(place, 1);
    const end = this.bytes.indexOf(0, start);
    return this.bytes.slice(start, end < 0 ? this.bytes.length : end);
  }
}

interface Parts {
  readonly machine: Machine;
  readonly memory: Memory;
  readonly listing: Uint8Array;
}

const areSame = (some: Uint8Array, others: Uint8Array): boolean =>
  some.length === others.length && some.every((byte, i) => others[i] === byte);

/** Takes the file apart: data and listing. All that is in front of them is as nido writes it. */
function partsOf(file: Uint8Array): Parts {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  if (file.length < EHDR_BYTES || view.getUint32(0) !== 0x7f454c46) refuse("it is no ELF file");
  const elf = view.getUint16(18, true);
  const arch = ({ [EM_X86_64]: "x86_64", [EM_AARCH64]: "aarch64" } as const)[elf];
  if (!arch || file.length < CONSTANTS_FILE_OFFSET) refuse("it is another kind of program");
  const machine = machineOf(arch);
  const field = (segment: number, at: number): number =>
    Number(view.getBigUint64(EHDR_BYTES + segment * PHDR_BYTES + at, true));
  const [constants, variables] = [field(1, 32), field(2, 32)];
  const front = frontOf(machine, { constants, variables, variablesInMemory: field(2, 40) });
  const isFront = (start: number, end: number): boolean =>
    areSame(file.subarray(start, end), front.subarray(start, end));
  if (!isFront(0, CODE_OFFSET) || field(2, 40) < variables) {
    refuse("its headers are not those that nido writes");
  }
  if (!isFront(CODE_OFFSET, CONSTANTS_FILE_OFFSET)) {
    refuse(
      "its code is not this nido's: another version has written it, or somebody has changed it",
    );
  }
  const middle = CONSTANTS_FILE_OFFSET + constants;
  const end = middle + variables;
  if (end > file.length) refuse("its end is missing");
  const line = encode(LISTING_LINE);
  const listing = file.subarray(end + line.length);
  if (!areSame(file.subarray(end, end + line.length), line)) {
    refuse("no listing of a plan is at its end");
  }
  const distance = distanceOf(constants, machine.pageBytes);
  const bytes = new Uint8Array(distance + variables);
  bytes.set(file.subarray(CONSTANTS_FILE_OFFSET, middle));
  bytes.set(file.subarray(middle, end), distance);
  if (view.getInt32(CONSTANTS_FILE_OFFSET, true) !== distance) {
    refuse("its headers are not those that nido writes");
  }
  return { machine, memory: new Memory(bytes), listing };
}

const isCall = (value: unknown): value is ListedCall =>
  Array.isArray(value) && value.length >= 4 && value.length <= 6 &&
  value.every((part, i) => i === 3 ? typeof part === "string" : Number.isInteger(part));

function parseListing(bytes: Uint8Array): Listing {
  let value: Partial<Listing> | null = null;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // What is no JSON is no listing.
  }
  const { name, records, calls, texts } = value ?? {};
  const isListing = typeof name === "string" && Number.isInteger(records) &&
    Array.isArray(calls) && calls.every(isCall) &&
    Array.isArray(texts) && texts.every((text) => typeof text === "string");
  return isListing ? value as Listing : refuse("the listing at its end is damaged");
}

/** Reads the calls that a listing names from the records. */
class Reader {
  readonly #memory: Memory;
  readonly #listing: Listing;
  readonly #syscalls: ReadonlyMap<number, Syscall>;
  /** Where the records are. */
  readonly #records: bigint[] = [];
  /** Where slots are: no two have one name. */
  readonly #slots = new Map<string, bigint>();

  constructor({ machine, memory, listing }: Parts) {
    this.#memory = memory;
    this.#listing = parseListing(listing);
    this.#syscalls = new Map(
      Object.entries(machine.syscalls).map(([name, number]) => [number, name as Syscall]),
    );
  }

  plan(): Plan {
    const { name, records, calls } = this.#listing;
    const listed = new Set(calls.map(([record]) => record));
    let at = BigInt(CONSTANTS_HEADER_BYTES);
    for (let i = 0; i < records; i++) {
      const isCall = this.#code(at) < OPERATIONS.set;
      if (isCall !== listed.has(i)) refuse(`its listing and its record ${i} differ`);
      this.#records.push(at);
      at += BigInt(isCall ? CALL_BYTES : OPERATION_BYTES);
    }
    if (listed.size !== calls.length) refuse("its listing has a record twice");
    return { name, steps: calls.map((call) => this.#call(call)), buffers: {} };
  }

  #record(i: number): bigint {
    return this.#records[i] ?? refuse(`its listing has a record ${i} too many`);
  }

  #call([record, process, note, args, result = -1, when = -1]: ListedCall): Call {
    const at = this.#record(record);
    const syscall = this.#syscalls.get(this.#code(at));
    if (!syscall) refuse(`its record ${record} is no system call that nido makes`);
    const words = args === "" ? [] : args.split(" ");
    if (words.length > CALL_ARGUMENTS) refuse("its listing has too many arguments");
    const operands = words.map((word, i) => this.#argument(word, record, i));
    if (result >= 0) {
      const place = this.#memory.half(at + 28n);
      this.#checkSlot(this.#text(result), BigInt(place));
    }
    return {
      do: "call",
      syscall,
      args: operands,
      onError: "continue",
      note: this.#text(note),
      process: this.#text(process),
      ...(result < 0 ? {} : { result: this.#text(result) }),
      ...(when < 0 ? {} : { when: this.#text(when) }),
    };
  }

  #code(at: bigint): number {
    return this.#memory.half(at) & 0xffff;
  }

  /** What a record has as an argument: a number, or where a slot or anything else is. */
  #value(record: number, i: number): { value: bigint; isSlot: boolean } {
    const at = this.#record(record);
    const bits = this.#memory.half(at);
    const value = this.#memory.half(at + 4n + 4n * BigInt(i));
    const isSlot = (bits >> 24 & 1 << i) !== 0;
    return { value: BigInt(value), isSlot };
  }

  #argument(listed: string, record: number, i: number): Operand {
    const { value, isSlot } = this.#value(record, i);
    // A number of more than 32 bits is a slot.
    if (listed === "n" && isSlot) return { kind: "number", value: this.#memory.word(value) };
    return this.#operand(listed, value, isSlot);
  }

  #operand(listed: string, value: bigint, isSlot: boolean): Operand {
    const items = listed.startsWith("(") ? listed.slice(1, -1).split(",") : undefined;
    const begins = /^\+(\d+)@(\d+)\.(\d)$/.exec(items?.at(-1) ?? "");
    const kind = begins ? "begins" : listed[0];
    if (isSlot !== (kind === "s" || kind === "begins")) {
      refuse("its listing takes slots for values");
    }
    if (items) {
      if (!begins) return { kind: "vector", items: this.#items(items, value) };
      const [name, record, place] = begins.slice(1).map(Number) as [number, number, number];
      const start = this.#value(record, place).value;
      const known = this.#items(items.slice(0, -1), start);
      return { ...this.#slot(name, value), begins: { kind: "vector", items: known } };
    }
    const index = Number(listed.slice(1));
    switch (kind) {
      case "n":
        return { kind: "number", value };
      case "t":
        return { kind: "text", bytes: this.#memory.cString(value) };
      case "s": {
        const [name, shown] = listed.slice(1).split(".").map(Number) as [number, number?];
        const slot = this.#slot(name, value);
        return shown === undefined ? slot : { ...slot, text: this.#text(shown) };
      }
      case "a":
        return { kind: "address", name: this.#text(index), offset: 0 };
      case "d":
        return { kind: "data", bytes: this.#memory.rest(value), text: this.#text(index) };
      default:
        return refuse(`its listing has an argument of kind ${kind}`);
    }
  }

  /** What stands in an array behind each other: values, not slots, which are put there later. */
  #items(listed: readonly string[], at: bigint): Operand[] {
    return listed.filter((item) => item !== "").map((item, i) =>
      this.#operand(item, this.#memory.word(at + 8n * BigInt(i)), item.startsWith("s"))
    );
  }

  #slot(index: number, address: bigint): Slot {
    const name = this.#text(index);
    this.#checkSlot(name, address);
    return { kind: "slot", name };
  }

  #checkSlot(name: string, address: bigint): void {
    const known = this.#slots.get(name) ?? address;
    if (known !== address) refuse(`its listing has two slots named ${name}`);
    this.#slots.set(name, address);
  }

  #text(index: number): string {
    return this.#listing.texts[index] ?? refuse("its listing lacks a text");
  }
}

/**
 * The plan of a frozen launch, for print.ts.
 *
 * @param file The whole file.
 * @throws {ThawError} if it is none.
 */
export function thaw(file: Uint8Array): Thawed {
  const parts = partsOf(file);
  const plan = new Reader(parts).plan();
  return { arch: parts.machine.arch, plan };
}
