/** Where a file is: in which file system, by which mount. */
import { AT_EMPTY_PATH, AT_FDCWD, AT_NO_AUTOMOUNT, AT_STATX_DONT_SYNC } from "./abi/fcntl.ts";
import { STATX_INO, STATX_MNT_ID, STATX_TYPE, STX } from "./abi/statx.ts";
import { cString, memory, syscall } from "./syscall.ts";

/** Where a file is. Devices are `major:minor`, as mountinfo has them. */
export interface FilePlace {
  readonly dev: string;
  readonly ino: number;
  readonly mode: number;
  /** Of a device node: the device. */
  readonly rdev: string;
  /** The mount by which the path leads there, as in mountinfo; undefined before Linux 5.8. */
  readonly mntId?: number;
}

const FLAGS = AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
const buffer = memory(STX.bytes);
const view = new DataView(buffer.buffer);

/**
 * Where a file is, or -errno. Links are followed. No file system is asked that is a daemon's or on another machine:
 * it might never answer.
 */
export function placeOf(path: string, dirfd: number = AT_FDCWD): FilePlace | number {
  const mask = STATX_TYPE | STATX_INO | STATX_MNT_ID;
  const result = syscall("statx", dirfd, cString(path), FLAGS, mask, buffer);
  if (result < 0) return result;
  const device = (at: number): string =>
    `${view.getUint32(at, true)}:${view.getUint32(at + 4, true)}`;
  const hasMount = (view.getUint32(STX.mask, true) & STATX_MNT_ID) !== 0;
  return {
    dev: device(STX.dev_major),
    ino: Number(view.getBigUint64(STX.ino, true)),
    mode: view.getUint16(STX.mode, true),
    rdev: device(STX.rdev_major),
    ...(hasMount ? { mntId: Number(view.getBigUint64(STX.mnt_id, true)) } : {}),
  };
}
