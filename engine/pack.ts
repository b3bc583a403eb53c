/**
 * Packs bytes in which much is there several times, so that a few steps unpack them (unpack.ts):
 *
 *     0            the end
 *     1 to 0x7f    that many bytes follow
 *     COPY to 0xff (byte - COPY + LEAST_COPY) bytes are copied from so far back as the next two say
 *
 * A copy never overlaps what it is copied from.
 */
import { Growing } from "./growing.ts";

export const COPY = 0x80;
export const LEAST_COPY = 4;
const MOST_COPY = 0xff - COPY + LEAST_COPY;
const MOST_BYTES = COPY - 1;
/** The bytes of a copy. */
const COPY_BYTES = 3;
const MOST_BACK = 0xffff;
/** How many earlier places are looked at that begin alike. */
const MOST_TRIES = 128;

/** What stands there was there before. */
interface Earlier {
  readonly back: number;
  readonly length: number;
}

/** Packs bytes. */
export function pack(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const lengths = shortest(bytes, earlierOf(bytes));
  const packed = new Growing();
  const put = (...some: number[]): void => {
    packed.append(Uint8Array.from(some), some.length, 1);
  };
  for (let at = 0; at < bytes.length;) {
    const { back, length } = lengths[at]!;
    if (back > 0) {
      put(COPY + length - LEAST_COPY, back & 0xff, back >> 8);
      at += length;
      continue;
    }
    let end = at;
    while (end < bytes.length && end - at < MOST_BYTES && lengths[end]!.back === 0) end++;
    put(end - at, ...bytes.subarray(at, end));
    at = end;
  }
  put(0);
  return packed.content.slice();
}

/** For each place the longest that is there before it. */
function earlierOf(bytes: Uint8Array): Earlier[] {
  const last = new Map<number, number>();
  /** The place before, that begins alike. */
  const before = new Int32Array(bytes.length).fill(-1);
  return Array.from(bytes, (_, at) => {
    if (at + LEAST_COPY > bytes.length) return { back: 0, length: 0 };
    const key = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24;
    let longest = { back: 0, length: 0 };
    let from = last.get(key) ?? -1;
    before[at] = from;
    last.set(key, at);
    for (let tries = 0; from >= 0 && at - from <= MOST_BACK && tries < MOST_TRIES; tries++) {
      const most = Math.min(MOST_COPY, bytes.length - at, at - from);
      let length = 0;
      while (length < most && bytes[from + length] === bytes[at + length]) length++;
      if (length > longest.length) longest = { back: at - from, length };
      from = before[from]!;
    }
    return longest;
  });
}

/** What to take at each place, for the fewest bytes: a copy, or its byte (`back` is 0). */
function shortest(bytes: Uint8Array, earlier: readonly Earlier[]): Earlier[] {
  const costs = new Float64Array(bytes.length + 1);
  const taken: Earlier[] = new Array(bytes.length);
  for (let at = bytes.length - 1; at >= 0; at--) {
    // A run of bytes has a head, too: one in some ten.
    costs[at] = costs[at + 1]! + 1.1;
    taken[at] = { back: 0, length: 1 };
    const { back, length: most } = earlier[at]!;
    for (let length = LEAST_COPY; length <= most; length++) {
      const cost = COPY_BYTES + costs[at + length]!;
      if (cost < costs[at]!) [costs[at], taken[at]] = [cost, { back, length }];
    }
  }
  return taken;
}
