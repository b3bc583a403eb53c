/** Whether the numbers in /proc are this process's own: it may be that of another PID namespace. @see pid_namespaces(7) */
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { PROC_SUPER_MAGIC, STATFS } from "../../ffi/abi/stat.ts";
import type { Builder } from "../../engine/builder.ts";
import { all, not, type When } from "../../engine/condition.ts";
import { words } from "../../engine/failure.ts";
import { textAround } from "../../engine/text.ts";
import type { Variable } from "../../engine/value.ts";
import type { Joining } from "../join/joining.ts";
import { foreignProcHint } from "../join/target_hints.ts";
import { failed } from "../context.ts";
import { say } from "../say.ts";

const LINK_BYTES = 32;

/**
 * Sees to it that no process of another number is entered: a PID is one of this process's PID namespace.
 *
 * @param isRead Whether files of the target in /proc are to be opened.
 * @returns What is to be called before they are opened all the same.
 */
export function checkProc(joining: Joining, isRead: When): () => void {
  const { s, target } = joining;
  if (target.isGiven === false) return () => {};
  const isForeign = s.variable("proc is foreign", 0);
  const message = words`cannot enter process ${target.number}`;
  const failure = failed(message, [foreignProcHint(target)]);
  const refuse = (): void => s.fail(failure);
  s.if(target.isGiven, () => {
    findOthersNumbers(s, isForeign);
    s.if(isForeign.is(1), () => {
      s.if(isRead, refuse, {
        otherwise() {
          say(
            joining,
            words`note: /proc is of another PID namespace: ${target.number} is a process of the caller's, not what /proc shows`,
            "if it has not",
          );
        },
      });
    });
  });
  return () => s.if(all(not(isRead), isForeign.is(1)), refuse);
}

/** Sets a variable to 1 if /proc is that of another PID namespace. */
export function findOthersNumbers(s: Builder, isForeign: Variable): void {
  const note = "has /proc this process's own numbers?";
  const isHidden = s.variable("hidden", 0);
  const link = s.memory("own link", LINK_BYTES);
  s.call("readlinkat", [AT_FDCWD, "/proc/self", link, LINK_BYTES - 1], note, {
    fails: () => isHidden.set(1),
  });
  s.if(isHidden.is(0), () => {
    const pid = textAround(
      s,
      "",
      s.call("getpid", [], note, { result: "own pid", fails: "ignored" }),
      "",
    );
    const length = pid.seek(0).plus(1).minus(pid);
    s.if(not(link.isSame(pid, length)), () => isForeign.set(1));
  }, {
    // It shows nobody who is not in its namespace; or there is none.
    otherwise: () =>
      s.block(({ leave }) => {
        const status = s.memory("statfs", STATFS.bytes);
        s.call("statfs", ["/proc", status], "is it one at all?", { fails: leave });
        s.if(status.word(STATFS.type).is(PROC_SUPER_MAGIC), () => isForeign.set(1));
      }, { when: "if it does not show this process" }),
  });
}
