/** Steps that find out who starts a launch: the account in passwd(5). */
import { address, type Label, type Sequence, slot } from "../plan.ts";
import { byteAt, COLON, eachLine, NEWLINE, nextField, readText, seek } from "./text.ts";

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
  const text = readText(s, "/etc/passwd", "the account of who starts this", {
    absent: none,
  });
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
