/**
 * Supervision: a caller that listens, and a waiter that takes its orders.
 *
 * The path of a pipe of the caller is the launcher's first argument. It is opened before anything
 * else, as nothing of it can be reached later: not from other namespaces, not as another user.
 * What goes through it are records of {@linkcode REPORT_BYTES}: a failure's, see report.ts, or one of
 * {@linkcode NOTES} and a PID. Its end says that the program runs, or that there is none: the last who
 * has it is the program's process, where it closes on exec.
 *
 * Orders come as signal {@linkcode ORDER} with a value: a signal for the program, and whether to kill
 * what the program leaves when it has ended. The program's children that lose their parent become
 * the waiter's, so that none gets away; in a new PID namespace the kernel does all of that.
 */
import { AT_FDCWD, O_CLOEXEC, O_RDONLY, O_WRONLY } from "../../ffi/abi/fcntl.ts";
import { PR_SET_CHILD_SUBREAPER } from "../../ffi/abi/prctl.ts";
import { SIGNALS, SIGSET_BYTES } from "../../ffi/abi/signal.ts";
import { __WALL, WNOHANG } from "../../ffi/abi/wait.ts";
import { REPORT_BYTES } from "../failure.ts";
import { address, REPORT, slot, STACK } from "../plan.ts";
import { type Context, failed } from "./context.ts";
import { sigset } from "./structs.ts";

/** What a record tells whose first word is no number of a failure. */
export const NOTES = {
  /** The launcher has opened the pipe. */
  open: 0x1_0000_0000,
  /** The PID of the program's process, as the launcher's PID namespace numbers it. */
  pid: 0x1_0000_0001,
  /** The PID of the program's process, as its own PID namespace numbers it. */
  pidInside: 0x1_0000_0002,
} as const;

/** The signal that brings an order: a real-time signal, of which none is lost. */
export const ORDER = 63;

/** Beside the number of a signal in an order: kill what the program leaves. */
export const WHOLE_TREE = 0x100;

/** siginfo_t: si_value 24. */
const SIGINFO_BYTES = 128;
const SI_VALUE = 24;

const LIST_BYTES = 4096;

/** The highest descriptor. */
const LAST = 2 ** 32 - 1;

/** Whether what the program leaves is the waiter's, and not PID 1's. */
const inherits = ({ spec, caller }: Context): boolean =>
  caller.listens === true && spec.fork === true && !spec.namespaces.includes("pid");

function note({ s }: Context, what: keyof typeof NOTES, pid: string, words: string): void {
  const record = s.buffer("note", REPORT_BYTES);
  s.put(record, 0, NOTES[what]);
  s.put(record, 8, slot(pid));
  s.call("write", [slot(REPORT), record, REPORT_BYTES], words);
}

/** The first steps: from here on failures are reported. */
export function listen(context: Context): void {
  const { s, caller } = context;
  if (!caller.listens) return;
  s.compute("channel", "load", slot(STACK), 16);
  s.call(
    "openat",
    [AT_FDCWD, slot("channel"), O_WRONLY | O_CLOEXEC, 0],
    "the pipe of who started this, to tell how it goes; the program does not get it",
    { result: "opened channel", failure: failed("cannot open the pipe for reports") },
  );
  s.compute(REPORT, "set", slot("opened channel"));
  note(context, "open", "none", "it is open");
  if (!inherits(context)) return;
  s.call(
    "openat",
    [AT_FDCWD, "/proc/thread-self/children", O_RDONLY | O_CLOEXEC, 0],
    "what the program will leave behind is seen here",
    { result: "children" },
  );
  s.call("prctl", [PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0], "what the program leaves behind is mine", {
    failure: failed("prctl failed"),
  });
}

/** In the waiter: tells the program's PID, and lets go of all that is the program's. */
export function reportChild(context: Context): void {
  const { s, caller } = context;
  if (!caller.listens) return;
  note(context, "pid", "child", "the program's PID, seen from here");
  s.call("close", [slot(REPORT)], "the rest is the program's process's to tell");
  s.compute(REPORT, "set", 0);
  // Else the other ends of pipes would wait for the waiter.
  const words = "what was inherited is the program's alone";
  if (!inherits(context)) {
    s.call("close_range", [0, LAST, 0], words);
    return;
  }
  s.compute("below", "sub", slot("children"), 1);
  s.compute("above", "add", slot("children"), 1);
  s.call("close_range", [0, slot("below"), 0], words);
  s.call("close_range", [slot("above"), LAST, 0], words);
}

