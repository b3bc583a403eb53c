import { assertEquals, assertLess, assertNotEquals } from "@std/assert";
import process from "node:process";
import { concat, decode, display, encode } from "../../ffi/bytes.ts";
import { PURE } from "../launch/specs.ts";

function hex(text: string): number[] {
  return text.split(" ").map((byte) => parseInt(byte, 16));
}

/** Bytes at the borders of what may stand where in a character. */
const TELLING = hex("00 41 7f 80 a0 bf c0 c3 df e0 ed ef f0 f4 ff");

const there = (bytes: Uint8Array): Uint8Array => Uint8Array.from(encode(decode(bytes)));

Deno.test("encode(decode()) gives every byte again, alone and in front of others", PURE, () => {
  for (let first = 0; first < 256; first++) {
    const one = Uint8Array.of(first);
    if (there(one)[0] !== first) assertEquals(there(one), one);
    for (const second of TELLING) {
      const [a, b, ...rest] = there(Uint8Array.of(first, second));
      if (a !== first || b !== second || rest.length) {
        assertEquals([a, b, ...rest], [first, second]);
      }
    }
  }
});

/** A stream of numbers that are the same in every run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed;;) {
    state = Math.imul(state ^ state >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
    yield (state ^ state >>> 13) >>> 0;
  }
}

Deno.test(
  "encode(decode()) gives bytes again of which many only begin to be characters",
  PURE,
  () => {
    const next = numbers(1);
    for (let i = 0; i < 5000; i++) {
      const bytes = Uint8Array.from(
        { length: next.next().value % 7 },
        () => TELLING[next.next().value % TELLING.length]!,
      );
      assertEquals(there(bytes), bytes);
    }
  },
);

const escaped = /[\udc80-\udcff]/;

Deno.test("decode() makes characters of just what UTF-8 has as characters", PURE, () => {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const isText = (bytes: Uint8Array): boolean => {
    try {
      strict.decode(bytes);
      return true;
    } catch {
      return false;
    }
  };
  const firsts = hex("7f 80 c0 c1 c2 df e0 e1 ec ed ee ef f0 f1 f3 f4 f5 ff");
  const others = hex("00 7f 80 8f 90 9f a0 bf c0");
  for (const first of firsts) {
    for (const second of others) {
      for (const third of others) {
        // A last byte that is none makes sure that all goes the slow way.
        const text = decode(Uint8Array.of(first, second, third, 0xbf, 0xff)).slice(0, -1);
        const bytes = Uint8Array.of(first, second, third, 0xbf);
        if (isText(bytes) === escaped.test(text)) assertEquals(text, `of ${bytes}`);
        if (isText(bytes)) assertEquals(text, strict.decode(bytes));
      }
    }
  }
});

Deno.test("decode() takes the largest argument there is in no time", PURE, () => {
  const bytes = new Uint8Array(131072).fill(0xff);
  const before = process.cpuUsage();
  assertEquals(decode(bytes).length, bytes.length);
  // Of a processor: on a busy machine all takes longer.
  assertLess(process.cpuUsage(before).user / 1000, 500);
});

const BYTES: readonly (readonly [string, readonly number[], string])[] = [
  ["ASCII", [0x61, 0x00, 0x7f], "a\0\x7f"],
  ["UTF-8", [0xc3, 0xa4, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80], "ä€😀"],
  ["a byte order mark", [0xef, 0xbb, 0xbf, 0x61], "\ufeffa"],
  ["a byte alone", [0xff], "\udcff"],
  ["a beginning without an end", [0x61, 0xe2, 0x82], "a\udce2\udc82"],
  ["an overlong slash", [0xc0, 0xaf], "\udcc0\udcaf"],
  ["a surrogate in UTF-8", [0xed, 0xa0, 0x80], "\udced\udca0\udc80"],
  ["a surrogate in UTF-8 that stands for a byte", [0xed, 0xb3, 0xbf], "\udced\udcb3\udcbf"],
  ["above U+10FFFF", [0xf4, 0x90, 0x80, 0x80], "\udcf4\udc90\udc80\udc80"],
  ["a mixture", [0xc3, 0xa4, 0xff, 0x62], "ä\udcffb"],
];

for (const [name, bytes, text] of BYTES) {
  Deno.test(`decode() and encode(): ${name}`, PURE, () => {
    assertEquals(decode(Uint8Array.from(bytes)), text);
    assertEquals([...encode(text)], [...bytes]);
  });
}

Deno.test("encode() replaces surrogates that stand for no byte", PURE, () => {
  for (const lone of ["\ud800", "\udbff", "\udc00", "\udc7f", "\udd00", "\udfff"]) {
    assertEquals([...encode(`a${lone}`)], [0x61, 0xef, 0xbf, 0xbd]);
  }
});

Deno.test("encode() leaves bytes as they are", PURE, () => {
  const bytes = Uint8Array.of(0xff, 0, 0x61);
  assertEquals(encode(bytes), bytes);
});

Deno.test("decode() gives different strings for different bytes", PURE, () => {
  assertNotEquals(decode(Uint8Array.of(0xc3, 0xbf)), decode(Uint8Array.of(0xff)));
});

Deno.test("display() shows what is not UTF-8 as the bytes that it is", PURE, () => {
  assertEquals(display(Uint8Array.of(0x61, 0xff, 0x62)), "a\\xffb");
  assertEquals(display(encode("a\\x")), "a\\x5cx");
  assertEquals(display("a\udcffb"), "a\\xffb");
  assertEquals(display("grün"), "grün");
});

Deno.test("display() shows what a terminal would act on as the bytes that it is", PURE, () => {
  assertEquals(display("a\x1b[2J\n\u009b\u202e"), "a\\x1b[2J\\x0a\\xc2\\x9b\\xe2\\x80\\xae");
});

Deno.test("concat() joins texts and bytes", PURE, () => {
  assertEquals([...concat("a", Uint8Array.of(0xff), "", "\udcfe", "ä")], [
    0x61,
    0xff,
    0xfe,
    0xc3,
    0xa4,
  ]);
  assertEquals([...concat()], []);
});
