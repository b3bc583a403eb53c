/**
 * Looks through /proc once for namespaces and whatever keeps them alive: processes, their threads,
 * descriptors, sockets, and the bind mounts of every mount namespace that a process is in.
 */
import { EACCES } from "../ffi/abi/errno.ts";
import {
  NAMESPACE_LINKS,
  NAMESPACE_TYPES,
  type NamespaceLink,
  type NamespaceType,
} from "../ffi/abi/namespaces.ts";
import { numbers, openDirectory, stat } from "../ffi/dir.ts";
import { pidfdOpen } from "../ffi/pidfd.ts";
import { close } from "../ffi/fast_calls.ts";
import { cString } from "../ffi/syscall.ts";
import { boundDescriptors } from "./bound_descriptors.ts";
import { type Holder, openBySocket } from "./holder.ts";
import { parseMountLine } from "./mountinfo.ts";
import { inodeIn, type NamespaceId, parseNsLink, parseSocketLink } from "./ns_link.ts";
import { type Hidepid, hidepidOf } from "./own_proc.ts";
import type { NamespaceInodes } from "./process.ts";
import {
  ifReadable,
  inodeOfLink,
  isDenied,
  isGone,
  linesWith,
  nameOfPathless,
  numbersIn,
  openFolder,
  pids,
  readLine,
  tryReadLink,
} from "./proc.ts";
import { parseStat, type ProcessStat } from "./stat.ts";

/** A process as a scan found it. */
export interface ScannedProcess {
  /** As the caller's /proc numbers it. */
  readonly pid: number;
  /** 0 where the parent is in a PID namespace that this /proc does not show. */
  readonly ppid: number;
  /** The name of the program, at most 15 bytes; any character may be in it. */
  readonly comm: string;
  /** How many. */
  readonly threads: number;
  /** Empty where the caller may not look; a zombie has only `user` and `pid`. */
  readonly namespaces: NamespaceInodes;
}

/** What a scan found. */
export interface Scan {
  /** Ascending by PID. */
  readonly processes: readonly ScannedProcess[];
  /** What else holds a namespace, in the order in which it was found. */
  readonly held: readonly { readonly id: NamespaceId; readonly holder: Holder }[];
  /** How many processes the caller may not look into; those that `hidepid` keeps out of `processes` count. */
  readonly unreadable: number;
  /** The option of /proc that keeps processes from the caller. */
  readonly hidepid?: Hidepid;
}

/** Threads share user, PID and time namespace with their process: a threaded process may not leave them. */
const OF_THREADS: ReadonlySet<NamespaceLink> = new Set(
  ["cgroup", "ipc", "mnt", "net", "uts", "pid_for_children", "time_for_children"] as const,
);

/** The names of links as C strings. */
const FILE_NAMES = Object.fromEntries(
  NAMESPACE_LINKS.map((name) => [name, cString(name)]),
) as Readonly<Record<NamespaceLink, ReturnType<typeof cString>>>;

const DESCRIPTOR_NAMES: ReturnType<typeof cString>[] = [];

/** The name of a descriptor as a C string; most processes have the same few. */
function descriptorName(fd: number): ReturnType<typeof cString> {
  if (fd >= 1024) return cString(String(fd));
  return DESCRIPTOR_NAMES[fd] ??= cString(String(fd));
}

/** One scan. */
class Scanner {
  readonly #types: ReadonlySet<NamespaceType>;
  readonly #links: readonly NamespaceLink[];
  readonly #readsMounts: boolean;
  readonly #held: { id: NamespaceId; holder: Holder }[] = [];
  readonly #sockets = new Map<number, number>();
  readonly #mountNamespaces = new Map<number, string>();
  readonly #mountPoints = new Set<string>();
  /** Processes that the caller may not look into, and those of them that /proc shows nothing of. */
  #unreadable = 0;
  #hidden = 0;

