/** Whether the numbers in /proc are this process's own: it may be that of another PID namespace. @see pid_namespaces(7) */
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { PROC_SUPER_MAGIC, STATFS } from "../../ffi/abi/stat.ts";
import { foreignProcHint } from "../hints/join.ts";
import { ERROR, FAILURE, slot } from "../plan.ts";
import { textAround } from "../text_around.ts";
import { type Context, failed } from "./context.ts";
import { say } from "./say.ts";

const LINK_BYTES = 32;

/**
 * Sees to it that no process of another number is entered: a PID is one of this process's PID namespace.
 *
 * @param isRead Whether files of the target in /proc are to be opened.
 */
export function checkProc(context: Context, target: number, isRead: boolean): void {
  const { s } = context;
  const [hidden, foreign, own] = [s.unique("hidden"), s.unique("foreign"), s.unique("own proc")];
  const note = "has /proc this process's own numbers?";
  const [link, status] = [s.buffer("own link", LINK_BYTES), s.buffer("statfs", STATFS.bytes)];
  s.call("readlinkat", [AT_FDCWD, "/proc/self", link, LINK_BYTES - 1], note, { orElse: hidden });
  s.call("getpid", [], note, { result: "own pid" });
  const pid = textAround(s, "", "own pid", "");
  s.compute("end", "seek", pid, 0, 0);
  s.compute("length", "sub", slot("end"), pid);
  s.compute("length", "add", slot("length"), 1);
  s.test("ifSame", [link, pid, slot("length")], own);
  s.jump(foreign);
  // It shows nobody who is not in its namespace; or there is none.
  s.label(hidden);
  const when = "if it does not show this process";
  s.call("statfs", ["/proc", status], "is it one at all?", { orElse: own, when });
  s.compute("type", "load", status, STATFS.type);
  s.test("ifNot", [slot("type"), PROC_SUPER_MAGIC], own);
  s.label(foreign);
  if (isRead) {
    const failure = failed(`cannot enter process ${target}`, [foreignProcHint(target)]);
    s.compute(ERROR, "set", 0);
    s.compute(FAILURE, "set", { kind: "failure", failure });
    s.jump("fail");
  } else {
    say(
      context,
      `note: /proc is of another PID namespace: ${target} is a process of the caller's, not what /proc shows`,
      "if it has not",
    );
  }
  s.label(own);
}
