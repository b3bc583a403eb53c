/**
 * Holds namespaces in ways that no shell can: run by tests, `deno run -A hold_script.ts WHAT`. Says
 * "ready" when it holds them, and does so until it is killed.
 */
import { CLONE_NEWNET, CLONE_NEWUTS } from "../../ffi/abi/sched.ts";
import { check, cString, syscall } from "../../ffi/syscall.ts";

const AT_FDCWD = -100;
const AF_UNIX = 1;
const SOCK_DGRAM = 2;

const unshare = (flag: number): number => check(syscall("unshare", flag), "unshare", String(flag));

/** Leaves the UTS namespace with the first thread alone: the others are what keeps them there. */
function first(): void {
  unshare(CLONE_NEWUTS);
}

/** Makes a socket in a new network namespace, and goes back. */
function socket(): void {
  const path = "/proc/thread-self/ns/net";
  const before = check(syscall("openat", AT_FDCWD, cString(path), 0), "openat", path);
  unshare(CLONE_NEWNET);
  console.log(Deno.readLinkSync(path));
  check(syscall("socket", AF_UNIX, SOCK_DGRAM, 0), "socket", "AF_UNIX");
  check(syscall("setns", before, CLONE_NEWNET), "setns", path);
  syscall("close", before);
}

({ first, socket })[Deno.args[0] as "first" | "socket"]();
console.log("ready");
setInterval(() => {}, 1 << 30);
