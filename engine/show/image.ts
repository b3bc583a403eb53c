/** The calls of an image as they are shown without running it: names stand for what only the run knows. */
import { PLACES_OFFSET } from "../../ffi/machine/machine.ts";
import { CALL_ARGUMENTS, decodeRecord, NUMBER, SLOT } from "../../ffi/machine/record.ts";
import type { Syscall } from "../../ffi/abi/syscall.ts";
import type { Program } from "../program.ts";
import type { Layout } from "../segments.ts";
import type { Argument, Contents } from "./argument.ts";
import { callText } from "./call.ts";

/** Symbols, or records, that point outside of the image. */
export class ImageError extends Error {
  override readonly name = "ImageError";
}

/** What an image has in memory when it starts. Places are counted from the constants' start. */
class Image {
  readonly #program: Program;
  readonly #layout: Layout;
  /** Places among the variables that have the place of something. */
  readonly #pointers = new Set<number>();

  constructor(program: Program) {
    this.#program = program;
    this.#layout = program.layout;
    const [count, list] = [this.half(4), this.half(8)];
    for (let i = 0; i < count; i++) {
      this.#pointers.add(this.#layout.distance + this.half(list + 4 * i));
    }
  }

  /** So many bytes; fewer where there are no more. */
  bytes(place: number, length: number): Uint8Array {
    const { constants, variables, variablesBytes, distance } = this.#layout;
    if (place >= 0 && place < constants.length) return constants.subarray(place, place + length);
    const at = place - distance;
    if (at < 0 || at >= variablesBytes) {
      throw new ImageError(`it points outside of itself, to ${place}`);
    }
    const there = variables.slice(at, at + length);
    if (there.length === length) return there;
    const whole = new Uint8Array(Math.min(length, variablesBytes - at));
    whole.set(there);
    return whole;
  }

  half(place: number): number {
    const bytes = this.bytes(place, 4);
    if (bytes.length < 4) throw new ImageError(`it points outside of itself, to ${place}`);
    return new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
  }

  word(place: number): bigint {
    const bytes = this.bytes(place, 8);
    if (bytes.length < 8) throw new ImageError(`it points outside of itself, to ${place}`);
    return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  }

  quarter(place: number): number {
    const bytes = this.bytes(place, 2);
    if (bytes.length < 2) throw new ImageError(`it points outside of itself, to ${place}`);
    return bytes[0]! | bytes[1]! << 8;
  }

  placeOfSlot(index: number): number {
    return this.#layout.distance + 8 * index;
  }

  string(place: number): Uint8Array {
    for (let length = 64;; length *= 4) {
      const bytes = this.bytes(place, length);
      const end = bytes.indexOf(0);
      if (end >= 0 || bytes.length < length) return bytes.subarray(0, end < 0 ? undefined : end);
    }
  }

  address(place: number): Argument {
    const { names, arrays } = this.#program.symbols;
    const name = names.get(place);
    if (name !== undefined) return { value: undefined, place: `&${name}` };
    const items = arrays.get(place)?.items ?? {};
    const contents: Contents = {
      bytes: (offset, length) => this.bytes(place + offset, length),
      string: () => this.string(place),
      word: (offset) => {
        const item = items[offset / 8];
        if (item !== undefined) return { value: undefined, name: item };
        const value = this.word(place + offset);
        return this.#pointers.has(place + offset) ? this.address(Number(value)) : { value };
      },
    };
    return { value: undefined, contents };
  }
}

const images = new WeakMap<Program, Image>();

/** The call at a record. @throws {ImageError} if there is none. */
export function staticText(program: Program, record: number): string {
  let image = images.get(program);
  if (!image) images.set(program, image = new Image(program));
  const { isCall, code: number, args: given } = decodeRecord((at) => image.quarter(record + at));
  const syscall = (Object.keys(program.machine.syscalls) as Syscall[])
    .find((name) => isCall && program.machine.syscalls[name] === number);
  if (syscall === undefined) throw new ImageError(`its record at ${record} is no system call`);
  const { args, name } = {
    args: program.symbols.calls.get(record)?.args ?? {},
    name: program.symbols.names,
  };
  const shown = Array.from({ length: CALL_ARGUMENTS }, (_, i): Argument => {
    const { kind, value } = given[i] ?? { kind: NUMBER, value: 0 };
    if (kind === NUMBER) return { value: BigInt.asUintN(64, BigInt(value)) };
    if (kind !== SLOT) return image.address(image.half(image.half(PLACES_OFFSET) + 4 * value));
    const place = image.placeOfSlot(value);
    const shown = args[i] ?? name.get(place);
    // A number of more than 16 bits is among the variables, without a name.
    if (shown === undefined) return { value: image.word(place) };
    return { value: undefined, name: args[i] ?? `<${shown}>` };
  });
  return callText(syscall, shown);
}
