/** Steps that find out who starts a launch: the account in passwd(5), the ranges in subuid(5). */
import { EINVAL } from "../../ffi/abi/errno.ts";
import { address, type Label, type Sequence, type Short, slot } from "../plan.ts";
import { EXIT_FAILURE } from "../steps/context.ts";
import {
  byteAt,
  COLON,
  eachLine,
  fail,
  NEWLINE,
  nextField,
  readNumber,
  readText,
  seek,
} from "./text.ts";

const DIGITS = 20;

/** Finds the effective user id: slot `euid`, and as `1000:` from slot `uid text` on. */
export function findUser(s: Sequence): void {
  s.call("geteuid", [], "who starts this", { result: "euid" });
  s.buffer("uid digits", DIGITS + 2);
  const end = address("uid digits", DIGITS);
  s.compute("end", "copy", end, ":", 2);
  s.compute("uid text", "decimal", slot("euid"), end);
  s.compute("uid length", "sub", address("uid digits", DIGITS + 1), slot("uid text"));
}

/**
 * Finds the user's line in /etc/passwd: slot `account` has its address, or 0. The name with its
 * colon is as long as slot `name length` says. Comes behind {@linkcode findUser}.
 */
export function findAccount(s: Sequence): void {
  const [mine, none] = [s.unique("account"), s.unique("no account")];
  s.compute("account", "set", 0);
  s.compute("name length", "set", 0);
  const text = readText(s, "/etc/passwd", "the account of who starts this", none);
  eachLine(s, text, "line", () => {
    const other = s.unique("other");
    byteAt(s, "line");
    s.test("ifEqual", [slot("byte"), COLON], other);
    s.compute("at", "set", slot("line"));
    nextField(s, "at");
    s.compute("name end", "set", slot("at"));
    nextField(s, "at");
    s.test("ifSame", [slot("at"), slot("uid text"), slot("uid length")], mine);
    s.label(other);
  });
  s.jump(none);
  s.label(mine);
  s.compute("account", "set", slot("line"));
  s.compute("name length", "sub", slot("name end"), slot("line"));
  s.label(none);
}

/**
 * Finds the user's first range in /etc/subuid or /etc/subgid: slots `FILE start` and `FILE count`.
 * Comes behind {@linkcode findAccount}.
 */
export function findRange(s: Sequence, file: string, name: string): void {
  const [mine, none, wrong, found] = ["range", "no range", "wrong", "found"]
    .map((label) => s.unique(label)) as [string, string, string, string];
  const text = readText(s, file, "the subordinate ids of who starts this", none);
  eachLine(s, text, "line", () => {
    const other = s.unique("other");
    s.test("ifSame", [slot("line"), slot("uid text"), slot("uid length")], mine);
    s.test("ifEqual", [slot("name length"), 0], other);
    s.test("ifSame", [slot("line"), slot("account"), slot("name length")], mine);
    s.label(other);
  });
  s.label(none);
  sayNoRange(s, file, name);
  s.label(wrong);
  fail(s, `failed to parse the user's line in ${file}`, EINVAL);
  s.label(mine);
  s.compute("at", "set", slot("line"));
  nextField(s, "at");
  readNumber(s, "at", `${file} start`, wrong);
  s.test("ifNot", [slot("byte"), COLON], wrong);
  s.compute("at", "add", slot("at"), 1);
  readNumber(s, "at", `${file} count`, wrong);
  s.test("ifEqual", [slot("byte"), COLON], found);
  s.test("ifNot", [slot("byte"), NEWLINE], wrong);
  s.label(found);
}

/** Says it as the command line does where the caller is known, and exits. */
function sayNoRange(s: Sequence, file: string, name: string): void {
  const named = s.unique("named");
  s.compute("user", "set", slot("account"));
  s.compute("user length", "sub", slot("name length"), 1);
  s.test("ifNot", [slot("name length"), 0], named);
  s.compute("user", "set", slot("uid text"));
  s.compute("user length", "sub", slot("uid length"), 1);
  s.label(named);
  const user: readonly [Short, Short] = [slot("user"), slot("user length")];
  const part = (text: string): readonly [Short, Short] => [text, text.length];
  const parts = [
    part(`${name}: no line matching user "`),
    user,
    part(`" in ${file}\n  try:  echo '`),
    user,
    part(`:100000:65536' >> ${file}, as root\n`),
  ];
  const iov = s.buffer("lack", 16 * parts.length);
  parts.forEach(([start, length], i) => {
    s.put(iov, 16 * i, start);
    s.put(iov, 16 * i + 8, length);
  });
  const when = "if there are none";
  s.call("writev", [2, iov, parts.length], "say that there are no such ids", { when });
  s.call("exit_group", [EXIT_FAILURE], "exit", { when });
}

/** Finds the shell of the account, slot `shell`, or goes to `none`. */
export function findAccountShell(s: Sequence, none: Label): void {
  s.test("ifEqual", [slot("account"), 0], none);
  s.compute("at", "set", slot("account"));
  for (let field = 1; field < 7; field++) nextField(s, "at");
  byteAt(s, "at");
  s.test("ifEqual", [slot("byte"), NEWLINE], none);
  s.test("ifEqual", [slot("byte"), COLON], none);
  s.compute("shell", "set", slot("at"));
  seek(s, "at", COLON, NEWLINE);
  // The text ends with a NUL here.
  s.compute("end", "copy", slot("at"), "", 1);
}
