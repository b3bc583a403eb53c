/** What is to be executed: the program that is named, or the caller's shell where none is. */
import { shellWord } from "../../ffi/shell_word.ts";
import { wellFormed } from "../../ffi/bytes.ts";
import type { When } from "../../engine/condition.ts";
import type { Message, Part } from "../../engine/failure.ts";
import { vector } from "../../engine/operand.ts";
import { stringAt } from "../../engine/text.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { type Arguments, programArguments, storedArguments } from "./arguments.ts";
import type { Context } from "../context.ts";
import { isParameter } from "../parameter.ts";
import { type Environment, isBare, type SearchedName } from "./search.ts";
import { findShell, SHELL } from "./shell.ts";

/** What is to be executed. */
export interface Found extends Arguments {
  /** A path, or a name that is searched. */
  readonly program: Value;
  readonly isSearched: When;
  readonly name: SearchedName;
  /** Whether a file without a first line that names its interpreter is the shell's. */
  readonly mayBeScript: When;
  /** In messages. */
  readonly said: Part;
  /** In hints. */
  readonly called: Message;
  /** As a word for a shell. */
  readonly word: Message;
  /** In notes. */
  readonly shown: string;
}

/** Finds out what to execute. */
export function findProgram(context: Context, environment: Environment): Found {
  const { spec: { program }, request } = context;
  if (program === undefined) return shellProgram(context, environment);
  if (request.isGiven(program) === true) return namedProgram(context);
  return openProgram(context, environment);
}

function shellProgram(context: Context, { environ }: Environment): Found {
  const { path, name } = findShell(context.s, environ, context.ids.inside!);
  const said = { string: path, isPath: true };
  return {
    ...programArguments(context, name),
    program: path,
    isSearched: false,
    name: { span: "", shown: "" },
    mayBeScript: false,
    said,
    called: [said],
    word: [{ ...said, isWord: true }],
    shown: SHELL,
  };
}

function namedProgram(context: Context): Found {
  const { request, spec: { program = "", search = true } } = context;
  const shown = request.shown(program);
  const named = {
    ...programArguments(context, undefined),
    isSearched: search && isBare(program, request),
    mayBeScript: search,
    shown,
  };
  if (isParameter(program)) {
    return { ...named, ...givenProgram(request.value(program) as Variable, shown) };
  }
  return {
    ...named,
    program: request.value(program),
    name: { span: program, shown },
    said: request.path(program),
    called: [request.path(program)],
    word: shellWord(wellFormed(program)),
  };
}

/** A program of which only the run knows the path or name. */
function givenProgram(
  path: Variable,
  shown: string,
): Pick<Found, "program" | "name" | "said" | "called" | "word"> {
  const said = { string: path, isPath: true };
  return {
    program: path,
    name: { span: stringAt(path), shown },
    said,
    called: [said],
    word: [{ ...said, isWord: true }],
  };
}

/** Where only the run knows whether a program is named. */
function openProgram(context: Context, { environ }: Environment): Found {
  const { s, ids, request, spec: { program } } = context;
  const named = namedProgram(context);
  const path = s.variable("program", named.program);
  const argv = s.variable("arguments", named.argv);
  const isNamed = s.variable("is named", 1);
  const isBare = s.variable("is bare", 0);
  s.if(request.isGiven(program), () => s.if(named.isSearched, () => isBare.set(1)), {
    otherwise: () => isNamed.set(0),
  });
  s.if(isNamed.is(0), () => {
    const shell = findShell(s, environ, ids.inside!);
    path.set(shell.path);
    const alone = vector([0], "shell's arguments");
    s.store(alone, shell.name);
    argv.set(alone);
  });
  return {
    ...named,
    ...storedArguments(s, argv),
    ...givenProgram(path, named.shown),
    isSearched: isBare.is(1),
    mayBeScript: isNamed.is(1),
  };
}
