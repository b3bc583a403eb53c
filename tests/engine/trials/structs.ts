/** Structs of the kernel, as programs of the trials use them. */
import { type Layout, layout } from "../../../engine/struct.ts";

/** @see openat2(2) */
export const OPEN_HOW: Layout<"flags" | "mode" | "resolve"> = layout(24, {
  flags: [0, 8],
  mode: [8, 8],
  resolve: [16, 8],
});

/** @see mount_setattr(2) */
export const MOUNT_ATTR: Layout<"set" | "clear" | "propagation" | "userNamespace"> = layout(32, {
  set: [0, 8],
  clear: [8, 8],
  propagation: [16, 8],
  userNamespace: [24, 8],
});

/** @see sendmsg(2) */
export const MSGHDR: Layout<"vectors" | "vectorCount" | "control" | "controlBytes"> = layout(56, {
  vectors: [16, 8],
  vectorCount: [24, 8],
  control: [32, 8],
  controlBytes: [40, 8],
});

export const IOVEC: Layout<"start" | "bytes"> = layout(16, { start: [0, 8], bytes: [8, 8] });

/** struct cmsghdr with one descriptor behind it. @see cmsg(3), unix(7) */
export const RIGHTS: Layout<"bytes" | "level" | "type" | "descriptor"> = layout(24, {
  bytes: [0, 8],
  level: [8, 4],
  type: [12, 4],
  descriptor: [16, 4],
});

/** @see ppoll(2) */
export const POLLFD: Layout<"fd" | "events" | "found"> = layout(8, {
  fd: [0, 4],
  events: [4, 2],
  found: [6, 2],
});

/** @see timespec(3) */
export const TIMESPEC: Layout<"seconds" | "nanoseconds"> = layout(16, {
  seconds: [0, 8],
  nanoseconds: [8, 8],
});
