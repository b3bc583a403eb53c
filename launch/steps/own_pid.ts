/** This process's number in /proc, which may be that of another PID namespace. @see pid_namespaces(7) */
import { EINVAL } from "../../ffi/abi/errno.ts";
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { fail, readNumber } from "../find/text.ts";
import { NO_PROC } from "../hints/causes.ts";
import type { Sequence } from "../plan.ts";
import { failed } from "./context.ts";

const LINK = "/proc/self";
const LINK_BYTES = 32;

/**
 * Leaves in a slot what /proc/PID of this process is called there. What getpid(2) gives might be
 * another process in there, whose files would then be taken, and written.
 */
export function readOwnPid(s: Sequence, result: string, note: string): void {
  const wrong = s.unique("no number");
  const read = s.unique("own number");
  const failure = failed(`cannot read ${LINK}`, NO_PROC);
  const link = s.buffer("own link", LINK_BYTES);
  s.call("readlinkat", [AT_FDCWD, LINK, link, LINK_BYTES - 1], note, { failure });
  s.compute("own number at", "set", link);
  readNumber(s, "own number at", result, wrong);
  s.jump(read);
  s.label(wrong);
  fail(s, failure.message, EINVAL);
  s.label(read);
}
