/** The shell of who starts a launch, where nobody names a program. */
import { ENAMETOOLONG } from "../../ffi/abi/errno.ts";
import { PATH_MAX } from "../../ffi/abi/limits.ts";
import type { Value } from "../../engine/failure.ts";
import { type Sequence, slot } from "../plan.ts";
import { EXIT_NOT_EXECUTABLE } from "../steps/context.ts";
import { SHELL } from "../steps/shell_name.ts";
import { findVariable } from "../steps/search.ts";
import { type Account, takeAccountShell } from "./account.ts";
import { byteAt, fail, NUL, seek } from "./text.ts";

/** The shell's path, to be said. */
export const FOUND_SHELL: Value = { string: slot("shell"), isPath: true };

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