/** In the program's process: tells its PID. */
export function reportSelf(context: Context): void {
  const { s, caller } = context;
  if (!caller.listens) return;
  s.call("getpid", [], "its own PID, seen from inside", { result: "own pid" });
  note(context, "pidInside", "own pid", "its own PID, seen from inside");
}

/** Takes orders, and reaps what the program left, until the program has ended with slot `status`. */
export function superviseUntilDead(context: Context): void {
  const { s, spec } = context;
  const [next, ended, order, forward, dead] = ["next", "ended", "order", "forward", "dead"]
    .map((name) => s.unique(name));
  const forwarded = spec.forwardSignals ? [SIGNALS.SIGINT, SIGNALS.SIGTERM] : [];
  const info = s.buffer("siginfo", SIGINFO_BYTES);
  const when = "until the program is dead";
  s.compute("whole tree", "set", 0);
  s.label(next!);
  s.call(
    "rt_sigtimedwait",
    [sigset(SIGNALS.SIGCHLD, ORDER, ...forwarded), info, 0, SIGSET_BYTES],
    "wait for the program's end, or for an order",
    { result: "signal", orElse: next!, when },
  );
  s.test("ifEqual", [slot("signal"), SIGNALS.SIGCHLD], ended!);
  s.test("ifEqual", [slot("signal"), ORDER], order!);
  s.jump(forward!);

  s.label(order!);
  s.compute("order", "load", info, SI_VALUE);
  s.compute("signal", "and", slot("order"), 0xff);
  s.compute("order", "and", slot("order"), WHOLE_TREE);
  s.test("ifEqual", [slot("order"), 0], forward!);
  s.compute("whole tree", "set", 1);
  s.label(forward!);
  s.call("kill", [slot("child"), slot("signal")], "pass the signal on to the program", {
    when: "if there is one",
  });
  s.jump(next!);

  s.label(ended!);
  s.compute("status", "set", 0);
  s.call("wait4", [-1, address("status"), WNOHANG, 0], "who has ended?", {
    result: "ended",
    failure: failed("waitpid failed"),
    when,
  });
  s.test("ifEqual", [slot("ended"), 0], next!);
  s.test("ifEqual", [slot("ended"), slot("child")], dead!);
  s.jump(ended!);
  s.label(dead!);
  if (inherits(context)) killTree(context);
}

/**
 * Kills what the program has left: round by round, since what a killed process leaves is the next to
 * come. Those of other users, which may not be killed, are left alone.
 */
function killTree({ s }: Context): void {
  const [round, digit, one, skip, reap, done] = ["round", "digit", "one", "skip", "reap", "done"]
    .map((name) => s.unique(name));
  const list = s.buffer("list of children", LIST_BYTES + 8);
  const when = "if all of it was to be killed";
  s.test("ifEqual", [slot("whole tree"), 0], done!);
  s.label(round!);
  s.compute("killed", "set", 0);
  s.compute("pid", "set", 0);
  s.call("pread64", [slot("children"), list, LIST_BYTES, 0], "what has the program left?", {
    result: "length",
    orElse: done!,
    when,
  });
  s.compute("at", "set", list);
  s.compute("list end", "add", list, slot("length"));
  s.label(digit!);
  s.test("ifEqual", [slot("at"), slot("list end")], reap!);
  s.compute("byte", "load", slot("at"), 0);
  s.compute("byte", "and", slot("byte"), 0xff);
  s.compute("at", "add", slot("at"), 1);
  s.test("ifEqual", [slot("byte"), " ".charCodeAt(0)], one!);
  // pid = 10 * pid + digit
  s.compute("byte", "sub", slot("byte"), "0".charCodeAt(0));
  s.compute("eightfold", "shl", slot("pid"), 3);
  s.compute("pid", "shl", slot("pid"), 1);
  s.compute("pid", "add", slot("pid"), slot("eightfold"));
  s.compute("pid", "add", slot("pid"), slot("byte"));
  s.jump(digit!);
  s.label(one!);
  s.call("kill", [slot("pid"), SIGNALS.SIGKILL], "kill it", { orElse: skip!, when });
  s.compute("killed", "set", 1);
  s.label(skip!);
  s.compute("pid", "set", 0);
  s.jump(digit!);
  s.label(reap!);
  s.test("ifEqual", [slot("killed"), 0], done!);
  s.call("wait4", [-1, 0, __WALL, 0], "it is dead, and its children come here", {
    orElse: done!,
    when,
  });
  s.jump(round!);
  s.label(done!);
}
