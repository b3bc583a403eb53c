/** Processes beside the program's: children that wait for a word, and what becomes of them. */
import { O_CLOEXEC } from "../../ffi/abi/fcntl.ts";
import { SIGNALS } from "../../ffi/abi/signal.ts";
import { __WALL } from "../../ffi/abi/wait.ts";
import { address, type Failure, type Hint, type Sequence, slot } from "../plan.ts";
import { forkHints } from "../hints/process.ts";
import { EXIT_FAILURE, EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND, failed } from "./context.ts";

/** fork(2). The result is 0 in the child, whose steps begin at `child`. */
export function fork(
  s: Sequence,
  result: string,
  child: string,
  note: string,
  hints: readonly Hint[] = forkHints({}),
): void {
  start(s, SIGNALS.SIGCHLD, { result, child, note, hints });
}

/**
 * Like {@linkcode fork}, but the child's end sends no signal. So an ignored SIGCHLD does not make
 * the kernel forget how it ended, and a blocked one is not pending when the program starts.
 */
export function forkQuietly(s: Sequence, result: string, child: string, note: string): void {
  start(s, 0, { result, child, note, hints: forkHints({}) });
}

function start(
  s: Sequence,
  signal: number,
  { result, child, note, hints }: {
    result: string;
    child: string;
    note: string;
    hints: readonly Hint[];
  },
): void {
  s.call("clone", [signal, 0, 0, 0, 0], note, {
    result,
    failure: failed("fork failed", hints),
  });
  s.test("ifEqual", [slot(result), 0], child);
}

/** One way through which a process lets another go on. */
export interface Gate {
  readonly reader: string;
  readonly writer: string;
}

/** What goes through a gate: no message begins so. */
const WORD = "+";

/** Makes a gate: a pipe. Its ends close on exec, so no program gets them. */
export function makeGate(s: Sequence, name: string): Gate {
  const pair = `${name} pipe`;
  const gate = { reader: `${name} reader`, writer: `${name} writer` };
  s.call("pipe2", [address(pair), O_CLOEXEC], "a pipe to tell when to go on", {
    failure: failed("pipe failed"),
  });
  s.compute(gate.reader, "and", slot(pair), 0xffffffff);
  s.compute(gate.writer, "shr", slot(pair), 32);
  return gate;
}

/**
 * Waits for the word. If the other side has died instead, this process ends without one: whoever
 * failed has said why.
 */
export function awaitGate(s: Sequence, gate: Gate, note: string): void {
  const go = s.unique("go");
  s.call("close", [slot(gate.writer)], "only the other side writes");
  s.compute("word", "set", 0);
  s.call("read", [slot(gate.reader), address("word"), 1], note);
  // Where stderr is closed the pipe may be descriptor 2, and get the other side's last words.
  s.test("ifEqual", [slot("word"), WORD.charCodeAt(0)], go);
  s.call("exit_group", [EXIT_FAILURE], "exit: the other side has failed", { when: "if it has" });
  s.label(go);
  s.call("close", [slot(gate.reader)], "the pipe is done");
}

export function openGate(s: Sequence, gate: Gate, note: string): void {
  s.call("write", [slot(gate.writer), WORD, 1], note);
  s.call("close", [slot(gate.writer)], "the pipe is done");
  s.call("close", [slot(gate.reader)], "the pipe is done");
}

/**
 * Waits until a child has exited with status 0; anything else is the end of this process too.
 * @param failure What to say then, unless the child has said it: its status is then this one's.
 */
export function awaitSuccess(s: Sequence, pid: string, note: string, failure?: Failure): void {
  const [done, exited, said] = [s.unique("done"), s.unique("exited"), s.unique("said")];
  s.compute("status", "set", 0);
  s.call("wait4", [slot(pid), address("status"), __WALL, 0], note, {
    failure: failed("waitpid failed"),
  });
  s.test("ifEqual", [slot("status"), 0], done);
  s.compute("status", "shr", slot("status"), 8);
  s.compute("status", "and", slot("status"), 0xff);
  s.test("ifNot", [slot("status"), 0], exited);
  // A signal killed it.
  s.compute("status", "set", EXIT_FAILURE);
  s.label(exited);
  if (failure) {
    s.test("ifEqual", [slot("status"), EXIT_NOT_FOUND], said);
    s.test("ifEqual", [slot("status"), EXIT_NOT_EXECUTABLE], said);
    sayFailure(s, { ...failure, message: `${failure.message}: it said so itself` });
  }
  s.label(said);
  s.call("exit_group", [slot("status")], "exit: the child has failed", { when: "if it has" });
  s.label(done);
}

/** Says a failure that is no system call's. */
function sayFailure(s: Sequence, failure: Failure): void {
  s.compute("failure", "set", { kind: "failure", failure });
  s.compute("error", "set", 0);
  s.jump("fail");
}
