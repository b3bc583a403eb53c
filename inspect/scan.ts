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
import { close } from "../ffi/fast_calls.ts";
import { cString } from "../ffi/syscall.ts";
import { inodeIn } from "./ns_link.ts";
import { type Hidepid, hidepidOf } from "./own_proc.ts";
import type { NamespaceInodes } from "./process.ts";
import {
  ifReadable,
  inodeOfLink,
  isDenied,
  isGone,
  numbersIn,
  openFolder,
  pids,
  readLine,
  tryReadLink,
} from "./proc.ts";
import { BindMounts } from "./scan/bind_mounts.ts";
import { boundDescriptors } from "./scan/bound_descriptors.ts";
import { Descriptors } from "./scan/descriptors.ts";
import type { Found, Held } from "./scan/found.ts";
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
  readonly held: readonly Held[];
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

/** One scan. */
class Scanner {
  readonly #links: readonly NamespaceLink[];
  readonly #readsMounts: boolean;
  readonly #found: Found;
  readonly #descriptors: Descriptors;
  readonly #bindMounts: BindMounts;
  /** Processes that the caller may not look into, and those of them that /proc shows nothing of. */
  #unreadable = 0;
  #hidden = 0;

  constructor(types: readonly NamespaceType[], readsMounts: boolean) {
    this.#readsMounts = readsMounts;
    this.#found = { types: new Set(types), held: [], mountPoints: new Set() };
    this.#descriptors = new Descriptors(this.#found);
    this.#bindMounts = new BindMounts(this.#found);
    const extra = (["pid", "time"] as const).filter((type) => types.includes(type));
    this.#links = [...types, ...extra.map((type) => `${type}_for_children` as const)];
  }

  run(): Scan {
    const own = ownMountNamespace();
    const { types, held, mountPoints } = this.#found;
    const shown = pids();
    const processes = shown.flatMap((pid) => this.#process(pid) ?? []);
    if (this.#readsMounts) this.#bindMounts.lookThrough(own);
    if (mountPoints.size > 0) {
      const bound = boundDescriptors(processes.map(({ pid }) => pid), mountPoints);
      held.push(...bound.filter(({ id }) => types.has(id.type)));
    }
    const unreadable = this.#unreadable + this.#hidden;
    return { processes, held, unreadable, ...hidepidOf(shown, this.#hidden) };
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
    this.#bindMounts.note(`${pid}`, namespaces.mnt);
    if (stat.threads > 1) this.#threads(pid, namespaces);
    this.#descriptors.lookAt(pid);
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

  #children(pid: number, tid: number, namespaces: NamespaceInodes): void {
    for (const type of ["pid", "time"] as const) {
      const ns = namespaces[`${type}_for_children`];
      if (ns === undefined || ns === namespaces[type]) continue;
      const holder = { kind: "for_children", pid, tid, link: `${type}_for_children` } as const;
      this.#found.held.push({ id: { type, ns }, holder });
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
        this.#found.held.push({
          id: { type, ns },
          holder: { kind: "thread", pid, tid, link: type },
        });
        if (type === "mnt") this.#bindMounts.note(`${pid}/task/${tid}`, ns);
      }
      this.#children(pid, tid, {
        ...namespaces,
        ...(ofProcess.pid === undefined ? {} : { pid: ofProcess.pid }),
        ...(ofProcess.time === undefined ? {} : { time: ofProcess.time }),
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
