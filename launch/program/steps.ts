/** The last steps: the program takes this process's place. @see execve(2), execvp(3) */
import { EACCES, ENOENT, ENOEXEC, ENOTDIR } from "../../ffi/abi/errno.ts";
import type { Exit } from "../../engine/builder/blocks.ts";
import type { CallError } from "../../engine/builder/calls.ts";
import { all, any, not, type When } from "../../engine/condition.ts";
import { type Hint, words } from "../../engine/failure.ts";
import { constant, type Value } from "../../engine/value.ts";
import { execHints, type Program } from "./hints.ts";
import { hintsIf } from "../request.ts";
import { isParameter } from "../parameter.ts";
import { type Context, EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND } from "../context.ts";
import { editEnvironment } from "./edits.ts";
import { enterFolder } from "./folder.ts";
import { programEnvironment, TARGETS_PATH } from "./environment.ts";
import { execLook, type Where } from "./exec_cause.ts";
import { findProgram } from "./found.ts";
import { eachPath, type Environment } from "./search.ts";

/** Runs the program: every candidate in turn, as execvp(3) does. */
export function execProgram(context: Context): void {
  const { s, spec, request } = context;
  // execvp(3) looks at the PATH that the program will have.
  const environment = programEnvironment(context);
  editEnvironment(context, environment.environ);
  enterFolder(context, environment.environ);
  const found = findProgram(context, environment);
  const { argv, script, program, isSearched, shown } = found;

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
  const where: Where = { path, isSearched, name: found.name, environment };
  s.block((search) => {
    s.if(isSearched, () => eachPath(s, where.name, environment, attempt), {
      otherwise: () => attempt(program, search),
    });
  });
  // Somewhere on the way permission was denied: that is what is said, as execvp(3) does.
  s.if(isDenied.is(1), () => s.if(refusal.isOneOf(-ENOENT, -ENOTDIR), () => refusal.set(-EACCES)));

  const hintsFor = (words: Pick<Program, "searched">): readonly Hint[] =>
    execHints(context, {
      ...(spec.root === undefined ? {} : { root: request.path(spec.root) }),
      shown: found.called,
      word: found.word,
      ...words,
      sees: (cause) => execLook(s, where, cause),
    });
  const hints = [
    ...hintsOfSearch(context, environment, isSearched, hintsFor),
    ...hintsIf(s, not(isSearched), "a path", () => hintsFor({})),
  ];
  const refuse = (status: number): void => {
    context.held.missed?.();
    const message = words`failed to execute ${found.said}`;
    s.fail({ message, status, syscall: "execve", hints }, constant(0).minus(refusal));
  };
  // A file without a first line that names its interpreter is the shell's.
  s.if(all(found.mayBeScript, refusal.is(-ENOEXEC)), () => {
    s.call("execve", ["/bin/sh", script(path), environment.environ], `run ${shown} by the shell`, {
      fails: (error) => refusal.set(error.result),
    });
    refuse(EXIT_NOT_EXECUTABLE);
  }, { when: "if it is a script without #!" });
  s.if(refusal.is(-ENOENT), () => refuse(EXIT_NOT_FOUND));
  refuse(EXIT_NOT_EXECUTABLE);
}

/** Hints of a program that is searched: in the PATH of the shell in which advice is typed, or in another. */
function hintsOfSearch(
  { s, spec, request }: Context,
  { isTargets }: Environment,
  isSearched: When,
  hintsFor: (words: Pick<Program, "searched">) => readonly Hint[],
): readonly Hint[] {
  const { env = {}, clearEnv, whitelistEnv } = spec;
  const setsPath = isParameter(env) ? env.hasPath !== false : env.PATH !== undefined;
  const isOther = any(
    request.isGiven(spec.environment),
    setsPath,
    request.isGiven(clearEnv),
    request.isGiven(whitelistEnv),
  );
  const searchedIn = (searched: string) => () => hintsFor({ searched });
  return [
    ...hintsIf(
      s,
      all(isSearched, isOther),
      "searched elsewhere",
      searchedIn("the PATH that it gets"),
    ),
    ...hintsIf(s, all(isSearched, not(any(isOther, isTargets))), "searched", searchedIn("PATH")),
    ...hintsIf(
      s,
      all(isSearched, not(isOther), isTargets),
      "searched in the target's",
      searchedIn(TARGETS_PATH),
    ),
  ];
}
