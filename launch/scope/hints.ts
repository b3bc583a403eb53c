/** Why a scope is refused. @see landlock(7) */
import { E2BIG, EINVAL, ENOSYS, EOPNOTSUPP } from "../../ffi/abi/errno.ts";
import type { Hint } from "../../engine/failure.ts";

export const scopeHints = (): readonly Hint[] => [
  {
    errno: [ENOSYS, EOPNOTSUPP],
    why: "this kernel has no Landlock, or it is not switched on",
    remedy: "look whether landlock is there: cat /sys/kernel/security/lsm",
  },
  {
    errno: [E2BIG, EINVAL],
    why: "this kernel's Landlock has no scopes: they came with Linux 6.12",
    remedy: "use a network namespace of its own instead, which has its own abstract sockets",
  },
];
