/** The arguments of the program. @see execve(2) */
import { MAX_ARG_STRLEN } from "../../ffi/abi/limits.ts";
import type { Builder } from "../../engine/builder.ts";
import { type Operand, POINTER_BYTES, type Short, slot, vector } from "../../engine/operand.ts";
import { Expression, type Value, Variable } from "../../engine/value.ts";
import { Text as TextInMemory } from "../../engine/text.ts";
import { type Context, failed } from "../context.ts";
import { isParameter, type Parameter, type Text } from "../parameter.ts";

/** Arguments, and what else can be made of them. */
export interface Arguments {
  /** The address of an array of pointers. */
  readonly argv: Operand;
  /** Those of a shell that runs the program as script: two words in front of all but the first. */
  script(path: Variable): Operand;
}

/** @param shellName What the shell is called, where nobody names a program. */
export function programArguments(context: Context, shellName: Variable | undefined): Arguments {
  const { s, spec, starter, request } = context;
  // In the request there is room in front of them.
  if (isParameter(spec.argv)) return storedArguments(s, request.value(spec.argv) as Variable);
  const words = spec.argv.map((word) => wordOf(context, word));
  const argv = shellName === undefined ? words : [shellName, ...words];
  if (starter.givesArguments) {
    return givenArguments(context, arrayOf(s, argv, "frozen arguments"), argv.length);
  }
  return {
    argv: arrayOf(s, argv, "arguments"),
    script: (path) => arrayOf(s, ["/bin/sh", path, ...words.slice(1)], "script arguments"),
  };
}

/** A word: known, given, or `NAME=` and what is given. */
function wordOf(context: Context, word: Text): Value {
  if (!isParameter(word) || word.prefix === undefined) return context.request.value(word);
  return behindPrefix(context, word.prefix, word, `${word.prefix}... is too long`);
}

/**
 * The C string of a prefix and a parameter.
 *
 * @param tooLong What is said where execve(2) would not take it.
 */
export function behindPrefix(
  { s, request }: Context,
  prefix: string,
  parameter: Parameter,
  tooLong: string,
): Variable {
  const text = new TextInMemory(s, "word", MAX_ARG_STRLEN, failed(tooLong));
  text.append(prefix);
  text.appendString(s.variable("value", request.value(parameter)));
  text.append("\0");
  return s.variable("word", text.start);
}

/** An array of pointers with NULL behind it. What only the run knows is put there now. */
function arrayOf(s: Builder, values: readonly Value[], name: string): Operand {
  const array = vector(values as readonly Short[], name);
  values.forEach((value, i) => {
    if (value instanceof Variable) s.store(array, value, { offset: POINTER_BYTES * i });
  });
  return array;
}

/** Where the words are that the process is started with, behind its name: an array with NULL behind it. */
export function givenWords(s: Builder, name: string): Variable {
  const words = s.variable(name, s.stack.plus(POINTER_BYTES));
  // Before Linux 5.18 a program may lack even a name.
  s.if(s.stack.word().isNot(0), () => words.advance(POINTER_BYTES));
  return words;
}

/**
 * Puts the arguments that were frozen in front of those that the file is given, where the kernel
 * has put these: below them the stack is free. What the kernel put in front of them is gone then,
 * argc too.
 */
function givenArguments(
  { s, request: { operands } }: Context,
  frozen: Operand,
  count: number,
): Arguments {
  const all = operands ? s.variable("arguments", operands) : givenWords(s, "arguments");
  all.set(all.minus(POINTER_BYTES * count));
  s.variable("end", new Expression("copy", [all, frozen, POINTER_BYTES * count]));
  return storedArguments(s, all, { kind: "slot", name: all.name, begins: frozen });
}

/** Arguments in memory that has room for a pointer in front of them. */
export function storedArguments(
  s: Builder,
  array: Variable,
  argv: Operand = slot(array.name),
): Arguments {
  return {
    argv,
    script(path) {
      s.store(array, "/bin/sh", { offset: -POINTER_BYTES });
      s.store(array, path);
      const script = s.variable("script arguments", array.minus(POINTER_BYTES));
      return slot(script.name, '["/bin/sh", <path>, <arguments>...]');
    },
  };
}
