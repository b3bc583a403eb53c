/**
 * Packs bytes in which much is there several times, so that a few steps unpack them (unpack.ts). Again and again:
 *
 *     head     LENGTH: how many bytes are copied, less LEAST; COUNT: how many follow; FAR: whether back has two bytes
 *     [more]   if all bits of COUNT are set: bytes to add to it, up to one that is not MORE
 *     bytes
 *     [more]   if all bits of LENGTH are set, in the same way
 *     back     from so far back it is copied; 0 is the end
 *
 * A copy may overlap what it is copied from: it is made byte by byte.
 */
import { Growing } from "./growing.ts";

export const LENGTH = 0x0f;
export const COUNT_SHIFT = 4;
export const COUNT = 7;
export const FAR = 0x80;
export const LEAST = 3;
export const MORE = 0xff;
const MOST_NEAR = 0xff;
const MOST_BACK = 0xffff;
/** Longer copies are not looked for. */
const MOST_LENGTH = 1024;
/** How many earlier places are looked at that begin alike. */
const MOST_TRIES = 512;

/** How much of what stands there was there before, and how far back. */
interface Copy {
  readonly back: number;
  readonly length: number;
}

const NOTHING: Copy = { back: 0, length: 0 };

/** Packs bytes. */
export function pack(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copies = shortest(bytes);
  const packed = new Growing();
  const put = (some: Uint8Array | readonly number[]): void => {
    packed.append(Uint8Array.from(some), some.length, 1);
  };
  for (let at = 0, from = 0; at <= bytes.length;) {
    const copy = at < bytes.length ? copies[at] : NOTHING;
    if (!copy) {
      at++;
      continue;
    }
    const { back, length } = copy;
    const [count, rest] = [at - from, Math.max(0, length - LEAST)];
    const isFar = back > MOST_NEAR;
    put([Math.min(rest, LENGTH) | Math.min(count, COUNT) << COUNT_SHIFT | (isFar ? FAR : 0)]);
    put(moreOf(count, COUNT));
    put(bytes.subarray(from, at));
    put(moreOf(rest, LENGTH));
    put(isFar ? [back & 0xff, back >> 8] : [back]);
    if (back === 0) break;
    from = at += length;
  }
  return packed.content.slice();
}

/** How many bytes say what of a number does not fit in the head. */
const moreBytes = (number: number, most: number): number =>
  number < most ? 0 : 1 + Math.floor((number - most) / MORE);

function moreOf(number: number, most: number): number[] {
  const length = moreBytes(number, most);
  return Array.from({ length }, (_, i) => Math.min(MORE, number - most - MORE * i));
}

/** What to copy at each place for the fewest bytes, if it is not its byte that is taken. */
function shortest(bytes: Uint8Array): (Copy | undefined)[] {
  const before = alike(bytes);
  const copies: (Copy | undefined)[] = new Array(bytes.length);
  const costs = new Uint32Array(bytes.length + 1);
  /** How many bytes are taken here before the next copy. */
  let count = 0;
  for (let at = bytes.length - 1; at >= 0; at--) {
    costs[at] = costs[at + 1]! + 1 + moreBytes(count + 1, COUNT) - moreBytes(count, COUNT);
    count++;
    let shorter = LEAST;
    for (const copy of earlier(bytes, at, before)) {
      // The head, and how far back.
      const own = copy.back > MOST_NEAR ? 3 : 2;
      for (let length = shorter; length <= copy.length; length++) {
        const cost = own + moreBytes(length - LEAST, LENGTH) + costs[at + length]!;
        if (cost >= costs[at]!) continue;
        costs[at] = cost;
        copies[at] = { back: copy.back, length };
        count = 0;
      }
      shorter = copy.length + 1;
    }
  }
  return copies;
}

/** For each place the last one before it that begins alike, or -1. */
function alike(bytes: Uint8Array): Int32Array {
  const last = new Map<number, number>();
  const before = new Int32Array(bytes.length).fill(-1);
  for (let at = 0; at + LEAST <= bytes.length; at++) {
    const key = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16;
    before[at] = last.get(key) ?? -1;
    last.set(key, at);
  }
  return before;
}

/** What stands at a place and was there before: longer and longer, from farther and farther back. */
function* earlier(bytes: Uint8Array, at: number, before: Int32Array): Generator<Copy> {
  const most = Math.min(bytes.length - at, MOST_LENGTH);
  let longest = 0;
  let from = before[at]!;
  for (let tries = 0; from >= 0 && at - from <= MOST_BACK && tries < MOST_TRIES; tries++) {
    if (bytes[from + longest] === bytes[at + longest]) {
      let length = 0;
      while (length < most && bytes[from + length] === bytes[at + length]) length++;
      if (length > longest) yield { back: at - from, length };
      longest = Math.max(longest, length);
      if (longest === most) return;
    }
    from = before[from]!;
  }
}
