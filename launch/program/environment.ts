/** The environment that the program gets. @see environ(7) */
import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE } from "../../ffi/abi/mman.ts";
import { concat } from "../../ffi/bytes.ts";
import type { Builder } from "../../engine/builder.ts";
import { any } from "../../engine/condition.ts";
import { vector } from "../../engine/operand.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { stringAt, Text } from "../../engine/text.ts";
import { type Context, failed } from "../context.ts";
import { isParameter, type Parameter } from "../parameter.ts";
import type { Environment } from "./search.ts";

const POINTER_BYTES = 8;
/** How many variables may be kept, where only the run knows which. */
export const MOST_KEPT = 1024;

const EQUALS = "=".charCodeAt(0);

/** The address of the environment, which the kernel has placed behind argc and argv. */
export function inheritedEnviron(s: Builder): Variable {
  const argc = s.stack.word();
  return s.variable("environ", s.stack.plus(argc.plus(2).shiftedLeft(3)));
}

/** Finds a variable of an environment: gives the address of `NAME=value`, or 0. */
export function findInEnviron(s: Builder, environ: Value, name: string): Variable {
  const found = s.variable(name, 0);
  const pointer = s.variable("pointer", environ);
  s.loop(({ leave }) => {
    const variable = s.variable("variable", pointer.word());
    s.if(variable.is(0), leave);
    s.if(variable.begins(`${name}=`), () => {
      found.set(variable);
      leave();
    });
    pointer.advance(POINTER_BYTES);
  });
  return found;
}

/** The launcher's own environment. */
export function ownEnvironment({ s }: Context): Environment {
  return { environ: inheritedEnviron(s), shown: "PATH" };
}

/** The program's environment: the launcher's own, a part of it, or the target's, and what the spec sets. */
export function programEnvironment(context: Context): Environment {
  const { s, spec, joined, request } = context;
  const { whitelistEnv, clearEnv, env = {} } = spec;
  const isFiltered = any(request.isGiven(clearEnv), request.isGiven(whitelistEnv));
  const targets = isFiltered === true ? undefined : joined?.environ;
  let environ = targets ?? inheritedEnviron(s);
  if (isFiltered === true) environ = filterEnviron(context, environ);
  else s.if(isFiltered, () => environ.set(filterEnviron(context, inheritedEnviron(s))));
  if (isParameter(env)) {
    environ = setVariables(s, environ, request.value(env), "of who starts this");
  } else {
    const set = Object.entries(env);
    const names = set.map(([name]) => name).join(", ");
    if (set.length > 0) environ = setVariables(s, environ, settingsOf(context, set), names);
  }
  return { environ, shown: targets ? "the target's PATH" : "PATH" };
}

/** An environment of those variables that are to be kept. */
function filterEnviron(context: Context, environ: Variable): Variable {
  const { s, spec: { whitelistEnv = [] } } = context;
  const most = isParameter(whitelistEnv) ? MOST_KEPT : whitelistEnv.length;
  const kept = s.memory("environment", POINTER_BYTES * (most + 1));
  const end = s.variable("end", kept);
  eachKept(context, (name, length) => {
    const pointer = s.variable("pointer", environ);
    s.loop(({ leave }) => {
      const variable = s.variable("variable", pointer.word());
      s.if(variable.is(0), leave);
      s.if(variable.isSame(name, length), () => {
        s.store(end, variable);
        end.advance(POINTER_BYTES);
        leave();
      });
      pointer.advance(POINTER_BYTES);
    });
  });
  return s.variable("environ", kept);
}

/** Runs a block with each `NAME=` that is to be kept. */
function eachKept(
  { s, spec: { whitelistEnv = [] }, request }: Context,
  body: (name: Value, length: Value) => void,
): void {
  if (isParameter(whitelistEnv)) {
    s.if(request.isGiven(whitelistEnv), () => {
      eachPointer(s, request.value(whitelistEnv), (name) => {
        body(name, s.variable("length", stringAt(name).length));
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
    body(entry.word(), entry.word(POINTER_BYTES));
    entry.advance(2 * POINTER_BYTES);
  });
}

/** The longest string that execve(2) takes. @see MAX_ARG_STRLEN in execve(2) */
const STRING_BYTES = 1 << 17;

/** An array of `NAME=value`, NULL behind it. */
function settingsOf(
  { s, request }: Context,
  set: readonly (readonly [string, string | Parameter])[],
): Value {
  const settings = vector(
    set.map(([name, value]) => isParameter(value) ? 0 : `${name}=${value}`),
    "settings",
  );
  set.forEach(([name, value], i) => {
    if (!isParameter(value)) return;
    const tooLong = failed(`the value of variable ${name} is too long`);
    const text = new Text(s, "setting", STRING_BYTES, tooLong);
    text.append(`${name}=`);
    text.appendString(s.variable("value", request.value(value)));
    text.append("\0");
    s.store(settings, text.start, { offset: POINTER_BYTES * i });
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
