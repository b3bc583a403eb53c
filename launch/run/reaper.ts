/**
 * Waits for children by their pidfds, with one poll(2) for all of them on another thread: Deno's threads
 * are limited, and its asynchronous file operations need them, too.
 */
import { EINTR } from "../../ffi/abi/errno.ts";
import { O_CLOEXEC, O_NONBLOCK } from "../../ffi/abi/fcntl.ts";
import { SIGNALS, SIGSET_BYTES } from "../../ffi/abi/signal.ts";
import { CLD_EXITED, P_PIDFD, POLLIN, WEXITED } from "../../ffi/abi/wait.ts";
import { check, memory, syscall, syscallElsewhere } from "../../ffi/syscall.ts";

type Waiter = PromiseWithResolvers<Deno.CommandStatus>;

const waiters = new Map<number, Waiter>();

/** An eventfd that interrupts the poll when a child is added; -1 while there are no children. */
let wake = -1;

/** siginfo_t: si_signo 0, si_errno 4, si_code 8, si_pid 16, si_uid 20, si_status 24. */
const SIGINFO_BYTES = 128;
/** struct pollfd { int fd; short events, revents; } */
const POLLFD_BYTES = 8;

/** Real-time signals have no names. */
function nameOf(signal: number): Deno.Signal | null {
  const found = Object.entries(SIGNALS).find(([, number]) => number === signal);
  return found ? found[0] as Deno.Signal : null;
}

/**
 * Waits for a child, and blocks meanwhile.
 *
 * @throws {SyscallError} of waitid(2): ECHILD if this process ignores SIGCHLD, and so the kernel
 * forgets how its children end.
 */
export function reap(pidfd: number): Deno.CommandStatus {
  const info = memory(SIGINFO_BYTES);
  let result: number;
  do result = syscall("waitid", P_PIDFD, pidfd, info, WEXITED, 0); while (result === -EINTR);
  check(result, "waitid", `P_PIDFD, ${pidfd}, WEXITED`);
  const view = new DataView(info.buffer);
  const status = view.getInt32(24, true);
  if (view.getInt32(8, true) === CLD_EXITED) {
    return { success: status === 0, code: status, signal: null };
  }
  return { success: false, code: 128 + status, signal: nameOf(status) };
}

function settle(pidfd: number, { resolve, reject }: Waiter): void {
  waiters.delete(pidfd);
  try {
    resolve(reap(pidfd));
  } catch (error) {
    reject(error);
  }
}

async function pollAll(): Promise<void> {
  // Deno may need a new thread for this, which a caller behind unshare(CLONE_NEWPID) cannot start before
  // its setns(2).
  await null;
  const count = memory(8);
  while (waiters.size > 0) {
    const fds = [wake, ...waiters.keys()];
    const polled = memory(POLLFD_BYTES * fds.length);
    const view = new DataView(polled.buffer);
    fds.forEach((fd, i) => {
      view.setInt32(POLLFD_BYTES * i, fd, true);
      view.setInt16(POLLFD_BYTES * i + 4, POLLIN, true);
    });
    const ready = await syscallElsewhere("ppoll", polled, fds.length, 0, 0, SIGSET_BYTES);
    syscall("read", wake, count, count.length);
    // EINTR: a signal interrupted the poll.
    if (ready < 0) continue;
    fds.forEach((fd, i) => {
      const waiter = waiters.get(fd);
      if (waiter && view.getInt16(POLLFD_BYTES * i + 6, true) !== 0) settle(fd, waiter);
    });
  }
  syscall("close", wake);
  wake = -1;
}

/**
 * Waits for a child without blocking.
 *
 * @param pidfd Must stay open until the child has ended.
 */
export function waitFor(pidfd: number): Promise<Deno.CommandStatus> {
  const waiter = Promise.withResolvers<Deno.CommandStatus>();
  waiters.set(pidfd, waiter);
  if (wake >= 0) {
    const one = memory(8);
    one[0] = 1;
    syscall("write", wake, one, one.length);
  } else {
    wake = check(
      syscall("eventfd2", 0, O_CLOEXEC | O_NONBLOCK),
      "eventfd2",
      "0, EFD_CLOEXEC|EFD_NONBLOCK",
    );
    void pollAll();
  }
  return waiter.promise;
}
