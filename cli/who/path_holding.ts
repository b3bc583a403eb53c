/** What holds a path, in words, and the command that makes it let go, the most gentle first. */
import { shellWord } from "../../ffi/shell_word.ts";
import type { Busy } from "../../inspect/busy/find.ts";
import type { Hold, ProcessHolder } from "../../inspect/busy/processes.ts";
import { count } from "../words.ts";
import { endingOf, type Witness } from "./ending.ts";

/** A holder of a path in words. */
export interface PathHolding {
  readonly kind: "nested" | "swap" | "loop" | "built on" | "process" | "cgroup" | "mount";
  readonly what: string;
  /** The command that frees the path from it; null if none does. */
  readonly free: string | null;
  readonly note?: string;
  /** What it is, for programs; `lines` are what --all adds. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
}

/** What has to be known of who asks, and of processes. */
export interface PathWitness extends Witness {
  /** Whether PIDs are those of kill(2). */
  readonly isOwnProc: boolean;
  /** Whether the caller was started by this process, or by one that this process has started. */
  isAbove(pid: number): boolean;
  /** The container of a process, in few words. */
  containerOf(pid: number): string | undefined;
  /** Whether the processes of a mount namespace see the caller's root, and nobody less powerful rules them. */
  isLikeOwn(mount: Busy["others"][number]): boolean;
}

const LINKS = {
  cwd: "working directory",
  root: "root directory",
  exe: "program",
  cgroup: "member",
} as const;

function wayWords({ by, fd, tid }: Hold): string {
  if (by === "fd") return `fd ${fd}`;
  if (by === "socket") return `socket, fd ${fd}`;
  if (by === "mapped") return "mapped file";
  return tid === undefined ? LINKS[by] : `${LINKS[by]} of thread ${tid}`;
}

/** More descriptors than these are counted. */
const FEW = 3;

/** The ways, in few words: `working directory, fd 3, fd 4, 2 mapped files`. */
function waysWords(holds: readonly Hold[]): string {
  const mapped = holds.filter(({ by }) => by === "mapped").length;
  const ways = holds.filter(({ by }) => by !== "mapped").map(wayWords);
  const more = ways.length - FEW;
  return [
    ...ways.slice(0, more > 1 ? FEW : ways.length),
    ...(more > 1 ? [`${more} more`] : []),
    ...(mapped > 0 ? [count(mapped, "mapped file")] : []),
  ].join(", ");
}

/** What else makes a process let go. */
function gentler(holds: readonly Hold[]): string | undefined {
  if (holds.every(({ by }) => by === "cgroup")) return "or move it to another cgroup";
  if (holds.every(({ by }) => by === "cwd")) return "or let it change directory";
  if (holds.every(({ by }) => by === "fd" || by === "socket")) {
    return `or let it close ${holds.length === 1 ? "it" : "them"}`;
  }
  return undefined;
}

function ofProcess({ pid, holds }: ProcessHolder, witness: PathWitness): PathHolding {
  const container = witness.containerOf(pid);
  const name = witness.status(pid)?.name ?? "(ended)";
  const where = container === undefined ? "" : ` of ${container}`;
  const part = {
    kind: "process",
    what: `process ${pid} ${name}${where}: ${waysWords(holds)}`,
    facts: { pid, container: container ?? null, holds },
    lines: holds.map((hold) => `${wayWords(hold)} ${hold.path}`),
  } as const;
  if (!witness.isOwnProc) return { ...part, free: null };
  if (witness.isAbove(pid) && holds.every(({ by }) => by === "cwd")) {
    return { ...part, free: "cd /", note: "it runs this nido" };
  }
  const { command: free, note } = endingOf(pid, witness);
  const notes = [note, free === null ? undefined : gentler(holds)].filter((one) =>
    one !== undefined
  );
  return { ...part, free, ...(notes.length > 0 ? { note: notes.join("; ") } : {}) };
}

/**
 * A mount in another mount namespace. umount(8) with --namespace runs no program of that namespace; a path there is
 * whoever's rules it, who could make it lead to another mount: so it is told only where that is no container and no
 * other user's.
 */
function ofOther(
  one: Busy["others"][number],
  { kind }: Busy["subject"],
  ascii: boolean,
  witness: PathWitness,
): PathHolding {
  const { mount, ns, pid, here, isPeer } = one;
  const container = here ? undefined : witness.containerOf(pid);
  const path = shellWord(mount.mountPoint, ascii);
  const part = {
    kind: "mount",
    what: here
      ? `mounted on ${mount.mountPoint}`
      : `mounted on ${mount.mountPoint} in mnt:[${ns}]${container ? `, ${container}` : ""}`,
    facts: { path: mount.mountPoint, ns, pid, here, peer: isPeer, container: container ?? null },
    lines: [],
  } as const;
  const keeps = kind === "mount" ? ["it keeps the file system"] : [];
  if (isPeer) return { ...part, free: null, note: "it goes with the mount here" };
  if (here) return { ...part, ...asRoot(`umount ${path}`, keeps, witness) };
  // Nobody can unmount the root of a mount namespace.
  if (mount.mountPoint !== "/" && witness.isOwnProc && witness.isLikeOwn(one)) {
    return { ...part, ...asRoot(`umount -i -N ${pid} ${path}`, keeps, witness) };
  }
  const free = `nido who 'mnt:[${ns}]'`;
  return { ...part, free, note: ["it goes with that namespace", ...keeps].join("; ") };
}

function asRoot(
  free: string,
  notes: readonly string[],
  { isRoot }: Witness,
): Pick<PathHolding, "free" | "note"> {
  const all = [...(isRoot ? [] : ["as root"]), ...notes];
  return { free, ...(all.length > 0 ? { note: all.join("; ") } : {}) };
}

/** Whether a process is let go by more than its end: those come first. */
const isGentle = ({ free, note }: PathHolding): number =>
  free === "cd /" ? 0 : /or (let|move) it/.test(note ?? "") ? 1 : 2;

/** Whether it is the root directory here, or the device of that: it stays, and umount(8) would make it read-only. */
export function isRootHere({ subject: { kind, path }, others }: Busy): boolean {
  if (kind === "mount") return path === "/";
  return kind === "block device" &&
    others.some(({ here, mount }) => here && mount.mountPoint === "/");
}

function withoutCommand({ note: _note, ...holding }: PathHolding): PathHolding {
  return { ...holding, free: null };
}

/** All holders, in the order in which they are to be freed: the most gentle first. */
export function pathHoldings(busy: Busy, ascii: boolean, witness: PathWitness): PathHolding[] {
  const { subject, nested, others, swaps, loops, builtOn, cgroups, processes } = busy;
  const word = (path: string): string => shellWord(path, ascii);
  const held = processes.map((one) => ofProcess(one, witness))
    .sort((a, b) => isGentle(a) - isGentle(b));
  const own = held.filter(({ free }) => free === "cd /");
  const all = [
    ...own,
    ...nested.map(({ mountPoint, fsType }): PathHolding => ({
      kind: "nested",
      what: `${fsType} mounted on ${mountPoint}`,
      ...asRoot(`umount ${word(mountPoint)}`, [], witness),
      facts: { path: mountPoint, type: fsType },
      lines: [],
    })),
    ...swaps.map((path): PathHolding => ({
      kind: "swap",
      what: `swap ${path}`,
      ...asRoot(`swapoff ${word(path)}`, [], witness),
      facts: { path },
      lines: [],
    })),
    ...loops.map(({ device, file }): PathHolding => ({
      kind: "loop",
      what: `${device}, whose file is ${file}`,
      ...asRoot(`losetup -d ${device}`, [`nido who ${device} tells who needs it`], witness),
      facts: { device, file },
      lines: [],
    })),
    ...builtOn.map(({ device, how }): PathHolding => ({
      kind: "built on",
      what: how === "partition" ? `its partition ${device}` : `${device} is made of it`,
      free: `nido who ${word(device)}`,
      facts: { device, how },
      lines: [],
    })),
    ...held.filter((one) => !own.includes(one)),
    ...cgroups.map((path): PathHolding => ({
      kind: "cgroup",
      what: `cgroup ${path}`,
      free: `rmdir ${word(path)}`,
      facts: { path },
      lines: [],
    })),
    ...others.map((one) => ofOther(one, subject, ascii, witness)),
  ];
  return isRootHere(busy) ? all.map(withoutCommand) : all;
}
