/** Namespaces that descriptors of processes hold: their files, and sockets, which keep a network. */
import { numbers, openDirectory, stat } from "../../ffi/dir.ts";
import { close } from "../../ffi/fast_calls.ts";
import { pidfdOpen } from "../../ffi/pidfd.ts";
import { cString } from "../../ffi/syscall.ts";
import { openBySocket } from "../holder.ts";
import { parseNsLink, parseSocketLink } from "../ns_link.ts";
import { ifReadable, nameOfPathless } from "../proc.ts";
import type { Found } from "./found.ts";

const NAMES: ReturnType<typeof cString>[] = [];

/** The name of a descriptor as a C string; most processes have the same few. */
function nameOf(fd: number): ReturnType<typeof cString> {
  if (fd >= 1024) return cString(String(fd));
  return NAMES[fd] ??= cString(String(fd));
}

/** The descriptors of all processes. */
export class Descriptors {
  readonly #found: Found;
  /** Namespaces of sockets by the inodes of these; 0 where the caller may not ask. */
  readonly #sockets = new Map<number, number>();

  constructor(found: Found) {
    this.#found = found;
  }

  /** Looks at those of a process, as far as the caller may. */
  lookAt(pid: number): void {
    const folder = ifReadable(() => openDirectory(`/proc/${pid}/fd`));
    if (folder === undefined) return;
    try {
      this.#lookIn(folder, pid);
    } finally {
      close(folder);
    }
  }

  #lookIn(folder: number, pid: number): void {
    const { types, held, mountPoints } = this.#found;
    let pidfd: number | undefined;
    for (const fd of ifReadable(() => numbers(folder)) ?? []) {
      const name = nameOfPathless(folder, nameOf(fd));
      if (name === undefined) continue;
      if (name === "/") mountPoints.add(name);
      const id = parseNsLink(name);
      if (id) {
        if (types.has(id.type)) held.push({ id, holder: { kind: "descriptor", pid, fd } });
        continue;
      }
      const inode = types.has("net") ? parseSocketLink(name) : undefined;
      if (inode === undefined) continue;
      pidfd ??= pidfdOpen(pid);
      if (pidfd >= 0) this.#socket(pidfd, pid, fd, inode);
    }
    if (pidfd !== undefined && pidfd >= 0) close(pidfd);
  }

  #socket(pidfd: number, pid: number, fd: number, inode: number): void {
    let ns = this.#sockets.get(inode);
    if (ns === undefined) {
      const netns = openBySocket(pidfd, fd);
      // As an ordinary user one may not ask; that is no loss but for a socket of another namespace.
      ns = netns < 0 ? 0 : stat("", netns).ino;
      if (netns >= 0) close(netns);
      this.#sockets.set(inode, ns);
    }
    if (ns === 0) return;
    this.#found.held.push({
      id: { type: "net", ns },
      holder: { kind: "socket", pid, fd, inode },
    });
  }
}