  constructor(types: readonly NamespaceType[], readsMounts: boolean) {
    this.#types = new Set(types);
    this.#readsMounts = readsMounts;
    const extra = (["pid", "time"] as const).filter((type) => this.#types.has(type));
    this.#links = [...types, ...extra.map((type) => `${type}_for_children` as const)];
  }

  run(): Scan {
    const own = ownMountNamespace();
    const shown = pids();
    const processes = shown.flatMap((pid) => this.#process(pid) ?? []);
    if (this.#readsMounts) {
      this.#mounts("self", own, true);
      for (const [mnt, task] of this.#mountNamespaces) {
        if (mnt !== own) this.#mounts(task, mnt, false);
      }
    }
    if (this.#mountPoints.size > 0) {
      const bound = boundDescriptors(processes.map(({ pid }) => pid), this.#mountPoints);
      this.#held.push(...bound.filter(({ id }) => this.#types.has(id.type)));
    }
    const unreadable = this.#unreadable + this.#hidden;
    return { processes, held: this.#held, unreadable, ...hidepidOf(shown, this.#hidden) };
  }

  #process(pid: number): ScannedProcess | undefined {
    const stat = this.#stat(pid);
    if (!stat) return undefined;
    const namespaces: NamespaceInodes = {};
    const process: ScannedProcess = {
      pid,
      ppid: stat.ppid,
      comm: stat.comm,
      threads: stat.threads,
      namespaces,
    };
    if (!this.#readLinks(`${pid}/ns`, this.#links, namespaces)) {
      this.#unreadable++;
      return process;
    }
    this.#children(pid, pid, namespaces);
    this.#noteMountNamespace(`${pid}`, namespaces.mnt);
    if (stat.threads > 1) this.#threads(pid, namespaces);
    this.#descriptors(pid);
    return process;
  }

  #stat(pid: number): ProcessStat | undefined {
    try {
      return parseStat(readLine(`${pid}/stat`));
    } catch (error) {
      if (isDenied(error)) this.#hidden++;
      else if (!isGone(error)) throw error;
      return undefined;
    }
  }

  /** False where the caller may not look. */
  #readLinks(folder: string, links: readonly NamespaceLink[], into: NamespaceInodes): boolean {
    let fd: number;
    try {
      fd = openFolder(folder);
    } catch (error) {
      // Gone is not unreadable.
      return !isDenied(error);
    }
    try {
      for (const link of links) {
        const inode = inodeOfLink(fd, FILE_NAMES[link]);
        if (inode > 0) into[link] = inode;
        else if (inode === -EACCES) return false;
      }
      return true;
    } finally {
      close(fd);
    }
  }

  #noteMountNamespace(task: string, mnt: number | undefined): void {
    // Where mount namespaces are not asked for, their bind mounts are still to be found.
    if (mnt === undefined && !this.#types.has("mnt")) {
      const link = tryReadLink(`${task}/ns/mnt`);
      if (typeof link === "string") mnt = inodeIn(link);
    }
    if (mnt !== undefined && !this.#mountNamespaces.has(mnt)) this.#mountNamespaces.set(mnt, task);
  }

  #children(pid: number, tid: number, namespaces: NamespaceInodes): void {
    for (const type of ["pid", "time"] as const) {
      const ns = namespaces[`${type}_for_children`];
      if (ns === undefined || ns === namespaces[type]) continue;
      const holder = { kind: "for_children", pid, tid, link: `${type}_for_children` } as const;
      this.#held.push({ id: { type, ns }, holder });
    }
  }

  #threads(pid: number, ofProcess: NamespaceInodes): void {
    const links = this.#links.filter((link) => OF_THREADS.has(link));
    for (const tid of ifReadable(() => numbersIn(`${pid}/task`)) ?? []) {
      if (tid === pid) continue;
      const namespaces: NamespaceInodes = {};
      this.#readLinks(`${pid}/task/${tid}/ns`, links, namespaces);
      for (const type of NAMESPACE_TYPES) {
        const ns = namespaces[type];
        if (ns === undefined || ns === ofProcess[type]) continue;
        this.#held.push({ id: { type, ns }, holder: { kind: "thread", pid, tid, link: type } });
        if (type === "mnt") this.#noteMountNamespace(`${pid}/task/${tid}`, ns);
      }
      this.#children(pid, tid, {
        ...namespaces,
        ...(ofProcess.pid === undefined ? {} : { pid: ofProcess.pid }),
        ...(ofProcess.time === undefined ? {} : { time: ofProcess.time }),
      });
    }
  }

  #descriptors(pid: number): void {
    const folder = ifReadable(() => openDirectory(`/proc/${pid}/fd`));
    if (folder === undefined) return;
    try {
      this.#descriptorsIn(folder, pid);
    } finally {
      close(folder);
    }
  }

  #descriptorsIn(folder: number, pid: number): void {
    let pidfd: number | undefined;
    for (const fd of ifReadable(() => numbers(folder)) ?? []) {
      const name = nameOfPathless(folder, descriptorName(fd));
      if (name === undefined) continue;
      if (name === "/") this.#mountPoints.add(name);
      const id = parseNsLink(name);
      if (id) {
        if (this.#types.has(id.type)) {
          this.#held.push({ id, holder: { kind: "descriptor", pid, fd } });
        }
        continue;
      }
      const inode = this.#types.has("net") ? parseSocketLink(name) : undefined;
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
    this.#held.push({ id: { type: "net", ns }, holder: { kind: "socket", pid, fd, inode } });
  }

  #mounts(task: string, mnt: number, here: boolean): void {
    // Hundreds of namespaces may have thousands of mounts: this file tells types in half the time.
    const some = ifReadable(() => linesWith(`${task}/mountstats`, " with fstype nsfs"));
    if (some?.length === 0) return;
    for (const line of ifReadable(() => linesWith(`${task}/mountinfo`, " - nsfs ")) ?? []) {
      const mount = parseMountLine(line);
      const id = mount?.fsType === "nsfs" ? parseNsLink(mount.root) : undefined;
      if (!mount || !id || !this.#types.has(id.type)) continue;
      const pid = here ? 0 : Number(task.split("/")[0]);
      this.#mountPoints.add(mount.mountPoint);
      this.#held.push({
        id,
        holder: { kind: "mount", path: mount.mountPoint, pid, mnt, here },
      });
    }
  }
}

function ownMountNamespace(): number {
  return inodeIn(String(tryReadLink("self/ns/mnt")));
}

/**
 * Looks through /proc.
 *
 * @param types What namespaces to look for; fewer are found faster.
 * @param mounts Whether to look for bind mounts.
 */
export function scan(types: readonly NamespaceType[] = NAMESPACE_TYPES, mounts = true): Scan {
  return new Scanner(types, mounts).run();
}
