/** The environment that the program gets. @see environ(7) */
import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE } from "../../ffi/abi/mman.ts";
import { encode } from "../../ffi/bytes.ts";
import type { Builder } from "../../engine/builder.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { type Sequence, slot, STACK } from "../plan.ts";
import { type Context, failed } from "./context.ts";
import type { Environment } from "./search.ts";

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
    pointer.advance(8);
  });
  return found;
}

/** Leaves the address of the environment that the kernel placed behind argv in slot `environ`. */
export function inheritedEnvironment(s: Sequence): void {
  s.compute("environ", "load", slot(STACK), 0);
  s.compute("environ", "shl", slot("environ"), 3);
  s.compute("environ", "add", slot("environ"), slot(STACK));
  s.compute("environ", "add", slot("environ"), 16);
}

/** The launcher's own environment. */
export function ownEnvironment({ s }: Context): Environment {
  inheritedEnvironment(s);
  return {
    environ: slot("environ"),
    path: undefined,
    shown: "PATH",
  };
}

/** The steps that make the program's environment, where it is not the launcher's own. */
export function programEnvironment(context: Context): Environment {
  const { s, spec, origin: { environment } } = context;
  const set = Object.entries(spec.env ?? {});
  const own = set.find(([name]) => name === "PATH")?.[1];
  const isFiltered = spec.clearEnv || spec.whitelistEnv !== undefined;
  const isTargets = !isFiltered && (spec.join?.env ?? false);
  if (!isTargets) environment(s);
  if (set.length > 0) setVariables(s, set);
  const shown = isTargets ? "the target's PATH" : "PATH";
  return {
    environ: slot("environ"),
    path: own,
    shown: own === undefined ? shown : undefined,
  };
}

/** Copies the list of variables to where there is room, those to be set in place of their namesakes. */
function setVariables(s: Sequence, set: readonly (readonly [string, string])[]): void {
  const [count, counted, next, skip, copied] = ["count", "counted", "next", "skip", "copied"]
    .map((name) => s.unique(name));
  s.compute("from", "set", slot("environ"));
  s.label(count!);
  s.compute("variable", "load", slot("from"), 0);
  s.test("ifEqual", [slot("variable"), 0], counted!);
  s.compute("from", "add", slot("from"), 8);
  s.jump(count!);
  s.label(counted!);
  s.compute("bytes", "sub", slot("from"), slot("environ"));
  s.compute("bytes", "add", slot("bytes"), 8 * (set.length + 1));
  s.call(
    "mmap",
    [0, slot("bytes"), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0],
    `room for more variables: ${set.map(([name]) => name).join(", ")}`,
    { result: "variables", failure: failed("mmap failed") },
  );
  s.compute("from", "set", slot("environ"));
  s.compute("to", "set", slot("variables"));
  s.label(next!);
  s.compute("variable", "load", slot("from"), 0);
  s.compute("from", "add", slot("from"), 8);
  s.test("ifEqual", [slot("variable"), 0], copied!);
  for (const [name] of set) {
    const start = encode(`${name}=`);
    s.test("ifSame", [slot("variable"), start, start.length], skip!);
  }
  s.put(slot("to"), 0, slot("variable"));
  s.compute("to", "add", slot("to"), 8);
  s.label(skip!);
  s.jump(next!);
  s.label(copied!);
  set.forEach(([name, value], i) => s.put(slot("to"), 8 * i, `${name}=${value}`));
  s.compute("environ", "set", slot("variables"));
}
