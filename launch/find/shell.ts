/** The shell of who starts a launch, where nobody names a program. */
import { MESSAGE, MESSAGE_LENGTH } from "../failure.ts";
import { type Sequence, slot } from "../plan.ts";
import { findVariable } from "../steps/search.ts";
import { findAccountShell } from "./account.ts";
import { byteAt, NUL, seek, TEXT_BYTES } from "./text.ts";

/** Finds the path of the shell, slot `shell`, and what it is called as login shell: `-sh`, slot `shell name`. */
export function findShell(s: Sequence): void {
  const [account, found, absent] = [s.unique("account's"), s.unique("shell"), s.unique("none")];
  findVariable(s, slot("environ"), "SHELL", account);
  byteAt(s, "value");
  s.test("ifEqual", [slot("byte"), NUL], account);
  s.compute("shell", "set", slot("value"));
  s.jump(found);
  s.label(account);
  findAccountShell(s, absent);
  s.jump(found);
  s.label(absent);
  s.compute("shell", "set", "/bin/sh");
  s.label(found);
  nameShell(s);
}

/** Makes the failure's message one that names the shell. */
export function sayShell(s: Sequence, before: string): void {
  s.routine("say shell", () => {
    const message = s.buffer("shell message", before.length + TEXT_BYTES);
    s.compute("end", "copy", message, before, before.length);
    s.compute("at", "seek", slot("shell"), NUL, NUL);
    s.compute("length", "sub", slot("at"), slot("shell"));
    s.compute("end", "copy", slot("end"), slot("shell"), slot("length"));
    s.compute("length", "sub", slot("end"), message);
    s.compute(MESSAGE, "set", message);
    s.compute(MESSAGE_LENGTH, "set", slot("length"));
  });
}

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
  s.compute("shell name", "set", s.buffer("shell name bytes", TEXT_BYTES + 2));
  s.compute("end", "copy", slot("shell name"), "-", 1);
  s.compute("length", "sub", slot("at"), slot("base name"));
  s.compute("end", "copy", slot("end"), slot("base name"), slot("length"));
}
