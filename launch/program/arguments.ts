/** The arguments of the program. @see execve(2) */
import { encode } from "../../ffi/bytes.ts";
import type { Builder } from "../../engine/builder.ts";
import { type Operand, type Short, slot, vector } from "../../engine/operand.ts";
import { Expression, type Variable } from "../../engine/value.ts";
import type { Context } from "../context.ts";

const POINTER_BYTES = 8;

/** Arguments, and what else can be made of them. */
export interface Arguments {
  /** The address of an array of pointers. */
  readonly argv: Operand;
  /** Those of a shell that runs the program as script: two words in front of all but the first. */
  script(path: Variable): Operand;
}

/** @param shellName What the shell is called, where nobody names a program. */
export function programArguments(context: Context, shellName: Variable | undefined): Arguments {
  const { s, spec, starter } = context;
  const words = spec.argv.map(encode);
  // What is put there when the plan runs.
  const later = (variable: Variable, shown?: string): Operand => slot(variable.name, shown);
  const argv = shellName === undefined ? words : [later(shellName), ...words];
  if (starter.givesArguments) return givenArguments(s, argv, shellName);
  const own = vector(argv, "arguments");
  if (shellName) s.store(own, shellName);
  return {
    argv: own,
    script(path) {
      const items = ["/bin/sh", later(path, "<path>"), ...words.slice(1)];
      const script = vector(items, "script arguments");
      s.store(script, path, { offset: POINTER_BYTES });
      return script;
    },
  };
}

/**
 * Puts the arguments that were frozen in front of those that the file is given, where the kernel
 * has put these: below them the stack is free. What the kernel put in front of them is gone then,
 * argc too.
 */
function givenArguments(
  s: Builder,
  argv: readonly Short[],
  shellName: Variable | undefined,
): Arguments {
  const frozen = vector(argv, "frozen arguments");
  const all = s.variable("arguments", s.stack.plus(POINTER_BYTES));
  // Before Linux 5.18 a program may lack even a name.
  s.if(s.stack.word().isNot(0), () => all.advance(POINTER_BYTES));
  all.set(all.minus(POINTER_BYTES * argv.length));
  s.variable("end", new Expression("copy", [all, frozen, POINTER_BYTES * argv.length]));
  if (shellName) s.store(all, shellName);
  return {
    argv: { kind: "slot", name: all.name, begins: frozen },
    script(path) {
      s.store(all, "/bin/sh", { offset: -POINTER_BYTES });
      s.store(all, path);
      const script = s.variable("script arguments", all.minus(POINTER_BYTES));
      return slot(script.name, '["/bin/sh", <path>, <arguments>...]');
    },
  };
}
