/** The waiter: it starts the program as a child, waits for it, and ends as it ended. */
import { all, any, not, type When } from "../../engine/condition.ts";
import { releaseTree } from "../join/tree.ts";
import type { Nested } from "../ids/nested.ts";
import type { Handover } from "../network/handover.ts";
import { forkHints } from "../program/hints.ts";
import { holdsIf } from "../cases.ts";
import { type Context, failed } from "../context.ts";
import type { EndPipe } from "../init/end.ts";
import { hide, showAlone } from "./hidden.ts";
import { betweenOf } from "./between.ts";
import { closeAllBut } from "./descriptors.ts";
import { restWithLittle } from "./memory.ts";
import { sharesMemory } from "./memory_shared.ts";
import { awaitGate, makeGate, openGate, STATUS_BYTES } from "./process.ts";
import type { Teller } from "../status/steps.ts";
import type { Binder } from "../namespaces/persist.ts";
import { reportChild, reportSelf, superviseUntilDead, type Supervisor } from "./supervision.ts";
import { signalsOf } from "./signals.ts";
import { forwardUntilDead, waitUntilDead } from "./until_dead.ts";
import { endAsChild } from "./end_as_child.ts";
import type { Bond } from "./bond.ts";

/** What a waiter has to do with. */
export interface WaiterWork {
  /** Who listens, if somebody does. */
  readonly supervisor: Supervisor | undefined;
  /** What binds the child's life to the waiter's. */
  readonly bond: Bond;
  /** What the waiter does while the child waits for it. */
  readonly binder: Binder | undefined;
  /** Who tells others how it goes. */
  readonly teller: Teller;
  /** What the waiter makes for its child. */
  readonly handover: Handover;
  /** The program's end, where an init tells it. */
  readonly end: EndPipe;
  readonly nested: Nested;
}

/** A waiter, and the program's process. */
export interface Waiter {
  /** Forks. The steps that follow are the child's. */
  start(): void;
  /** In the program's process, if an init has started that: it has what the waiter has taken. */
  leave(): void;
  /**
   * In the program's process, before it is less than the waiter: nobody in there may look into that. From here
   * on it is as any other.
   */
  hide(): void;
}

export function waiterOf(context: Context, work: WaiterWork): Waiter {
  const { s, spec, request } = context;
  const { binder, end, nested, handover } = work;
  const signals = signalsOf(context);
  const mayShare = all(
    request.isGiven(spec.fork),
    sharesMemory(context, nested, any(binder?.isAsked ?? false, handover.isMade)),
  );
  const shares = holdsIf(s, mayShare, "shares memory", () => true);
  // Nothing on a terminal stops a PID 1.
  const mayStop = not(request.includes(spec.namespaces, "pid"));
  const begin = (): void => {
    if (work.supervisor) reportSelf(context);
    signals.giveBack();
  };
  return {
    start() {
      signals.take();
      startWaiter(context, work, shares);
      s.if(not(end.isAsked), begin);
      s.if(all(shares, mayStop), () => signals.ignoreStop());
    },
    leave: begin,
    // What the child has shown of its memory is the waiter's.
    hide: () =>
      s.if(shares, () => {
        hide(context);
        s.if(mayStop, () => signals.takeStop());
      }),
  };
}

function startWaiter(context: Context, work: WaiterWork, shares: When): void {
  const { s, spec, request, starter } = context;
  const { supervisor, bond, binder, teller, handover, end } = work;
  bond.make();
  end.make(any(request.isGiven(spec.forwardSignals), starter.listens ?? false));
  // No program starts where either fails.
  const isGated = any(binder?.isAsked ?? false, teller.isAsked);
  const gate = isGated === false ? undefined : makeGate(s, "start", isGated);
  const isFirst = request.includes(spec.namespaces, "pid") === true;
  const first = isFirst ? ": PID 1 of the new PID namespace" : "";
  const note = `the program's process${first}`;
  const fails = failed("fork failed", forkHints(context));

  const between = betweenOf(context);
  between.make();
  hide(context);
  const started = { name: "child", note, fails, sharesMemory: shares };
  s.becomeChild(started, "waiter", (child) => {
    between.find(child);
    releaseTree(context);
    // If these fail, the waiting child ends too: the pipe closes.
    binder?.bind();
    end.listen();
    teller.tellChild(child);
    s.if(isGated, () => openGate(s, gate!, "let the program start"));
    handover.give();
    if (supervisor) reportChild(context, supervisor, { child, end });
    s.if(request.isGiven(spec.newRoot), () => {
      goInside(context);
      if (!supervisor) letGo(context, work);
    });
    restWithLittle(context, () => {
      const status = s.memory("status", STATUS_BYTES);
      if (supervisor) superviseUntilDead(context, supervisor, { child, status, end });
      else {
        s.if(request.isGiven(spec.forwardSignals), () => {
          forwardUntilDead(context, { child, status, end });
        }, { otherwise: () => waitUntilDead(context, { child, status, end }) });
      }
      teller.tellEnd(status);
      endAsChild(context, status);
    });
  });

  showAlone(context);
  between.pass();
  end.leave();
  s.if(isGated, () => awaitGate(s, gate!, "wait until the waiter is ready"));
  bond.tie();
}

/**
 * Goes to the root, which becomes the program's with that: as a process ends the kernel takes its memory first,
 * and for some microseconds who was kept out by that may look into it. @see PR_SET_DUMPABLE(2const)
 */
function goInside({ s }: Context): void {
  s.call("chdir", ["/"], "nothing of it leads out, at its end either", { fails: "ignored" });
}

/** Standard input, output and error: bwrap(1)'s waiter keeps them. */
const STANDARD = [0, 1, 2];

/** Closes what was inherited: else the other ends of pipes would wait for the waiter. As bwrap(1). */
function letGo(context: Context, { teller, end }: Pick<WaiterWork, "teller" | "end">): void {
  closeAllBut(context, (keep) => {
    STANDARD.forEach(keep);
    context.s.if(end.isAsked, () => keep(end.reader));
    teller.eachKept(keep);
  });
}
