import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../cli/getopt.ts";
import {
  parseId,
  parseNamed,
  parseNumber,
  parseOwner,
  parseRange,
  parseSeconds,
  parseSignal,
  parseTarget,
} from "../../cli/parse.ts";

const PURE = { permissions: "none" } as const;

/** The value, or what is said instead. */
function result<T>(parse: () => T): T | string {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message;
  }
}

Deno.test("parseId() takes whole numbers below 2^32-1", PURE, () => {
  const id = (text: string) => result(() => parseId(text, "uid"));
  const values: readonly (readonly [string, number | string])[] = [
    ["0", 0],
    ["1000", 1000],
    ["007", 7],
    [" 7", 7],
    ["+7", 7],
    ["4294967294", 4294967294],
    ["4294967295", "failed to parse uid: '4294967295': Invalid argument"],
    ["4294967296", "failed to parse uid: '4294967296': Numerical result out of range"],
    [
      "99999999999999999999",
      "failed to parse uid: '99999999999999999999': Numerical result out of range",
    ],
    ["-1", "failed to parse uid: '-1': Numerical result out of range"],
    ["", "failed to parse uid: ''"],
    ["x", "failed to parse uid: 'x'"],
    ["7x", "failed to parse uid: '7x'"],
    ["7 ", "failed to parse uid: '7 '"],
    ["1.5", "failed to parse uid: '1.5'"],
    ["1e3", "failed to parse uid: '1e3'"],
    ["0x10", "failed to parse uid: '0x10'"],
    ["٣", "failed to parse uid: '٣'"],
  ];
  for (const [text, expected] of values) assertEquals(id(text), expected, text);
  assertEquals(result(() => parseId("x", "gid")), "failed to parse gid: 'x'");
});

Deno.test("parseNamed() takes numbers, and leaves names to the launch", PURE, () => {
  const wrong = (text: string, why = "Invalid argument") => `failed to parse uid '${text}': ${why}`;
  const range = "Numerical result out of range";
  const values: readonly (readonly [string, ReturnType<typeof parseNamed> | string])[] = [
    ["12", 12],
    ["010", 10],
    [" +7", 7],
    ["4294967295", wrong("4294967295")],
    ["4294967296", wrong("4294967296", range)],
    ["-1", wrong("-1", range)],
    ["root", { name: "root" }],
    ["current", { name: "current" }],
    ["no such user", { name: "no such user" }],
    ["0x10", { name: "0x10" }],
    ["gr\udcfcn", { name: "gr\udcfcn" }],
    // No line of passwd(5) could be of these.
    ["", wrong("")],
    ["a:x", wrong("a:x")],
    ["a\nb", wrong("a\nb")],
  ];
  for (const [text, expected] of values) {
    assertEquals(result(() => parseNamed(text, "uid")), expected, text);
  }
  assertEquals(result(() => parseNamed("", "gid")), "failed to parse gid '': Invalid argument");
});

Deno.test("parseSeconds() takes whole numbers of 64 bits with a sign", PURE, () => {
  const seconds = (text: string) => result(() => parseSeconds(text, "offset"));
  const values: readonly (readonly [string, bigint | string])[] = [
    ["0", 0n],
    ["-5", -5n],
    ["+5", 5n],
    [" 5", 5n],
    ["9223372036854775807", 2n ** 63n - 1n],
    ["-9223372036854775808", -(2n ** 63n)],
    [
      "9223372036854775808",
      "failed to parse offset: '9223372036854775808': Numerical result out of range",
    ],
    ["", "failed to parse offset: ''"],
    ["1.5", "failed to parse offset: '1.5'"],
    ["5s", "failed to parse offset: '5s'"],
    ["--5", "failed to parse offset: '--5'"],
    ["+-5", "failed to parse offset: '+-5'"],
  ];
  for (const [text, expected] of values) assertEquals(seconds(text), expected, text);
});

