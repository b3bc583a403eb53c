import { assertEquals } from "@std/assert";
import {
  addressOfHex,
  addressText,
  isLoopback,
  isWildcard,
  unmapped,
} from "../../../inspect/ports/address.ts";

/** Hexadecimal digits in network order, the text, and what it is. */
const KNOWN = [
  ["00000000", "0.0.0.0", "wildcard"],
  ["7f000001", "127.0.0.1", "loopback"],
  ["7f123456", "127.18.52.86", "loopback"],
  ["c0000202", "192.0.2.2", ""],
  ["00000000000000000000000000000000", "::", "wildcard"],
  ["00000000000000000000000000000001", "::1", "loopback"],
  ["00000000000000000000ffff7f000001", "::ffff:127.0.0.1", "loopback"],
  ["00000000000000000000ffff00000000", "::ffff:0.0.0.0", "wildcard"],
  ["00000000000000000000fffe7f000001", "::fffe:7f00:1", ""],
  ["20010db8000000000001000000000001", "2001:db8::1:0:0:1", ""],
  ["20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1", ""],
  ["fd000009000000000000000000000000", "fd00:9::", ""],
  ["fe80000000000000020000fffe000001", "fe80::200:ff:fe00:1", ""],
  ["01000000000000000000000000000001", "100::1", ""],
] as const;

Deno.test("addresses have their shortest text, and are known for what they are", () => {
  for (const [digits, text, what] of KNOWN) {
    const address = addressOfHex(digits)!;
    const known = isWildcard(address) ? "wildcard" : isLoopback(address) ? "loopback" : "";
    assertEquals([addressText(address), known], [text, what]);
  }
});

Deno.test("addresses of IPv6 have the text that they have in URLs", () => {
  for (const [digits, text] of KNOWN.filter(([digits]) => digits.length === 32)) {
    // The host of a URL is written by the same rules, but for IPv4 in it.
    if (!text.includes(".")) {
      const groups = digits.match(/..../g)!.join(":");
      assertEquals(new URL(`http://[${groups}]`).hostname, `[${text}]`);
    }
  }
});

Deno.test("an IPv4 address in one of IPv6 is that address", () => {
  const mapped = addressOfHex("00000000000000000000ffff7f000001")!;
  assertEquals(unmapped(mapped), Uint8Array.of(127, 0, 0, 1));
  const other = addressOfHex("00000000000000000000000000000001")!;
  assertEquals(unmapped(other), other);
});

Deno.test("what has no 8 or 32 digits is no address", () => {
  for (const digits of ["", "7f00001", "7f00000g", "7f000001".repeat(2)]) {
    assertEquals(addressOfHex(digits), undefined);
  }
});
