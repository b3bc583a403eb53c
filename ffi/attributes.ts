/** Attributes of netlink messages: struct rtattr (length 0, type 2), then a value. @see rtnetlink(7) */
import { decode } from "./bytes.ts";

const HEADER = 4;
/** What is above says how the value is to be read. @see NLA_TYPE_MASK in linux/netlink.h */
const TYPE_MASK = 0x3fff;

/** Messages and attributes begin at multiples of four. */
export const aligned = (length: number): number => (length + 3) & ~3;

/** Attributes by their types. */
export function attributesIn(bytes: Uint8Array): Map<number, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const attributes = new Map<number, Uint8Array>();
  for (let at = 0; at + HEADER <= bytes.length;) {
    const length = view.getUint16(at, true);
    if (length < HEADER) break;
    const type = view.getUint16(at + 2, true) & TYPE_MASK;
    attributes.set(type, bytes.subarray(at + HEADER, at + length));
    at += aligned(length);
  }
  return attributes;
}

/** The text of a value, which ends with a NUL; empty if there is none. */
export function stringIn(bytes: Uint8Array | undefined): string {
  if (!bytes) return "";
  const end = bytes.indexOf(0);
  return decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** The 32-bit number of a value. */
export function numberIn(bytes: Uint8Array | undefined): number | undefined {
  return bytes && bytes.length >= 4
    ? new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true)
    : undefined;
}
