/** Which open files of /proc have changed. @see proc_pid_mounts(5), poll(2) */
import { POLLERR, POLLPRI } from "./abi/wait.ts";
import { memory, syscall } from "./syscall.ts";

/** struct pollfd: fd 0, events 4, revents 6. */
const POLLFD_BYTES = 8;
const SIGSET_BYTES = 8;
/** struct timespec. */
const NO_TIME = 16;

/** Those of the descriptors that have something exceptional to tell, without waiting for any. */
export function alerted(fds: readonly number[]): number[] {
  if (fds.length === 0) return [];
  const polled = memory(POLLFD_BYTES * fds.length);
  const view = new DataView(polled.buffer);
  fds.forEach((fd, i) => {
    view.setInt32(POLLFD_BYTES * i, fd, true);
    view.setInt16(POLLFD_BYTES * i + 4, POLLPRI, true);
  });
  if (syscall("ppoll", polled, fds.length, memory(NO_TIME), 0, SIGSET_BYTES) <= 0) return [];
  return fds.filter((_, i) =>
    (view.getInt16(POLLFD_BYTES * i + 6, true) & (POLLPRI | POLLERR)) !== 0
  );
}
