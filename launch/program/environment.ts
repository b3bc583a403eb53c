/** The environment that the program gets. @see environ(7) */
import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE } from "../../ffi/abi/mman.ts";
import { concat } from "../../ffi/bytes.ts";
import type { Builder } from "../../engine/builder.ts";
import { EQUALS } from "../../engine/characters.ts";
import { all, any, not } from "../../engine/condition.ts";
import { POINTER_BYTES, vector } from "../../engine/operand.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { type Span, stringAt } from "../../engine/text.ts";
import { type Context, failed } from "../context.ts";
import { isParameter, type Parameter } from "../parameter.ts";
import { behindPrefix } from "./arguments.ts";
import type { Environment } from "./search.ts";

/** How messages call the PATH of the target. */
export const TARGETS_PATH = "the target's PATH";

/** How many variables may be kept, where only the run knows which. */
export const MOST_KEPT = 1024;

/** The address of the environment, which the kernel has placed behind argc and argv. */
export function inheritedEnviron(s: Builder): Variable {
  const argc = s.stack.word();
  return s.variable("environ", s.stack.plus(argc.plus(2).shiftedLeft(3)));
}

/** Finds a variable of an environment: gives the address of `NAME=value`, or 0. */
export function findInEnviron(s: Builder, environ: Value, name: string): Variable {
  const start = `${name}=`;
  return findBeginning(s, environ, { start, length: start.length }, name);
}

/** Finds the first string of an array that begins with these bytes: gives its address, or 0. */
function findBeginning(
  s: Builder,
  array: Value,
  { start, length }: Span,
  name: string,
): Variable {
  const found = s.variable(name);
  const pointer = s.variable("pointer", array);
  s.loop(({ leave, next }) => {
    found.set(pointer.word());
    s.if(found.is(0), leave);
    pointer.advance(POINTER_BYTES);
    s.if(not(found.isSame(start, length)), next);
    leave();
  });
  return found;
}

/** The launcher's own environment. */
export function ownEnvironment({ s }: Context): Environment {
  return { environ: inheritedEnviron(s), isTargets: false, shown: "PATH" };
}

/** The program's environment: the launcher's own, a part of it, or the target's, and what the spec sets. */
export function programEnvironment(context: Context): Environment {
  const { s, spec, joined, request } = context;
  const { whitelistEnv, clearEnv, env = {} } = spec;
  const isFiltered = any(request.isGiven(clearEnv), request.isGiven(whitelistEnv));
  const targets = all(isFiltered !== true, request.isGiven(spec.join?.env));
  let environ = targets === true ? joined!.environ! : inheritedEnviron(s);
  if (targets !== true) s.if(targets, () => environ.set(joined!.environ!));
  if (isFiltered === true) environ = filterEnviron(context, environ);
  else s.if(isFiltered, () => environ.set(filterEnviron(context, inheritedEnviron(s))));
  if (isParameter(env)) {
    environ = setVariables(s, environ, request.value(env), "of who starts this");
  } else {
    const set = Object.entries(env);
    const names = set.map(([name]) => name).join(", ");
    if (set.length > 0) environ = setVariables(s, environ, settingsOf(context, set), names);
  }
  return { environ, isTargets: targets, shown: targets === true ? TARGETS_PATH : "PATH" };
}

/** An environment of those variables that are to be kept. */
function filterEnviron(context: Context, environ: Variable): Variable {
  const { s, spec: { whitelistEnv = [] } } = context;
  const most = isParameter(whitelistEnv) ? MOST_KEPT : whitelistEnv.length;
  const kept = s.memory("environment", POINTER_BYTES * (most + 1));
  const end = s.variable("end", kept);
  eachKept(context, (name) => {
    const variable = findBeginning(s, environ, name, "kept variable");
    s.if(variable.isNot(0), () => {
      s.store(end, variable);
      end.advance(POINTER_BYTES);
    });
  });
  return s.variable("environ", kept);
}

/** Runs a block with each `NAME=` that is to be kept. */
function eachKept(
  { s, spec: { whitelistEnv = [] }, request }: Context,
  body: (name: Span) => void,
): void {
  if (isParameter(whitelistEnv)) {
    s.if(request.isGiven(whitelistEnv), () => {
      eachPointer(s, request.value(whitelistEnv), (name) => {
        body({ start: name, length: s.variable("length", stringAt(name).length) });
      });
    });
    return;
  }
  if (whitelistEnv.length === 0) return;
  // A loop and a table: names may be many.
  const starts = whitelistEnv.map((name) => concat(name, "="));
  const table = vector(starts.flatMap((start) => [start, start.length]), "kept names");
  const entry = s.variable("name", table);
  s.while(entry.word().isNot(0), () => {
    body({ start: entry.word(), length: entry.word(POINTER_BYTES) });
    entry.advance(2 * POINTER_BYTES);
  });
}

/** An array of `NAME=value`, NULL behind it. */
function settingsOf(
  context: Context,
  set: readonly (readonly [string, string | Parameter])[],
): Value {
  const { s } = context;
  const settings = vector(
    set.map(([name, value]) => isParameter(value) ? 0 : `${name}=${value}`),
    "settings",
  );
  set.forEach(([name, value], i) => {
    if (!isParameter(value)) return;
    const tooLong = `the value of variable ${name} is too long`;
    const setting = behindPrefix(context, `${name}=`, value, tooLong);
    s.store(settings, setting, { offset: POINTER_BYTES * i });
  });
  return settings;
}

/** Runs a block with each element of an array that has NULL behind it. */
function eachPointer(
  s: Builder,
  array: Value,
  body: (element: Variable, next: () => void) => void,
): void {
  const at = s.variable("at", array);
  s.while(at.word().isNot(0), () => {
    s.block(({ leave }) => body(s.variable("element", at.word()), leave));
    at.advance(POINTER_BYTES);
  });
}

/** An environment with these variables, `NAME=value`, in place of their namesakes. */
function setVariables(s: Builder, environ: Variable, set: Value, names: string): Variable {
  const bytes = s.variable("bytes", POINTER_BYTES);
  for (const array of [environ, set]) {
    eachPointer(s, array, () => bytes.advance(POINTER_BYTES));
  }
  const variables = s.call(
    "mmap",
    [0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0],
    `room for more variables: ${names}`,
    { result: "variables", fails: failed("mmap failed") },
  );
  const to = s.variable("to", variables);
  const append = (variable: Variable): void => {
    s.store(to, variable);
    to.advance(POINTER_BYTES);
  };
  eachPointer(s, environ, (variable, next) => {
    eachPointer(s, set, (setting) => {
      const name = s.variable("name", setting.seek(EQUALS).plus(1).minus(setting));
      s.if(variable.isSame(setting, name), next);
    });
    append(variable);
  });
  eachPointer(s, set, append);
  return variables;
}
