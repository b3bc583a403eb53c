/** Why filters are refused. @see seccomp(2) */
import { CAP_SYS_ADMIN } from "../../ffi/abi/capability.ts";
import { EACCES, EINVAL } from "../../ffi/abi/errno.ts";
import type { Hint } from "../../engine/failure.ts";
import { withCapability } from "../causes.ts";

export const filterHints = (): readonly Hint[] => [
  {
    errno: [EINVAL],
    why:
      "it is no program that the kernel takes: each path must end in a return, and jump only forward",
    remedy: "look at what made it: libseccomp's seccomp_export_bpf(3) makes such",
  },
  {
    errno: [EACCES],
    why: "without CAP_SYS_ADMIN filters are only for who gets no new privileges",
    remedy: withCapability(CAP_SYS_ADMIN),
  },
];
