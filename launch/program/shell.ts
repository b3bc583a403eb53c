/** The shell of who starts a launch, where nobody names a program. @see passwd(5) */
import { ENAMETOOLONG } from "../../ffi/abi/errno.ts";
import { PATH_MAX } from "../../ffi/abi/limits.ts";
import type { Builder } from "../../engine/builder.ts";
import { NUL, SLASH } from "../../engine/characters.ts";
import { all } from "../../engine/condition.ts";
import { Text } from "../../engine/text.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { takeAccountShell } from "../ids/account.ts";
import { EXIT_NOT_EXECUTABLE, failed } from "../context.ts";
import { findInEnviron } from "./environment.ts";

/** How the shell is called where its path cannot be shown. */
export const SHELL = "the shell";

/** A shell. */
export interface Shell {
  readonly path: Variable;
  /** What it is called as login shell: `-sh`. */
  readonly name: Variable;
}

/**
 * Finds the shell: $SHELL as the program would have it, that of the account, or /bin/sh.
 *
 * @param account The address of its line in /etc/passwd; 0 if it has none.
 */
export function findShell(s: Builder, environ: Value, account: Variable): Shell {
  const path = s.variable("shell", "/bin/sh");
  const variable = findInEnviron(s, environ, "SHELL");
  const value = s.variable("value", variable.plus("SHELL=".length));
  s.if(all(variable.isNot(0), value.byte().isNot(NUL)), () => path.set(value), {
    otherwise: () => takeAccountShell(s, account, path),
  });
  const end = s.variable("end", path.seek(NUL));
  // What the variable of somebody else holds may be of any length.
  s.if(end.minus(path).isAtLeast(PATH_MAX), () => s.fail(tooLong(), ENAMETOOLONG));
  return { path, name: nameOf(s, path, end) };
}

const tooLong = () => ({ ...failed(`failed to execute ${SHELL}`), status: EXIT_NOT_EXECUTABLE });

/** The address of what is behind the last slash of a path. */
export function baseName(s: Builder, path: Value): Variable {
  const base = s.variable("base name", path);
  s.loop(({ leave }) => {
    const end = s.variable("end", base.seek(SLASH, NUL));
    s.if(end.byte().is(NUL), leave);
    base.set(end.plus(1));
  });
  return base;
}

/** The name of a login shell: a hyphen, and what is behind the last slash. */
function nameOf(s: Builder, path: Variable, end: Variable): Variable {
  const base = baseName(s, path);
  const name = new Text(s, "shell name", PATH_MAX + 1, tooLong());
  name.append("-", { start: base, length: end.minus(base) });
  return s.variable("shell name", name.start);
}
