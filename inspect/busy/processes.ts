/** Which processes hold something: by working directory, root, program, open or mapped files. */
import { close } from "../../ffi/fast_calls.ts";
import { numbers, openDirectory } from "../../ffi/dir.ts";
import { type FilePlace, placeOf } from "../../ffi/file_place.ts";
import { mountNamespaceOf } from "../container/traces.ts";
import {
  ifReadable,
  isDenied,
  linesWith,
  numbersIn,
  pids,
  readLine,
  tryReadLink,
} from "../proc.ts";
import { parseStat } from "../stat.ts";

/** One way in which a process holds it. */
export interface Hold {
  readonly by: "cwd" | "root" | "exe" | "fd" | "mapped" | "socket" | "cgroup";
  /** The path, as /proc shows it to the caller. */
  readonly path: string;
  readonly fd?: number;
  /** A thread with a directory of its own. */
  readonly tid?: number;
}

/** A process, and how it holds it. */
export interface ProcessHolder {
  /** As the caller's /proc numbers it. */
  readonly pid: number;
  readonly holds: readonly Hold[];
}

/** What is looked for. */
export interface Wanted {
  /**
   * Whether a file is in it.
   *
   * @param path As /proc shows it: from the caller's root, where the caller has the mount.
   * @param isHere Tells whether the process is in the caller's mount namespace.
   */
  readonly has: (place: FilePlace, path: string, isHere: () => boolean) => boolean;
  /** The device of files that are mapped, as /proc/PID/maps has it; undefined: whatever it is. */
  readonly dev?: string;
  /** Inodes of sockets with names in it, and the names. */
  readonly sockets: ReadonlyMap<string, string>;
}

/** A file that is mapped, as a line of /proc/PID/maps has it. @see proc_pid_maps(5) */
export interface MappedFile {
  readonly range: string;
  /** As mountinfo has it. */
  readonly dev: string;
  readonly ino: string;
  readonly path: string;
}

/** Parses a line of maps; undefined where it maps no file. */
export function parseMapsLine(line: string): MappedFile | undefined {
  const found = /^([0-9a-f]+-[0-9a-f]+) \S+ \S+ ([0-9a-f]+):([0-9a-f]+) (\d+) +(\/.*)$/.exec(line);
  if (!found) return undefined;
  const [, range, major, minor, ino, path] = found as unknown as string[];
  const dev = `${parseInt(major!, 16)}:${parseInt(minor!, 16)}`;
  // The kernel leaves out zeros in front, map_files does as well.
  return { range: range!, dev, ino: ino!, path: path!.replaceAll("\\012", "\n") };
}

/** Looks at one process. */
class Look {
  readonly #pid: number;
  readonly #wanted: Wanted;
  readonly #isHere: () => boolean;
  readonly holds: Hold[] = [];

  constructor(pid: number, wanted: Wanted, own: number | undefined) {
    this.#pid = pid;
    this.#wanted = wanted;
    this.#isHere = () => own !== undefined && mountNamespaceOf(pid) === own;
  }

  link(file: string, hold: Pick<Hold, "by" | "fd" | "tid">): boolean {
    const path = tryReadLink(`${this.#pid}/${file}`);
    if (typeof path !== "string") return false;
    const place = placeOf(`/proc/${this.#pid}/${file}`);
    if (typeof place === "number" || !this.#wanted.has(place, path, this.#isHere)) return false;
    this.holds.push({ ...hold, path });
    return true;
  }

  threads(): void {
    const own = tryReadLink(`${this.#pid}/cwd`);
    for (const tid of ifReadable(() => numbersIn(`${this.#pid}/task`)) ?? []) {
      const file = `task/${tid}/cwd`;
      if (tid === this.#pid || tryReadLink(`${this.#pid}/${file}`) === own) continue;
      this.link(file, { by: "cwd", tid });
    }
  }

  /** @throws {SyscallError} EACCES: the caller may not look. */
  descriptors(): void {
    const folder = openDirectory(`/proc/${this.#pid}/fd`);
    let all: number[];
    try {
      all = numbers(folder);
    } finally {
      close(folder);
    }
    for (const fd of all) {
      const link = tryReadLink(`${this.#pid}/fd/${fd}`);
      const name = this.#wanted.sockets.get(String(link));
      // Elsewhere the same name is another file.
      if (name !== undefined && this.#isHere()) this.holds.push({ by: "socket", fd, path: name });
      else if (typeof link === "string" && !/^\w+:/.test(link)) {
        this.link(`fd/${fd}`, { by: "fd", fd });
      }
    }
  }

  maps(): void {
    const { dev } = this.#wanted;
    const seen = new Set<string>(this.holds.map(({ path }) => path));
    for (const line of ifReadable(() => linesWith(`${this.#pid}/maps`, " /")) ?? []) {
      const file = parseMapsLine(line);
      if (!file || seen.has(file.path) || dev !== undefined && file.dev !== dev) continue;
      const place = placeOf(`/proc/${this.#pid}/map_files/${file.range}`);
      // To go there takes more rights than to read maps; without the mount nothing is said.
      const known = typeof place === "number"
        ? { dev: file.dev, ino: Number(file.ino), mode: 0, rdev: "0:0" }
        : place;
      if (!this.#wanted.has(known, file.path, this.#isHere)) continue;
      seen.add(file.path);
      this.holds.push({ by: "mapped", path: file.path });
    }
  }
}

/** What was found, and how many processes could not be looked into. */
export interface ProcessHolders {
  readonly processes: readonly ProcessHolder[];
  readonly unreadable: number;
}

/** Looks through all processes but the caller's. @param self The caller's number in /proc. */
export function processHolders(wanted: Wanted, self: number | undefined): ProcessHolders {
  const processes: ProcessHolder[] = [];
  const own = mountNamespaceOf("self");
  let unreadable = 0;
  for (const pid of pids()) {
    if (pid === self) continue;
    const stat = ifReadable(() => parseStat(readLine(`${pid}/stat`)));
    // The kernel's own are in the first root for ever.
    if (!stat || stat.kthread) continue;
    const look = new Look(pid, wanted, own);
    try {
      for (const by of ["cwd", "root", "exe"] as const) look.link(by, { by });
      if (stat.threads > 1) look.threads();
      look.descriptors();
      look.maps();
    } catch (error) {
      if (isDenied(error)) unreadable++;
    }
    if (look.holds.length > 0) processes.push({ pid, holds: look.holds });
  }
  return { processes, unreadable };
}
