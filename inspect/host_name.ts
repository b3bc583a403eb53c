/** The host names of UTS namespaces. @see uts_namespaces(7) */
import { CLONE_NEWUTS } from "../ffi/abi/sched.ts";
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../ffi/abi/fcntl.ts";
import { decode } from "../ffi/bytes.ts";
import { close, openat } from "../ffi/fast_calls.ts";
import { check, cString, memory, syscall } from "../ffi/syscall.ts";

/** struct new_utsname: six fields of 65 bytes, of which the second is the host name. @see uname(2) */
const FIELD = 65;

/** The host name of the caller's thread. @throws {SyscallError} */
function hostName(): string {
  const utsname = memory(6 * FIELD);
  check(syscall("uname", utsname), "uname", "");
  const field = utsname.subarray(FIELD, 2 * FIELD);
  return decode(field.subarray(0, field.indexOf(0)));
}

const open = (path: string): number => openat(AT_FDCWD, cString(path), O_RDONLY | O_CLOEXEC);

/**
 * The host name where a process is: this thread goes there for a moment, as nothing else tells.
 *
 * @returns undefined where the caller may not go: that takes CAP_SYS_ADMIN there and in its own user namespace.
 * @throws {SyscallError} of setns(2), if there is no way back: then nothing here is what it seems.
 */
export function hostNameOf(pid: number): string | undefined {
  const [own, other] = [open("/proc/thread-self/ns/uts"), open(`/proc/${pid}/ns/uts`)];
  try {
    if (own < 0 || other < 0 || syscall("setns", other, CLONE_NEWUTS) < 0) return undefined;
    try {
      return hostName();
    } finally {
      check(syscall("setns", own, CLONE_NEWUTS), "setns", "/proc/thread-self/ns/uts");
    }
  } finally {
    for (const fd of [own, other]) if (fd >= 0) close(fd);
  }
}
