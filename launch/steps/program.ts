/** The last steps: the program takes this process's place. @see execve(2), execvp(3) */
import { EACCES, ENOENT, ENOEXEC, ENOTDIR } from "../../ffi/abi/errno.ts";
import { wellFormed } from "../../ffi/bytes.ts";
import { shellWord } from "../../ffi/shell_word.ts";
import { words } from "../../engine/failure.ts";
import { execHints } from "../hints/process.ts";
import type { LaunchSpec } from "../spec.ts";
import { type CallOptions, ERROR, FAILURE, type Failure, type Short, slot } from "../plan.ts";
import { type Context, EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND } from "./context.ts";
import { programEnvironment } from "./environment.ts";
import { execLook } from "./exec_cause.ts";
import { eachPath, isBare } from "./search.ts";

/** Runs the program: every candidate in turn, as execvp(3) does. */
export function execProgram(context: Context): void {
  const { s, spec, origin } = context;
  const shown = origin.program;
  const refusal = (status: number, hints: Failure["hints"]): Failure => ({
    message: words`failed to execute ${origin.said}`,
    status,
    syscall: "execve",
    hints,
  });
  // execvp(3) looks at the PATH that the program will have.
  const environment = programEnvironment(context);
  const path = origin.path(s);
  const isSearched = spec.search !== false && isBytes(path) && isBare(path);
  const argv = origin.argv(s);
  const [failed, refused, isScript] = ["failed", "refused", "is a script"].map((name) =>
    s.unique(name)
  );

  s.compute("denied", "set", 0);
  const attempt = (path: Short, options: CallOptions): void => {
    const [tried, next] = [s.unique("tried"), s.unique("next")];
    s.call("execve", [path, argv, environment.environ], `run ${shown}`, {
      orElse: tried,
      ...options,
    });
    s.label(tried);
    s.test("ifEqual", [slot(ERROR), -ENOENT], next);
    s.test("ifEqual", [slot(ERROR), -ENOTDIR], next);
    s.test("ifNot", [slot(ERROR), -EACCES], failed!);
    s.compute("denied", "set", 1);
    s.label(next);
  };
  if (isSearched) {
    // No folder of a PATH may be tried at all.
    if (environment.shown !== undefined) s.compute(ERROR, "set", -ENOENT);
    eachPath(s, path, environment, attempt);
  } else {
    s.compute("path", "set", path);
    attempt(path, {});
  }
  const where = isSearched ? { name: path, environment } : { path };
  const hints = execHints(spec, {
    shown,
    ...(isSearched
      ? { searched: environment.shown ?? (isOwnPath(spec) ? "PATH" : "the PATH that it gets") }
      : isBytes(path)
      ? { word: shellWord(wellFormed(path)) }
      : {}),
    sees: (cause) => execLook(s, where, cause),
  });
  const notFound = refusal(EXIT_NOT_FOUND, hints);
  const notExecutable = refusal(EXIT_NOT_EXECUTABLE, hints);
  // Somewhere on the way permission was denied: that is what is said, as execvp(3) does.
  s.test("ifEqual", [slot("denied"), 0], failed!);
  s.compute(ERROR, "set", -EACCES);
  s.label(failed!);
  if (spec.search !== false) s.test("ifEqual", [slot(ERROR), -ENOEXEC], isScript!);
  s.compute(FAILURE, "set", { kind: "failure", failure: notFound });
  s.test("ifEqual", [slot(ERROR), -ENOENT], "fail");
  s.label(refused!);
  s.compute(FAILURE, "set", { kind: "failure", failure: notExecutable });
  s.jump("fail");

  if (spec.search === false) return;
  // A file without a first line that names its interpreter is the shell's.
  s.label(isScript!);
  const script = origin.scriptArgv(s);
  s.call("execve", ["/bin/sh", script, environment.environ], `run ${shown} by the shell`, {
    orElse: refused!,
    when: "if it is a script without #!",
  });
}

/** Whether the program has the PATH that the shell has in which advice is typed. */
const isOwnPath = ({ env, clearEnv, whitelistEnv }: LaunchSpec): boolean =>
  env?.PATH === undefined && !clearEnv && !whitelistEnv;

const isBytes = (path: Uint8Array | Short): path is Uint8Array => path instanceof Uint8Array;
