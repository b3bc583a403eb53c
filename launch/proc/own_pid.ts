/** This process's number in /proc, which may be that of another PID namespace. @see pid_namespaces(7) */
import { EINVAL } from "../../ffi/abi/errno.ts";
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import type { Builder } from "../../engine/builder.ts";
import { readNumber } from "../../engine/file.ts";
import type { Variable } from "../../engine/value.ts";
import { NO_PROC } from "../causes.ts";
import { failed } from "../context.ts";

const LINK = "/proc/self";
const LINK_BYTES = 32;

/**
 * What /proc/PID of this process is called there. What getpid(2) gives might be another process in
 * there, whose files would then be taken, and written.
 *
 * @param pid Takes it.
 */
export function readOwnPid(s: Builder, pid: Variable, note: string): void {
  const fails = failed(`cannot read ${LINK}`, NO_PROC);
  const link = s.memory("own link", LINK_BYTES);
  s.call("readlinkat", [AT_FDCWD, LINK, link, LINK_BYTES - 1], note, { fails });
  const digits = s.variable("digits", link);
  pid.set(readNumber(s, digits, () => s.fail(fails, EINVAL)));
}
