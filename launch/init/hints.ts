/** Why a file cannot be locked. @see fcntl_locking(2) */
import { EACCES, EAGAIN } from "../../ffi/abi/errno.ts";
import type { Hint } from "../../engine/failure.ts";

export const lockHints = (): readonly Hint[] => [{
  errno: [EACCES, EAGAIN],
  why: "another process has a write lock on it",
  remedy: "look who it is, outside: lslocks",
  mayPass: true,
}];
