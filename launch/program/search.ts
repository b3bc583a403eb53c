/** Where a program is looked for. @see execvp(3) */
import { PATH_MAX } from "../../ffi/abi/limits.ts";
import { encode } from "../../ffi/bytes.ts";
import type { Builder } from "../../engine/builder.ts";
import type { Exit } from "../../engine/builder/blocks.ts";
import { COLON, NUL, SLASH } from "../../engine/characters.ts";
import { all, type When } from "../../engine/condition.ts";
import { type Span, Text } from "../../engine/text.ts";
import type { Variable } from "../../engine/value.ts";
import { isParameter, type Text as Asked } from "../parameter.ts";
import type { Request } from "../request.ts";
import { findInEnviron } from "./environment.ts";

/** Where execvp(3) looks if there is no PATH. */
const DEFAULT_PATH = "/bin:/usr/bin";

/** Whether a program is searched: an empty name and one with a slash are not. */
export function isBare(program: Asked, request: Request): When {
  if (isParameter(program)) {
    const name = request.value(program) as Variable;
    return all(name.byte().isNot(NUL), name.seek(SLASH, NUL).byte().is(NUL));
  }
  const name = encode(program);
  return name.length > 0 && !name.includes(SLASH);
}

/** The name of a program, to be searched. */
export interface SearchedName {
  readonly span: string | Uint8Array | Span;
  readonly shown: string;
}

/** An environment, and the PATH in it. */
export interface Environment {
  /** The address of the pointers to its variables. */
  readonly environ: Variable;
  /** Whether it is the target's. */
  readonly isTargets: When;
  /** How notes call the PATH. */
  readonly shown: string;
}

/**
 * Runs a block with the path in each folder of PATH at which execvp(3) looks for a program. Paths that
 * are longer than any may be are left out.
 */
export function eachPath(
  s: Builder,
  program: SearchedName,
  { environ, shown }: Pick<Environment, "environ" | "shown">,
  body: (path: Variable, loop: Exit) => void,
): void {
  const folder = s.variable("folder", encode(DEFAULT_PATH));
  const variable = findInEnviron(s, environ, "PATH");
  s.if(variable.isNot(0), () => folder.set(variable.plus("PATH=".length)));
  s.loop(({ leave }) => {
    const end = s.variable("end", folder.seek(COLON, NUL));
    s.block((tooLong) => {
      const path = new Text(s, "candidate", PATH_MAX, tooLong.leave);
      const length = s.variable("length", end.minus(folder));
      // An empty folder is the working directory.
      s.if(length.isNot(0), () => path.append({ start: folder, length }, "/"));
      path.append(program.span, "\0");
      body(s.variable("path", path.start, `"<folder>/${program.shown}"`), { leave });
    });
    s.if(end.byte().is(NUL), leave);
    folder.set(end.plus(1));
  }, { when: `for each folder of ${shown}, until it is found` });
}
