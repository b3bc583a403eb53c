/** Arguments that are given to a launcher: they are the program's, behind those of the spec. */
import { type Operand, type Sequence, type Short, slot, STACK, vector } from "../plan.ts";

/**
 * Puts the arguments that were frozen in front of those that the file is given, where the kernel
 * has put these: below them the stack is free. Leaves the address of the whole in slot
 * `arguments`. What the kernel put in front of them is gone then, argc too.
 */
export function joinArguments(s: Sequence, argv: readonly Short[]): Operand {
  const none = s.unique("no name");
  const frozen = vector(argv, "frozen arguments");
  // Before Linux 5.18 a program may lack even a name.
  s.compute("given", "load", slot(STACK), 0);
  s.compute("arguments", "add", slot(STACK), 8);
  s.test("ifEqual", [slot("given"), 0], none);
  s.compute("arguments", "add", slot("arguments"), 8);
  s.label(none);
  s.compute("arguments", "sub", slot("arguments"), 8 * argv.length);
  s.compute("end", "copy", slot("arguments"), frozen, 8 * argv.length);
  return { kind: "slot", name: "arguments", begins: frozen };
}

/** The arguments of a shell for the program in slot `path`: two words in front of all but the first. */
export function scriptArguments(s: Sequence): Operand {
  s.put(slot("arguments"), -8, "/bin/sh");
  s.put(slot("arguments"), 0, slot("path"));
  s.compute("script arguments", "sub", slot("arguments"), 8);
  return slot("script arguments", '["/bin/sh", <path>, <arguments>...]');
}
