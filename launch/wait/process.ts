/** Processes beside the program's: children that wait for a word, and what becomes of them. */
import { O_CLOEXEC } from "../../ffi/abi/fcntl.ts";
import { __WALL } from "../../ffi/abi/wait.ts";
import type { Builder } from "../../engine/builder.ts";
import { not, type When } from "../../engine/condition.ts";
import type { Expression, Place, Variable } from "../../engine/value.ts";
import type { Failure } from "../../engine/failure.ts";
import { FEW_FILES } from "../causes.ts";
import { forkHints } from "../program/hints.ts";
import { EXIT_FAILURE, EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND, failed } from "../context.ts";

/**
 * Starts a process that runs a block to its end, which sends no signal. So an ignored SIGCHLD does not
 * make the kernel forget how it ended, and a blocked one is not pending when the program starts.
 *
 * @param result The variable that takes its PID.
 * @returns Its PID.
 */
export function startHelper(
  s: Builder,
  name: string,
  note: string,
  body: () => void,
  result: string | Variable = name,
): Variable {
  const fails = failed("fork failed", forkHints());
  return s.startProcess({ name, note, signal: 0, fails, result }, body);
}

/** One way through which a process lets another go on. */
export interface Gate {
  readonly reader: Variable;
  readonly writer: Variable;
}

/** What goes through a gate: no message begins so. */
const WORD = "+";

/**
 * Makes a gate: a pipe. Its ends close on exec, so no program gets them.
 *
 * @param when When it is needed.
 */
export function makeGate(s: Builder, name: string, when: When = true): Gate {
  const ends = s.memory(`${name} pipe`, 8);
  const reader = s.variableIf(when, `${name} reader`);
  const writer = s.variableIf(when, `${name} writer`);
  s.if(when, () => {
    s.call("pipe2", [ends, O_CLOEXEC], "a pipe to tell when to go on", {
      fails: failed("pipe failed", [FEW_FILES]),
    });
    reader.set(ends.half());
    writer.set(ends.half(4));
  });
  return { reader, writer };
}

/**
 * Waits for the word. If the other side has died instead, this process ends without one: whoever
 * failed has said why.
 */
export function awaitGate(s: Builder, { reader, writer }: Gate, note: string): void {
  const word = s.memory("word", 1);
  s.call("close", [writer], "only the other side writes", { fails: "ignored" });
  s.call("read", [reader, word, 1], note, { fails: "ignored" });
  // Where stderr is closed the pipe may be descriptor 2, and get the other side's last words.
  s.if(word.byte().isNot(WORD.charCodeAt(0)), () => {
    s.exit(EXIT_FAILURE, "exit: the other side has failed");
  }, { when: "if it has" });
  s.call("close", [reader], "the pipe is done", { fails: "ignored" });
}

export function openGate(s: Builder, { reader, writer }: Gate, note: string): void {
  s.call("write", [writer, WORD, 1], note, { fails: "ignored" });
  s.call("close", [writer], "the pipe is done", { fails: "ignored" });
  s.call("close", [reader], "the pipe is done", { fails: "ignored" });
}

/** Bytes of a status of wait4(2). */
export const STATUS_BYTES = 4;

/** The status with which a process has exited; 0 too if a signal has killed it. @see wait(2), WEXITSTATUS */
export function exitStatus(status: Place): Expression {
  return status.half().shiftedRight(8).and(0xff);
}

/** The status as a shell gives it: that of an exit, or 128 and the number of the signal. */
export function exitCode(s: Builder, status: Place): Variable {
  const code = s.variable("code", exitStatus(status));
  const signal = s.variable("deadly signal", status.half().and(0x7f));
  s.if(signal.isNot(0), () => code.set(signal.plus(128)));
  return code;
}

/**
 * Waits until a child has exited with status 0; anything else is the end of this process too.
 *
 * @param failure What to say then, unless the child has said it: its status is then this one's.
 */
export function awaitSuccess(
  s: Builder,
  pid: Variable,
  note: string,
  failure?: Failure,
): void {
  const status = s.memory("status", STATUS_BYTES);
  s.call("wait4", [pid, status, __WALL, 0], note, {
    fails: failed("waitpid failed"),
  });
  s.if(status.half().isNot(0), () => {
    const exited = s.variable("status", exitStatus(status));
    // A signal killed it.
    s.if(exited.is(0), () => exited.set(EXIT_FAILURE));
    if (failure) {
      const message = `${failure.message}: it said so itself`;
      s.if(not(exited.isOneOf(EXIT_NOT_FOUND, EXIT_NOT_EXECUTABLE)), () => {
        s.fail({ ...failure, message });
      });
    }
    s.exit(exited, "exit: the child has failed");
  }, { when: "if it has" });
}
