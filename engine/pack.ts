/**
 * Packs bytes in which much is there several times, so that a few steps unpack them (unpack.ts):
 *
 *     0             the end
 *     1 to 0x3f     that many bytes follow
 *     NEAR to 0x7f  (byte - NEAR + LEAST_NEAR) bytes are copied from so far back as the next says
 *     FAR to 0xff   (byte - FAR + LEAST_FAR) bytes are copied from so far back as the next two say
 *
 * A copy never overlaps what it is copied from.
 */
import { Growing } from "./growing.ts";

export const NEAR = 0x40;
export const LEAST_NEAR = 3;
export const FAR = 0x80;
export const LEAST_FAR = 4;
const MOST_BYTES = NEAR - 1;
const MOST_NEAR = 0xff;
const MOST_BACK = 0xffff;
/** How many earlier places are looked at that begin alike. */
const MOST_TRIES = 128;

/** A way to copy. */
interface Way {
  readonly first: number;
  readonly least: number;
  readonly most: number;
  /** The bytes that say so. */
  readonly bytes: number;
}

/** From near, and from anywhere. */
const WAYS: readonly Way[] = [
  { first: NEAR, least: LEAST_NEAR, most: FAR - NEAR - 1 + LEAST_NEAR, bytes: 2 },
  { first: FAR, least: LEAST_FAR, most: 0x7f + LEAST_FAR, bytes: 3 },
];

/** What stands there was there before. */
interface Earlier {
  readonly back: number;
  readonly length: number;
}

const NOWHERE: Earlier = { back: 0, length: 0 };

/** A copy, and how it is said. */
interface Copy extends Earlier {
  readonly way: Way;
}

/** Packs bytes. */
export function pack(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copies = shortest(bytes, earlierIn(bytes));
  const packed = new Growing();
  const put = (...some: number[]): void => {
    packed.append(Uint8Array.from(some), some.length, 1);
  };
  for (let at = 0; at < bytes.length;) {
    const copy = copies[at];
    if (copy) {
      const { way: { first, least, bytes }, back, length } = copy;
      put(...[first + length - least, back & 0xff, back >> 8].slice(0, bytes));
      at += length;
      continue;
    }
    let end = at;
    while (end < bytes.length && end - at < MOST_BYTES && !copies[end]) end++;
    put(end - at, ...bytes.subarray(at, end));
    at = end;
  }
  put(0);
  return packed.content.slice();
}

/** For each place the longest that is there before it, near and anywhere. */
function earlierIn(bytes: Uint8Array): Earlier[][] {
  const last = new Map<number, number>();
  /** The place before, that begins alike. */
  const before = new Int32Array(bytes.length).fill(-1);
  return Array.from(bytes, (_, at) => {
    let [near, far] = [NOWHERE, NOWHERE];
    if (at + LEAST_NEAR > bytes.length) return [near, far];
    const key = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16;
    let from = last.get(key) ?? -1;
    before[at] = from;
    last.set(key, at);
    for (let tries = 0; from >= 0 && at - from <= MOST_BACK && tries < MOST_TRIES; tries++) {
      const back = at - from;
      const most = Math.min(bytes.length - at, back);
      let length = 0;
      while (length < most && bytes[from + length] === bytes[at + length]) length++;
      if (length > far.length) far = { back, length };
      if (back <= MOST_NEAR && length > near.length) near = { back, length };
      from = before[from]!;
    }
    return [near, far];
  });
}

/** What to copy at each place for the fewest bytes, if it is not its byte that is taken. */
function shortest(
  bytes: Uint8Array,
  earlier: readonly (readonly Earlier[])[],
): (Copy | undefined)[] {
  const copies: (Copy | undefined)[] = new Array(bytes.length);
  const costs = new Float64Array(bytes.length + 1);
  for (let at = bytes.length - 1; at >= 0; at--) {
    // A run of bytes has a head, too, which its last one pays.
    costs[at] = costs[at + 1]! + (copies[at + 1] || at + 1 === bytes.length ? 2 : 1);
    WAYS.forEach((way, i) => {
      const { back, length: longest } = earlier[at]![i]!;
      for (let length = way.least; length <= Math.min(longest, way.most); length++) {
        const cost = way.bytes + costs[at + length]!;
        if (cost < costs[at]!) [costs[at], copies[at]] = [cost, { way, back, length }];
      }
    });
  }
  return copies;
}
