/** Mounts and directories of a launch, as a spec has them. */
import type { Bytes } from "../../ffi/bytes.ts";

/** Where binfmt_misc is mounted by default. */
export const BINFMT_MISC = "/proc/sys/fs/binfmt_misc";

/**
 * Propagation of all mounts in a new mount namespace.
 *
 * @see mount_namespaces(7)
 */
export type Propagation = "private" | "shared" | "slave" | "unchanged";

/** What is mounted in a new mount namespace, and where the program is in it. */
export interface MountsSpec<Open = never> {
  /** Where to mount a new proc; implies a mount namespace. */
  readonly mountProc?: Bytes | Open;
  /** Where to mount a new sysfs, which shows the network namespace; implies a mount namespace. */
  readonly mountSys?: Bytes;
  /** Files and directories that are seen in the place of others, by paths of the caller's; implies a mount namespace. */
  readonly binds?: readonly { readonly source: Bytes; readonly destination: Bytes }[];
  /** Where to mount a new binfmt_misc; implies a mount and a user namespace. */
  readonly mountBinfmt?: Bytes | Open;
  /** A line for the binfmt_misc `register` file; implies `mountBinfmt`. */
  readonly loadInterp?: Bytes | Open;
  /** Default: private. */
  readonly propagation?: Propagation | Open;
  /**
   * What is to be `/`: a directory, in the new mount namespace if there is one.
   *
   * @see chroot(2)
   */
  readonly root?: Bytes | Open;
  /** Working directory, in the new root. */
  readonly wd?: Bytes | Open;
}
