/** The shell of who starts a launch, where nobody names a program. */
import { ENAMETOOLONG } from "../../ffi/abi/errno.ts";
import { PATH_MAX } from "../../ffi/abi/limits.ts";
import { MESSAGE, MESSAGE_LENGTH } from "../failure.ts";
import { type Sequence, slot } from "../plan.ts";
import { EXIT_NOT_EXECUTABLE } from "../steps/context.ts";
import { SHELL } from "../steps/origin.ts";
import { findVariable } from "../steps/search.ts";
import { type Account, takeAccountShell } from "./account.ts";
import { byteAt, fail, NUL, seek } from "./text.ts";

/** `\xHH`, and room for more: bytes are put as 8. */
const ESCAPE_BYTES = 4;
const MORE_BYTES = 8;

/** Finds the path of the shell, slot `shell`, and what it is called as login shell: `-sh`, slot `shell name`. */
export function findShell(s: Sequence, who: Account): void {
  const [account, found] = [s.unique("account's"), s.unique("shell")];
  const shell = s.variable("shell", "/bin/sh");
  findVariable(s, slot("environ"), "SHELL", account);
  byteAt(s, "value");
  s.test("ifEqual", [slot("byte"), NUL], account);
  s.compute("shell", "set", slot("value"));
  s.jump(found);
  s.label(account);
  takeAccountShell(s, who, shell);
  s.label(found);
  refuseLong(s);
  nameShell(s);
}

/** What the variable of somebody else holds may be of any length. */
function refuseLong(s: Sequence): void {
  const fits = s.unique("fits");
  s.compute("shell end", "seek", slot("shell"), NUL, NUL);
  s.compute("length", "sub", slot("shell end"), slot("shell"));
  s.test("ifBelow", [slot("length"), PATH_MAX], fits);
  fail(s, `failed to execute ${SHELL}`, ENAMETOOLONG, EXIT_NOT_EXECUTABLE);
  s.label(fits);
}

/**
 * Makes the failure's message one that names the shell, safe to print: what is not visible ASCII is
 * escaped, as safe() in bytes.ts does it.
 */
export function sayShell(s: Sequence, before: string): void {
  s.routine("say shell", () => {
    const [next, escape, plain, done] = ["next", "escape", "plain", "done"]
      .map((name) => s.unique(name)) as [string, string, string, string];
    const most = before.length + ESCAPE_BYTES * PATH_MAX;
    const message = s.buffer("shell message", most + MORE_BYTES);
    s.compute("end", "copy", message, before, before.length);
    s.compute("at", "set", slot("shell"));
    s.label(next);
    byteAt(s, "at");
    s.compute("at", "add", slot("at"), 1);
    s.test("ifEqual", [slot("byte"), NUL], done);
    s.test("ifBelow", [slot("byte"), 0x20], escape);
    s.test("ifBelow", [0x7e, slot("byte")], escape);
    // Nothing else may look like that.
    s.test("ifNot", [slot("byte"), "\\".charCodeAt(0)], plain);
    s.compute("following", "byte", slot("at"), 0);
    s.test("ifEqual", [slot("following"), "x".charCodeAt(0)], escape);
    s.label(plain);
    s.put(slot("end"), 0, slot("byte"));
    s.compute("end", "add", slot("end"), 1);
    s.jump(next);
    s.label(escape);
    s.compute("end", "copy", slot("end"), "\\x", 2);
    s.compute("digit", "shr", slot("byte"), 4);
    sayHexDigit(s);
    s.compute("digit", "and", slot("byte"), 0xf);
    sayHexDigit(s);
    s.jump(next);
    s.label(done);
    s.compute("length", "sub", slot("end"), message);
    s.compute(MESSAGE, "set", message);
    s.compute(MESSAGE_LENGTH, "set", slot("length"));
  });
}

/** Appends slot `digit` to the text that ends at slot `end`. */
function sayHexDigit(s: Sequence): void {
  s.compute("digit", "add", "0123456789abcdef", slot("digit"));
  s.compute("end", "copy", slot("end"), slot("digit"), 1);
}

/** Comes behind {@linkcode refuseLong}: the name is shorter than a path may be. */
function nameShell(s: Sequence): void {
  const [next, end] = [s.unique("next"), s.unique("end")];
  s.compute("at", "set", slot("shell"));
  s.compute("base name", "set", slot("shell"));
  s.label(next);
  seek(s, "at", 0x2f, NUL);
  s.compute("at", "add", slot("at"), 1);
  s.test("ifEqual", [slot("byte"), NUL], end);
  s.compute("base name", "set", slot("at"));
  s.jump(next);
  s.label(end);
  s.compute("shell name", "set", s.buffer("shell name bytes", PATH_MAX + 1));
  s.compute("end", "copy", slot("shell name"), "-", 1);
  s.compute("length", "sub", slot("at"), slot("base name"));
  s.compute("end", "copy", slot("end"), slot("base name"), slot("length"));
}
