/**
 * The program's end, as its waiter gets to know it from an init: the waiter ends with the program, and the
 * init with the last process. What goes through the pipe is a status of wait4(2).
 */
import {
  F_SETFL,
  F_SETOWN,
  F_SETSIG,
  O_ASYNC,
  O_CLOEXEC,
  O_NONBLOCK,
} from "../../ffi/abi/fcntl.ts";
import { SIGNALS } from "../../ffi/abi/signal.ts";
import type { When } from "../../engine/condition.ts";
import type { Place, Value, Variable } from "../../engine/value.ts";
import { FEW_FILES } from "../causes.ts";
import { type Context, failed } from "../context.ts";
import { STATUS_BYTES } from "../wait/process.ts";

/** What is waited for. */
export interface Awaited {
  readonly child: Variable;
  /** Where the program's status goes. */
  readonly status: Place;
  readonly end: EndPipe;
}

/** The pipe from an init to the waiter. */
export interface EndPipe {
  /** Whether there is an init. */
  readonly isAsked: When;
  readonly reader: Variable;
  readonly writer: Variable;
  /** In the waiter to be. @param signals Whether it waits for signals, of which SIGCHLD then tells of the pipe. */
  make(signals: When): void;
  /** In the waiter, once the child is there. */
  listen(): void;
  /** In the child. */
  leave(): void;
  /** Waits for the end. Leaves the program's status, or the init's if that has ended without a word. */
  wait(child: Variable, status: Place): void;
  /** Looks whether the end has come, and goes on with a block if not. */
  look(child: Variable, status: Place, none: () => void): void;
  /** In the init: the program has ended. */
  tell(status: Place): void;
}

export function endPipeOf({ s, spec, request }: Context, isAsked: When): EndPipe {
  // It is made where there is a waiter.
  const isMade = isAsked === true ? request.isGiven(spec.fork) : isAsked;
  const reader = s.variableIf(isMade, "end reader");
  const writer = s.variableIf(isMade, "end writer");
  const close = (fd: Value, note: string): void => {
    s.if(isAsked, () => s.call("close", [fd], note, { fails: "ignored" }));
  };
  const read = (child: Variable, status: Place, none: () => void): void => {
    const got = s.call("read", [reader, status, STATUS_BYTES], "how did the program end?", {
      result: "got",
      fails: { EINTR: none, EAGAIN: none, otherwise: failed("cannot read how the program ended") },
    });
    s.if(got.isNot(STATUS_BYTES), () => {
      s.call("wait4", [child, status, 0, 0], "how did its parent end?", {
        fails: failed("waitpid failed"),
      });
    }, { when: "if its parent has ended before" });
  };
  return {
    isAsked,
    reader,
    writer,
    make(signals) {
      s.if(isAsked, () => {
        const ends = s.memory("end pipe", 8);
        s.call("pipe2", [ends, O_CLOEXEC], "a pipe that tells how the program ends", {
          fails: failed("pipe failed", [FEW_FILES]),
        });
        reader.set(ends.half());
        writer.set(ends.half(4));
        s.if(signals, () => {
          const self = s.call("getpid", [], "this process", { result: "self", fails: "ignored" });
          const set = (command: number, value: Value): void => {
            s.call("fcntl", [reader, command, value], "SIGCHLD tells that something came", {
              fails: failed("fcntl failed"),
            });
          };
          set(F_SETOWN, self);
          set(F_SETSIG, SIGNALS.SIGCHLD);
          set(F_SETFL, O_ASYNC | O_NONBLOCK);
        });
      });
    },
    listen: () => close(writer, "only the program's parent writes"),
    leave: () => close(reader, "only the waiter reads"),
    wait: (child, status) =>
      s.loop(({ next, leave }) => {
        read(child, status, next);
        leave();
      }),
    look: read,
    tell(status) {
      s.call("write", [writer, status, STATUS_BYTES], "the waiter ends as the program did", {
        // It may be gone.
        fails: "ignored",
      });
    },
  };
}
