/** The last steps: the program takes this process's place. @see execve(2), execvp(3) */
import { EACCES, ENOENT, ENOEXEC, ENOTDIR } from "../../ffi/abi/errno.ts";
import { wellFormed } from "../../ffi/bytes.ts";
import { shellWord } from "../../ffi/shell_word.ts";
import type { CallError, Exit } from "../../engine/builder.ts";
import { all } from "../../engine/condition.ts";
import { type Message, words } from "../../engine/failure.ts";
import { constant, type Value, type Variable } from "../../engine/value.ts";
import { execHints } from "./hints.ts";
import { isParameter } from "../parameter.ts";
import { programArguments } from "./arguments.ts";
import { type Context, EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND } from "../context.ts";
import { programEnvironment } from "./environment.ts";
import { execLook, type Where } from "./exec_cause.ts";
import { eachPath, type Environment, isBare, type SearchedName } from "./search.ts";
import { findShell, SHELL } from "./shell.ts";

/** Runs the program: every candidate in turn, as execvp(3) does. */
export function execProgram(context: Context): void {
  const { s, spec, ids, request } = context;
  // execvp(3) looks at the PATH that the program will have.
  const environment = programEnvironment(context);
  const shell = spec.program === undefined
    ? findShell(s, environment.environ, ids.inside!)
    : undefined;
  const shown = spec.program === undefined ? SHELL : request.shown(spec.program);
  const { argv, script } = programArguments(context, shell?.name);
  const program = shell?.path ?? request.value(spec.program!);
  const isSearched = spec.search === false || shell ? false : isBare(spec.program!, request);

  /** The path that was tried last, what became of it, and whether one before was denied. */
  const path = s.variable("path", program);
  const refusal = s.variable("refusal", -ENOENT);
  const isDenied = s.variable("denied", 0);
  const attempt = (candidate: Value, search: Exit): void => {
    path.set(candidate);
    s.call("execve", [candidate, argv, environment.environ], `run ${shown}`, {
      fails(error) {
        s.if(error.is("EACCES"), () => isDenied.set(1), {
          otherwise: () => goOn(error, search),
        });
      },
    });
  };
  const goOn = (error: CallError, search: Exit): void => {
    refusal.set(error.result);
    s.if(error.is("ENOENT", "ENOTDIR").not(), search.leave);
  };
  const where: Where = { path, isSearched, name: nameOf(context), environment };
  s.block((search) => {
    s.if(isSearched, () => eachPath(s, where.name, environment, attempt), {
      otherwise: () => attempt(program, search),
    });
  });
  // Somewhere on the way permission was denied: that is what is said, as execvp(3) does.
  s.if(isDenied.is(1), () => s.if(refusal.isOneOf(-ENOENT, -ENOTDIR), () => refusal.set(-EACCES)));

  const hints = execHints(spec, {
    ...(spec.root === undefined ? {} : { root: request.path(spec.root) }),
    shown: shell ? SHELL : words`${request.path(spec.program!)}`,
    ...wordsOf(context, isSearched === true, environment),
    sees: (cause) => execLook(s, where, cause),
  });
  const said = shell ? { string: shell.path, isPath: true } : request.path(spec.program!);
  const refuse = (status: number): void => {
    const message = words`failed to execute ${said}`;
    s.fail({ message, status, syscall: "execve", hints }, constant(0).minus(refusal));
  };
  // A file without a first line that names its interpreter is the shell's.
  s.if(all(spec.search !== false, refusal.is(-ENOEXEC)), () => {
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
  { request, spec: { program, env = {}, clearEnv, whitelistEnv } }: Context,
  isSearched: boolean,
  { shown }: Environment,
): { readonly searched?: string; readonly word?: Message } {
  // Whether it has the PATH of the shell in which advice is typed.
  const setsPath = isParameter(env) ? env.hasPath !== false : env.PATH !== undefined;
  const isOwn = !setsPath && !clearEnv && !whitelistEnv;
  if (isSearched) return { searched: isOwn ? shown : "the PATH that it gets" };
  if (program === undefined) return {};
  return {
    word: isParameter(program) ? words`${request.path(program)}` : shellWord(wellFormed(program)),
  };
}

/** The name of the program, to be searched. */
function nameOf({ request, spec: { program = "" } }: Context): SearchedName {
  if (!isParameter(program)) return { span: program, shown: request.shown(program) };
  const start = request.value(program) as Variable;
  return { span: { start, length: start.seek(0).minus(start) }, shown: request.shown(program) };
}
