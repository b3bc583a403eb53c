/** Pseudoterminals. @see pty(7), ioctl_tty(2) */
import { EINTR } from "./abi/errno.ts";
import { AT_FDCWD, O_CLOEXEC, O_NOCTTY, O_RDWR } from "./abi/fcntl.ts";
import { TIOCGPTPEER, TIOCSPTLCK, TIOCSWINSZ, WINSIZE_BYTES } from "./abi/ioctl.ts";
import { check, cString, memory, syscall, syscallElsewhere } from "./syscall.ts";

/** How large a terminal is, in characters. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** A terminal that this process plays: what is written here is typed there. */
export class Pty {
  readonly #fd: number;
  /** A descriptor of the terminal for a child, until {@linkcode closePeer}. */
  readonly peer: number;

  /** @throws {SyscallError} of openat(2): ENOENT where no devpts is mounted, ENOSPC where a limit is reached. */
  constructor(size: Size) {
    const flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
    const path = "/dev/ptmx";
    this.#fd = check(syscall("openat", AT_FDCWD, cString(path), flags, 0), "openat", path);
    check(syscall("ioctl", this.#fd, TIOCSPTLCK, memory(4)), "ioctl", "pty, TIOCSPTLCK, 0");
    this.peer = check(syscall("ioctl", this.#fd, TIOCGPTPEER, flags), "ioctl", "pty, TIOCGPTPEER");
    this.resize(size);
  }

  /** Without it the end of those who have the terminal would not be noticed. */
  closePeer(): void {
    syscall("close", this.peer);
  }

  /** Tells the size, and whoever is in the foreground that it has changed. */
  resize({ columns, rows }: Size): void {
    const size = memory(WINSIZE_BYTES);
    const view = new DataView(size.buffer);
    view.setUint16(0, rows, true);
    view.setUint16(2, columns, true);
    syscall("ioctl", this.#fd, TIOCSWINSZ, size);
  }

  /** Types. What has no room, since nobody reads it, is lost. */
  type(bytes: Uint8Array): void {
    const copy = memory(bytes.length);
    copy.set(bytes);
    syscall("write", this.#fd, copy, copy.length);
  }

  /** What is printed next; undefined when nobody has the terminal any more. */
  async read(): Promise<Uint8Array | undefined> {
    const room = memory(4096);
    let got: number;
    do got = await syscallElsewhere("read", this.#fd, room, room.length); while (got === -EINTR);
    return got > 0 ? room.slice(0, got) : undefined;
  }

  close(): void {
    syscall("close", this.#fd);
  }
}
