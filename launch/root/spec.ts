/** A root of its own, made of operations that are done one after the other. @see pivot_root(2) */
import type { Bytes } from "../../ffi/bytes.ts";

/** A path, or the bytes of a file; or what a descriptor of the launch is of or gives, which is closed then. */
export type Content = Bytes | {
  /** The descriptor. */
  readonly fd: number;
};

/** Where an operation works. */
export interface Destination {
  /** A path in the new root, with or without a slash in front. */
  readonly destination: Bytes;
}

/**
 * Makes a file, or a directory with all that is mounted below it, visible in the new root too: without
 * set-user-ID bits; read-only with "ro-bind"; with device files that can be opened with "dev-bind" alone.
 */
export interface Bind extends Destination {
  /** Which of them. */
  readonly kind: "bind" | "ro-bind" | "dev-bind";
  /** A path of the launch, outside, or a descriptor of what has one. */
  readonly source: Content;
  /** Do nothing if there is no such source. */
  readonly try?: boolean;
}

/** Makes the mount that is there read-only, but not those below it. */
export interface RemountReadOnly extends Destination {
  /** Tells it apart. */
  readonly kind: "remount-ro";
}

/**
 * Mounts a file system: "proc" is a new one in a new PID namespace, and else what is on /proc outside;
 * "dev" has the usual devices, a terminal if standard output is one, and a devpts, which older kernels
 * mount only where id 0 is mapped; "mqueue" needs a new IPC namespace in a user namespace.
 */
export interface MountFileSystem extends Destination {
  /** Which file system. */
  readonly kind: "proc" | "dev" | "mqueue";
}

/** Mounts an empty file system in memory. */
export interface MountTmpfs extends Destination {
  /** Tells it apart. */
  readonly kind: "tmpfs";
  /** The most bytes that it takes, below 2^63. Default: half of the machine's memory. */
  readonly size?: number | bigint;
  /** The mode of its root. Default: 0o755. */
  readonly perms?: number;
}

/**
 * Mounts directories over each other.
 *
 * @see https://docs.kernel.org/filesystems/overlayfs.html
 */
export interface Overlay extends Destination {
  /** What is written goes to `upper`, into memory with "tmp-overlay", and is refused with "ro-overlay". */
  readonly kind: "overlay" | "tmp-overlay" | "ro-overlay";
  /** Directories outside, the lowest first. One at least, and two for "ro-overlay". */
  readonly sources: readonly Bytes[];
  /** Of "overlay": a directory outside that takes what is written. */
  readonly upper?: Bytes;
  /** Of "overlay": an empty directory on the file system of `upper`. */
  readonly work?: Bytes;
}

/** Makes a directory, if there is none. */
export interface MakeDirectory extends Destination {
  /** Tells it apart. */
  readonly kind: "dir";
  /** Default: 0o755. */
  readonly perms?: number;
}

/** Writes a file. With "bind-data" and "ro-bind-data" it is in memory, and mounted there. */
export interface MakeFile extends Destination {
  /** Which of them. */
  readonly kind: "file" | "bind-data" | "ro-bind-data";
  /** What it has in it. */
  readonly content: Content;
  /** Default: 0o666 of a "file", 0o600 of others. */
  readonly perms?: number;
}

/** Makes a symbolic link. The same that is there already is fine. */
export interface MakeLink extends Destination {
  /** Tells it apart. */
  readonly kind: "symlink";
  /** What it has in it. */
  readonly target: Bytes;
}

/** Changes the mode of what is there. */
export interface ChangeMode extends Destination {
  /** Tells it apart. */
  readonly kind: "chmod";
  /** Its new mode. */
  readonly perms: number;
}

/**
 * An operation on a new root, as bwrap(1) has it.
 *
 * Directories above the destination are made where they are missing: with mode 0o755, without the bits for
 * group and others where the mode of what is made has none for them, and with 0o700 above what is mounted
 * or linked. Symbolic links in the destination stay in
 * the new root, and nothing is mounted on one.
 */
export type RootOperation =
  | Bind
  | RemountReadOnly
  | MountFileSystem
  | MountTmpfs
  | Overlay
  | MakeDirectory
  | MakeFile
  | MakeLink
  | ChangeMode;

/** The root that a program gets. */
export interface NewRootSpec<Open = never> {
  /**
   * What is to be `/`: an empty file system in memory, on which these operations are done in their order.
   * Implies a mount namespace. The program begins in `/`, unless `wd` says otherwise.
   */
  readonly newRoot?: readonly RootOperation[] | Open;
}
