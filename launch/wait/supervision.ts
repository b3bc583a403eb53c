/**
 * Supervision: a caller that listens, and a waiter that takes its orders.
 *
 * The path of a pipe of the caller is the launcher's first argument. It is opened before anything
 * else, as nothing of it can be reached later: not from other namespaces, not as another user. The last
 * who has it is the program's process, where it closes on exec. engine/protocol.ts has what is said.
 *
 * The program's children that lose their parent become the waiter's, so that none gets away; in a new PID
 * namespace the kernel does that.
 */
import { AT_FDCWD, O_CLOEXEC, O_RDONLY, O_WRONLY } from "../../ffi/abi/fcntl.ts";
import { PR_SET_CHILD_SUBREAPER } from "../../ffi/abi/prctl.ts";
import { SIGNALS, SIGSET_BYTES } from "../../ffi/abi/signal.ts";
import { __WALL, WNOHANG } from "../../ffi/abi/wait.ts";
import { SPACE, ZERO } from "../../engine/characters.ts";
import { NOTES, ORDER, RECORD, WHOLE_TREE } from "../../engine/protocol.ts";
import { all } from "../../engine/condition.ts";
import { struct } from "../../engine/struct.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { type Context, failed, type Start } from "../context.ts";
import { knownOf } from "../parameter.ts";
import { closeAllBut } from "./descriptors.ts";
import type { Awaited } from "../init/end.ts";
import { sigset } from "../structs.ts";

/** siginfo_t: si_value 24. */
const SIGINFO_BYTES = 128;
const SI_VALUE = 24;

const LIST_BYTES = 4096;

/** The highest descriptor. */
const LAST = 2 ** 32 - 1;

/** What the waiter has of the caller that listens. */
export interface Supervisor {
  /** The list of the waiter's children; undefined where what the program leaves is PID 1's. */
  readonly children: Variable | undefined;
}

/** Tells something of a process. */
function tell({ s }: Pick<Start, "s">, what: keyof typeof NOTES, pid: Value, note: string): void {
  const record = struct(s, "note", RECORD);
  record.set("what", NOTES[what]);
  record.set("number", pid);
  s.call("write", [s.report, record.at, RECORD.bytes], note, { fails: "ignored" });
}

/** The first steps: from here on failures are reported, if a caller listens. */
export function listen(start: Pick<Start, "s" | "spec" | "starter">): Supervisor | undefined {
  const { s, spec, starter } = start;
  if (!starter.listens) return undefined;
  const path = s.variable("channel", s.stack.word(16));
  const channel = s.call(
    "openat",
    [AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0],
    "the pipe of who started this, to tell how it goes; the program does not get it",
    { result: "opened channel", fails: failed("cannot open the pipe for reports") },
  );
  s.report.set(channel);
  tell(start, "open", 0, "it is open");
  // A Command knows its options.
  if (!spec.fork || knownOf(spec.namespaces).includes("pid")) return { children: undefined };
  const children = s.call(
    "openat",
    [AT_FDCWD, "/proc/thread-self/children", O_RDONLY | O_CLOEXEC, 0],
    "what the program will leave behind is seen here",
    { result: "children", fails: "ignored" },
  );
  s.call("prctl", [PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0], "what the program leaves behind is mine", {
    fails: failed("prctl failed"),
  });
  return { children };
}

/** In the waiter: tells the program's PID, and lets go of all that is the program's. */
export function reportChild(
  context: Context,
  { children }: Supervisor,
  { child, end }: Pick<Awaited, "child" | "end">,
): void {
  const { s, spec } = context;
  const syncFds = knownOf(spec.syncFds);
  tell(context, "pid", child, "the program's PID, seen from here");
  s.call("close", [s.report], "the rest is the program's process's to tell", { fails: "ignored" });
  s.report.set(0);
  // A Command knows its options.
  if (end.isAsked !== false) {
    return closeAllBut(context, (keep) => {
      keep(end.reader);
      if (children) keep(children);
    });
  }
  const close = (from: Value, to: Value): void => {
    // Else the other ends of pipes would wait for the waiter.
    s.call("close_range", [from, to, 0], "what was inherited is the program's alone", {
      fails: "ignored",
    });
  };
  const closeAround = (kept: Variable, from: number, to: number): void => {
    close(from, s.variable("below", kept.minus(1)));
    close(s.variable("above", kept.plus(1)), to);
  };
  for (const [from, to] of gapsIn(syncFds)) {
    if (!children) close(from, to);
    else if (syncFds.length === 0) closeAround(children, from, to);
    else {
      const isThere = all(children.isAtLeast(from), children.isBelow(to + 1));
      s.if(isThere, () => closeAround(children, from, to), { otherwise: () => close(from, to) });
    }
  }
}