Deno.test("parseSignal() takes names with or without SIG, in any case", PURE, () => {
  const values: readonly (readonly [string, number | string])[] = [
    ["KILL", 9],
    ["SIGKILL", 9],
    ["sigterm", 15],
    ["Hup", 1],
    ["IOT", 6],
    ["ABRT", 6],
    ["CLD", 17],
    ["POLL", 29],
    ["SYS", 31],
    ["RTMIN+1", 35],
    ["SIGRTMIN+30", 64],
    ["RTMAX-0", 64],
    ["rtmax-30", 34],
    ["RTMIN+31", "unknown signal: RTMIN+31"],
    ["RTMAX-31", "unknown signal: RTMAX-31"],
    ["15", "unknown signal: 15"],
    ["", "unknown signal: "],
    ["SIG", "unknown signal: SIG"],
    ["SIGSIGKILL", "unknown signal: SIGSIGKILL"],
    ["toString", "unknown signal: toString"],
    ["__proto__", "unknown signal: __proto__"],
    ["constructor", "unknown signal: constructor"],
  ];
  for (const [text, expected] of values) {
    assertEquals(result(() => parseSignal(text)), expected, text);
  }
});

Deno.test("parseOwner() takes two ids", PURE, () => {
  assertEquals(parseOwner("0:0"), { uid: 0, gid: 0 });
  assertEquals(parseOwner("1000:4294967294"), { uid: 1000, gid: 4294967294 });
  for (
    const text of [
      "",
      "1",
      "1:",
      ":1",
      "1:2:3",
      "a:b",
      "-1:1",
      "1: 1",
      "4294967295:0",
      "0:4294967295",
    ]
  ) {
    const error = assertThrows(() => parseOwner(text), UsageError, "failed to parse owner");
    assertEquals(error.tryHelp, false);
  }
});

Deno.test("parseRange() takes inner:outer:count, outer,inner,count, and names", PURE, () => {
  assertEquals(parseRange("0:100000:65536"), { inner: 0, outer: 100000, count: 65536 });
  assertEquals(parseRange("100000,0,65536"), { inner: 0, outer: 100000, count: 65536 });
  assertEquals(["auto", "subids", "all"].map(parseRange), ["auto", "subids", "all"]);
  for (
    const text of [
      "",
      "0",
      "0:1",
      "0:1:2:3",
      "0:1,2",
      "0,1:2",
      "a:b:c",
      "-1:0:1",
      "0:1:",
      "Auto",
      "auto ",
    ]
  ) {
    assertEquals(result(() => parseRange(text)), `invalid mapping '${text}'`);
  }
});

Deno.test("parseTarget() takes a PID, with the inode of its pidfd or without", PURE, () => {
  const wrong = (text: string, why = "Invalid argument") =>
    `failed to parse PID argument '${text}': ${why}`;
  const range = "Numerical result out of range";
  const values: readonly (readonly [string, ReturnType<typeof parseTarget> | string])[] = [
    ["1", { pid: 1 }],
    ["2147483647", { pid: 2147483647 }],
    ["2147483648", wrong("2147483648", range)],
    ["4294967297", wrong("4294967297", range)],
    ["0", wrong("0", range)],
    ["-1", wrong("-1", range)],
    ["", wrong("")],
    ["x", wrong("x")],
    ["1x", wrong("1x")],
    ["7:9", { pid: 7, inode: 9n }],
    ["7:18446744073709551615", { pid: 7, inode: 18446744073709551615n }],
    ["7:18446744073709551616", wrong("7:18446744073709551616", range)],
    ["7:0", wrong("7:0", range)],
    ["7:", wrong("7:")],
    ["7:x", wrong("7:x")],
    ["7:8:9", wrong("7:8:9")],
    [":7", wrong(":7")],
  ];
  for (const [text, expected] of values) {
    assertEquals(result(() => parseTarget(text)), expected, text);
  }
});

Deno.test("parseNumber() takes descriptors of 31 bits and ids of 64", PURE, () => {
  assertEquals(result(() => parseNumber("2147483647", "file descriptor")), 2147483647n);
  assertEquals(
    result(() => parseNumber("2147483648", "file descriptor")),
    "failed to parse file descriptor: '2147483648': Numerical result out of range",
  );
  assertEquals(result(() => parseNumber("18446744073709551615", "nsid")), 2n ** 64n - 1n);
  assertEquals(
    result(() => parseNumber("18446744073709551616", "nsid")),
    "failed to parse nsid: '18446744073709551616': Numerical result out of range",
  );
  assertEquals(result(() => parseNumber("x", "nsid")), "failed to parse nsid: 'x'");
});
