/** Sockets in network namespaces that this process is not in. */
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { PR_GET_DUMPABLE, PR_SET_DUMPABLE } from "../../ffi/abi/prctl.ts";
import { CLONE_FILES, CLONE_NEWNET, CLONE_NEWUSER } from "../../ffi/abi/sched.ts";
import { AF_NETLINK, NETLINK_ROUTE, SOCK_CLOEXEC, SOCK_RAW } from "../../ffi/abi/socket.ts";
import { check, syscall } from "../../ffi/syscall.ts";
import type { Plan } from "../../engine/plan.ts";
import { Builder } from "../../engine/builder.ts";
import { start } from "./clone.ts";
import { reap } from "./reaper.ts";

/** The child's plan. It shares this process's descriptors, so this process has the socket, too. */
function plan(net: number, user: number | undefined, place: number): Plan {
  const s = new Builder("child");
  s.block(({ leave }) => {
    const fails = leave;
    if (user !== undefined) {
      const note = "join what owns it, for the right to join it";
      s.call("setns", [user, CLONE_NEWUSER], note, { fails });
    }
    s.call("setns", [net, CLONE_NEWNET], "join the network namespace", { fails });
    const args = [AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE];
    const socket = s.call("socket", args, "a socket in it", { result: "socket", fails });
    s.call("dup3", [socket, place, O_CLOEXEC], "put it where the parent looks", { fails });
    s.call("close", [socket], "once is enough", { fails: "ignored" });
  });
  s.exit(0, "the parent goes on");
  return s.plan("nido");
}

/**
 * A NETLINK_ROUTE socket in another network namespace, or -errno: EPERM without CAP_SYS_ADMIN in
 * what owns it and in the caller's user namespace.
 *
 * A child makes it, which shares this process's memory and descriptors and lives for some microseconds. It
 * makes only four system calls, with all signals blocked, and is not dumpable meanwhile: so nobody in the
 * namespaces that it joins can read this process's memory through it.
 *
 * @param net A descriptor of the network namespace.
 * @param user A descriptor of the user namespace to join first, if the caller is not root.
 */
export function netSocketIn(net: number, user?: number): number {
  const place = check(
    syscall("openat", AT_FDCWD, new TextEncoder().encode("/\0"), O_RDONLY | O_CLOEXEC, 0),
    "openat",
    "/",
  );
  const dumpable = syscall("prctl", PR_GET_DUMPABLE, 0, 0, 0, 0);
  syscall("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0);
  try {
    const { pidfd, error } = start(plan(net, user, place), CLONE_FILES);
    reap(pidfd);
    syscall("close", pidfd);
    if (error >= 0) return place;
    syscall("close", place);
    return error;
  } finally {
    // Joining a user namespace takes it from all who share the memory. @see prctl(2)
    if (dumpable === 1) syscall("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0);
  }
}

/** A NETLINK_ROUTE socket in this process's own network namespace, or -errno. */
export function ownNetSocket(): number {
  return syscall("socket", AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}
