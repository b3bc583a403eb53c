/** The environment that the program gets. @see environ(7) */
import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE } from "../../ffi/abi/mman.ts";
import { type Bytes, concat } from "../../ffi/bytes.ts";
import type { Builder } from "../../engine/builder.ts";
import { any, not } from "../../engine/condition.ts";
import { vector } from "../../engine/operand.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { type Context, failed } from "../context.ts";
import type { Environment } from "./search.ts";

const POINTER_BYTES = 8;

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
export function programEnvironment({ s, spec, joined }: Context): Environment {
  const { whitelistEnv, clearEnv, env = {} } = spec;
  const isFiltered = clearEnv || whitelistEnv !== undefined;
  const targets = isFiltered ? undefined : joined?.environ;
  let environ = targets ?? inheritedEnviron(s);
  if (isFiltered) environ = filterEnviron(s, environ, whitelistEnv ?? []);
  const set = Object.entries(env);
  if (set.length > 0) environ = setVariables(s, environ, set);
  const path = Object.hasOwn(env, "PATH") ? env.PATH : undefined;
  return {
    environ,
    shown: targets ? "the target's PATH" : "PATH",
    ...(path === undefined ? {} : { path }),
  };
}

/** An environment of those variables that have these names. */
function filterEnviron(s: Builder, environ: Variable, names: readonly Bytes[]): Variable {
  const kept = s.memory("environment", POINTER_BYTES * (names.length + 1));
  const end = s.variable("end", kept);
  if (names.length === 0) return s.variable("environ", kept);
  // A loop and a table: names may be many.
  const starts = names.map((name) => concat(name, "="));
  const table = vector(starts.flatMap((start) => [start, start.length]), "kept names");
  const entry = s.variable("name", table);
  s.while(entry.word().isNot(0), () => {
    const pointer = s.variable("pointer", environ);
    s.loop(({ leave }) => {
      const variable = s.variable("variable", pointer.word());
      s.if(variable.is(0), leave);
      s.if(variable.isSame(entry.word(), entry.word(POINTER_BYTES)), () => {
        s.store(end, variable);
        end.advance(POINTER_BYTES);
        leave();
      });
      pointer.advance(POINTER_BYTES);
    });
    entry.advance(2 * POINTER_BYTES);
  });
  return s.variable("environ", kept);
}

/** An environment with these variables in place of their namesakes. */
function setVariables(
  s: Builder,
  environ: Variable,
  set: readonly (readonly [string, string])[],
): Variable {
  const end = s.variable("end", environ);
  s.while(end.word().isNot(0), () => end.advance(POINTER_BYTES));
  const bytes = end.minus(environ).plus(POINTER_BYTES * (set.length + 1));
  const variables = s.call(
    "mmap",
    [0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0],
    `room for more variables: ${set.map(([name]) => name).join(", ")}`,
    { result: "variables", fails: failed("mmap failed") },
  );
  const from = s.variable("from", environ);
  const to = s.variable("to", variables);
  s.while(from.word().isNot(0), () => {
    const variable = s.variable("variable", from.word());
    s.if(not(any(...set.map(([name]) => variable.begins(`${name}=`)))), () => {
      s.store(to, variable);
      to.advance(POINTER_BYTES);
    });
    from.advance(POINTER_BYTES);
  });
  set.forEach(([name, value], i) => s.store(to, `${name}=${value}`, { offset: POINTER_BYTES * i }));
  return variables;
}