/** The ranges of descriptors around these. */
function gapsIn(fds: readonly number[]): (readonly [from: number, to: number])[] {
  const kept = [...fds].sort((a, b) => a - b);
  return [-1, ...kept].map((fd, i) => [fd + 1, (kept[i] ?? LAST + 1) - 1] as const)
    .filter(([from, to]) => from <= to);
}

/** In the program's process: tells its PID. */
export function reportSelf(context: Context): void {
  const note = "its own PID, seen from inside";
  const self = context.s.call("getpid", [], note, { result: "own pid", fails: "ignored" });
  tell(context, "pidInside", self, note);
}

/** Takes orders, and reaps what the program left, until the program has ended. Leaves its status. */
export function superviseUntilDead(
  context: Context,
  { children }: Supervisor,
  { child, status, end }: Awaited,
): void {
  const { s, spec } = context;
  const forwarded = spec.forwardSignals ? [SIGNALS.SIGINT, SIGNALS.SIGTERM] : [];
  const awaited = sigset(SIGNALS.SIGCHLD, ORDER, ...forwarded);
  const info = s.memory("siginfo", SIGINFO_BYTES);
  const killsAll = s.variable("whole tree", 0);

  s.loop((orders) => {
    const args = [awaited, info, 0, SIGSET_BYTES];
    const signal = s.call("rt_sigtimedwait", args, "wait for the program's end, or for an order", {
      result: "signal",
      fails: orders.next,
    });
    s.if(signal.isNot(SIGNALS.SIGCHLD), () => {
      s.if(signal.is(ORDER), () => {
        const order = s.variable("order", info.word(SI_VALUE));
        signal.set(order.and(0xff));
        s.if(order.has(WHOLE_TREE), () => killsAll.set(1));
      });
      s.call("kill", [child, signal], "pass the signal on to the program", { fails: "ignored" });
      orders.next();
    }, { when: "if there is one" });

    s.if(end.isAsked, () => {
      end.look(child, status, orders.next);
      orders.leave();
    }, {
      otherwise() {
        s.loop(() => {
          const ended = s.call("wait4", [-1, status, WNOHANG, 0], "who has ended?", {
            result: "ended",
            fails: failed("waitpid failed"),
          });
          s.if(ended.is(0), orders.next);
          s.if(ended.is(child), orders.leave);
        });
      },
    });
  }, { when: "until the program is dead" });

  if (!children) return;
  s.if(killsAll.isNot(0), () => killAll(context, children), {
    when: "if all of it was to be killed",
  });
}

/**
 * Kills what the program has left: round by round, since what a killed process leaves is the next to
 * come. Those of other users, which may not be killed, are left alone.
 */
function killAll({ s }: Context, children: Variable): void {
  const list = s.memory("list of children", LIST_BYTES);
  s.loop(({ leave }) => {
    const args = [children, list, LIST_BYTES, 0];
    const length = s.call("pread64", args, "what has the program left?", {
      result: "length",
      fails: leave,
    });
    const isKilled = s.variable("killed", 0);
    const pid = s.variable("pid", 0);
    // Each number has a space behind it.
    s.each([list, s.variable("list end", list.plus(length)), 1], (at, { next }) => {
      s.if(at.byte().isNot(SPACE), () => {
        pid.set(pid.times(10).plus(at.byte().minus(ZERO)));
        next();
      });
      s.block((allowed) => {
        s.call("kill", [pid, SIGNALS.SIGKILL], "kill it", { fails: allowed.leave });
        isKilled.set(1);
      });
      pid.set(0);
    });
    s.if(isKilled.is(0), leave);
    s.call("wait4", [-1, 0, __WALL, 0], "it is dead, and its children come here", {
      fails: leave,
    });
  });
}
