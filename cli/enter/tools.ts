/**
 * The caller's programs among the target's processes: for what has no shell, and for what none of it is to
 * be run. The caller's root stays, and the target's is seen below it.
 */
import { CAP_SYS_ADMIN } from "../../ffi/abi/capability.ts";
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import { S_IFDIR, S_IFLNK, S_IFMT } from "../../ffi/abi/stat.ts";
import { lstat, namesIn, readLink } from "../../ffi/dir.ts";
import { SyscallError } from "../../ffi/errors.ts";
import { ifReadable, readText } from "../../inspect/proc.ts";
import { namespacesOf, ownNamespaces } from "../../inspect/process.ts";
import { parseStatus } from "../../inspect/status.ts";
import type { RootOperation } from "../../launch/root/spec.ts";
import type { LaunchSpec } from "../../launch/spec.ts";
import { UsageError } from "../getopt.ts";
import { whyUnseen } from "../unseen.ts";
import type { Target } from "./find.ts";
import { identityIn } from "./identity.ts";

/** Where the target's files are seen. */
const BELOW = "target";

/** What of the target is entered. Its clocks and control groups are nothing to programs that look at it. */
const ENTERED: readonly NamespaceType[] = ["ipc", "net", "pid", "uts"];

/** Whether this process may enter what it likes, and stays who it is. */
function isPrivileged(): boolean {
  const status = parseStatus(ifReadable(() => readText("self/status")) ?? "");
  return status !== undefined && (status.capEff >> BigInt(CAP_SYS_ADMIN) & 1n) === 1n;
}

/** The types in which the target is elsewhere. @throws {UsageError} where that cannot be seen. */
function typesToEnter(pid: number): NamespaceType[] {
  const own = ownNamespaces();
  try {
    const theirs = namespacesOf(pid);
    const types: readonly NamespaceType[] = isPrivileged() ? ENTERED : [...ENTERED, "user"];
    return types.filter((type) => theirs[type] !== undefined && theirs[type] !== own[type]);
  } catch (error) {
    const why = whyUnseen(pid, error);
    throw why === undefined ? error : new UsageError(why);
  }
}

function modeOf(path: string): number {
  try {
    return lstat(path).mode & S_IFMT;
  } catch (error) {
    if (error instanceof SyscallError) return 0;
    throw error;
  }
}

/** What is in the caller's root, and a directory beside it. A file system is not changed for that. */
function rootBeside(): RootOperation[] {
  const names = namesIn("/").filter((name) => name !== BELOW).sort();
  const operations = names.map((name): RootOperation => {
    const destination = `/${name}`;
    if (name === "proc") return { kind: "proc", destination };
    if (modeOf(destination) === S_IFLNK) {
      return { kind: "symlink", target: readLink(destination), destination };
    }
    return { kind: "dev-bind", source: destination, destination, try: true };
  });
  return [...operations, { kind: "dir", destination: `/${BELOW}` }];
}

/** The launch. Without words it is the caller's shell. */
export function toolsSpec({ pid, inode }: Target, argv: readonly string[]): LaunchSpec {
  const types = typesToEnter(pid);
  if (types.length === 0 && !isPrivileged()) {
    throw new UsageError(
      `process ${pid} is where you are: your programs see it, and its files, as they are`,
    );
  }
  const isThere = modeOf(`/${BELOW}`) === S_IFDIR;
  return {
    name: "nido enter",
    ...(argv[0] === undefined ? {} : { program: argv[0] }),
    argv,
    namespaces: ["mnt"],
    join: {
      target: pid,
      ...(inode === undefined ? {} : { targetInode: inode }),
      namespaces: types,
      ...(types.includes("user") && identityIn(pid).userParent ? { userParent: true } : {}),
      mountRoot: `/${BELOW}`,
    },
    ...(isThere ? types.includes("pid") ? { mountProc: "/proc" } : {} : { newRoot: rootBeside() }),
  };
}
