/** The environment that the target's program began with. @see proc_pid_environ(5) */
import { E2BIG } from "../../ffi/abi/errno.ts";
import { EQUALS, NUL } from "../../engine/characters.ts";
import { all, any, not, type When } from "../../engine/condition.ts";
import type { Variable } from "../../engine/value.ts";
import { words } from "../../engine/failure.ts";
import { type Context, failed } from "../context.ts";
import type { Joining } from "./joining.ts";
import { findInEnviron, inheritedEnviron } from "../program/environment.ts";
import { readTargetFile } from "./target_files.ts";

/** The kernel's limit of arguments and environment together, pointers to them included. @see execve(2) */
const ENVIRON_BYTES = 6 << 20;

/** What is never another user's: it names programs. */
const OWN = ["PATH", "SHELL"];

/** Beginnings of what is left out: libraries that are loaded, and what a shell runs before or beside commands. */
const LEFT_OUT = ["LD_", "ENV=", "BASH", "SHELLOPTS=", "PROMPT_COMMAND="]
  .concat(["PS0=", "PS1=", "PS2=", "PS4="]);

/**
 * Reads the target's variables.
 *
 * @param isForeign Whether they are another user's: some are then left out, or the caller's own.
 * @returns The address of pointers to them, as execve(2) takes it.
 */
export function readEnviron(joining: Joining, isForeign: When): Variable {
  const { s, target } = joining;
  const tooLarge = failed(words`environment of process ${target.number}`, [{
    why: "it is larger than any that a program can be started with",
  }]);
  // Zeros end what is in both; behind the pointers is room for the caller's own.
  const bytes = s.memory("environ bytes", ENVIRON_BYTES + 1);
  const pointers = s.memory("environ pointers", ENVIRON_BYTES + 8 * (OWN.length + 1));
  const room = { into: bytes, room: ENVIRON_BYTES };
  const length = readTargetFile(joining, "environ", room);
  s.if(length.is(ENVIRON_BYTES), () => s.fail(tooLarge, E2BIG));

  const pointer = s.variable("pointer", pointers);
  const end = s.variable("end", bytes.plus(length));
  const entry = s.variable("entry", bytes);
  s.while(entry.isBelow(end), () => {
    // Programs write other things there too: what has no = is no variable.
    const isVariable = entry.seek(EQUALS, NUL).byte().is(EQUALS);
    s.if(all(isVariable, not(all(isForeign, isGuarded(entry)))), () => {
      s.if(pointer.is(pointers.at(ENVIRON_BYTES)), () => s.fail(tooLarge, E2BIG));
      s.store(pointer, entry);
      pointer.advance(8);
    });
    entry.set(entry.seek(NUL).plus(1));
  });
  s.if(isForeign, () => appendOwn(joining, pointer));
  return s.variable("environ", pointers);
}

/** Whether a variable is one that another user must not choose. */
const isGuarded = (variable: Variable): When =>
  any(...[...LEFT_OUT, ...OWN.map((name) => `${name}=`)].map((start) => variable.begins(start)));

/** Appends the caller's own, where the target's are not for the program. */
function appendOwn({ s }: Context, pointer: Variable): void {
  const environ = inheritedEnviron(s);
  for (const name of OWN) {
    const own = findInEnviron(s, environ, name);
    s.if(own.isNot(0), () => {
      s.store(pointer, own);
      pointer.advance(8);
    });
  }
}
