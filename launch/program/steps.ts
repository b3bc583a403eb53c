/** The last steps: the program takes this process's place. @see execve(2), execvp(3) */
import { EACCES, ENOENT, ENOEXEC, ENOTDIR } from "../../ffi/abi/errno.ts";
import { display, encode, wellFormed } from "../../ffi/bytes.ts";
import { shellWord } from "../../ffi/shell_word.ts";
import type { CallError, Exit } from "../../engine/builder.ts";
import { words } from "../../engine/failure.ts";
import { slot } from "../../engine/operand.ts";
import { constant, type Value } from "../../engine/value.ts";
import { execHints } from "./hints.ts";
import type { LaunchSpec } from "../spec.ts";
import { programArguments } from "./arguments.ts";
import { type Context, EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND } from "../context.ts";
import { programEnvironment } from "./environment.ts";
import { execLook, type Where } from "./exec_cause.ts";
import { eachPath, type Environment, isBare } from "./search.ts";
import { findShell, SHELL } from "./shell.ts";

/** Runs the program: every candidate in turn, as execvp(3) does. */
export function execProgram(context: Context): void {
  const { s, spec, ids } = context;
  // execvp(3) looks at the PATH that the program will have.
  const environment = programEnvironment(context);
  const shell = spec.program === undefined
    ? findShell(s, environment.environ, ids.inside!)
    : undefined;
  const shown = spec.program === undefined ? SHELL : display(spec.program);
  const { argv, script } = programArguments(context, shell?.name);
  const isSearched = spec.search !== false && spec.program !== undefined && isBare(spec.program);

  /** The path that was tried last, what became of it, and whether one before was denied. */
  const path = s.variable("path", shell?.path ?? encode(spec.program!));
  const refusal = s.variable("refusal", -ENOENT);
  const isDenied = s.variable("denied", 0);
  const attempt = (candidate: Value, all: Exit): void => {
    path.set(candidate);
    s.call("execve", [candidate, argv, environment.environ], `run ${shown}`, {
      fails(error) {
        s.if(error.is("EACCES"), () => isDenied.set(1), {
          otherwise: () => goOn(error, all),
        });
      },
    });
  };
  const goOn = (error: CallError, all: Exit): void => {
    refusal.set(error.result);
    s.if(error.is("ENOENT", "ENOTDIR").not(), all.leave);
  };
  s.block((all) => {
    if (isSearched) eachPath(s, spec.program!, environment, attempt);
    else attempt(shell?.path ?? encode(spec.program!), all);
  });
  // Somewhere on the way permission was denied: that is what is said, as execvp(3) does.
  s.if(isDenied.is(1), () => s.if(refusal.isOneOf(-ENOENT, -ENOTDIR), () => refusal.set(-EACCES)));

  const where: Where = isSearched ? { name: encode(spec.program!), environment } : { path };
  const hints = execHints(spec, {
    shown,
    ...wordsOf(spec, isSearched, environment),
    sees: (cause) => execLook(s, where, cause),
  });
  const said = shell ? { string: slot(shell.path.name), isPath: true } : { path: spec.program! };
  const refuse = (status: number): void => {
    const message = words`failed to execute ${said}`;
    s.fail({ message, status, syscall: "execve", hints }, constant(0).minus(refusal));
  };
  // A file without a first line that names its interpreter is the shell's.
  s.if(spec.search !== false && refusal.is(-ENOEXEC), () => {
    s.call("execve", ["/bin/sh", script(path), environment.environ], `run ${shown} by the shell`, {
      fails: (error) => refusal.set(error.result),
    });
    refuse(EXIT_NOT_EXECUTABLE);
  }, { when: "if it is a script without #!" });
  s.if(refusal.is(-ENOENT), () => refuse(EXIT_NOT_FOUND));
  refuse(EXIT_NOT_EXECUTABLE);
}

/** What messages may call the program by. */
function wordsOf(
  { program, env, clearEnv, whitelistEnv }: LaunchSpec,
  isSearched: boolean,
  { shown, path }: Environment,
): { readonly searched?: string; readonly word?: string } {
  // Whether it has the PATH of the shell in which advice is typed.
  const isOwn = env?.PATH === undefined && !clearEnv && !whitelistEnv;
  if (isSearched) {
    return { searched: isOwn && path === undefined ? shown : "the PATH that it gets" };
  }
  return program === undefined ? {} : { word: shellWord(wellFormed(program)) };
}
