/** What an argument of `nido who` means. */
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { NAMESPACE_TYPES, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import { ENOENT, errnoText } from "../../ffi/abi/errno.ts";
import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFMT } from "../../ffi/abi/stat.ts";
import { type Stat, stat } from "../../ffi/dir.ts";
import { SyscallError } from "../../ffi/errors.ts";
import { openNamespace, typeOf } from "../../ffi/nsfs.ts";
import { close } from "../../ffi/fast_calls.ts";
import { ownMounts } from "../../inspect/busy/find.ts";
import { mountedIn } from "../../inspect/busy/mounted.ts";
import { type Holder, holderPath } from "../../inspect/holder.ts";
import { listNamespaces } from "../../inspect/namespaces.ts";
import { type NamespaceId, parseNsLink } from "../../inspect/ns_link.ts";
import { livingThread, namespacesOf, statusOf } from "../../inspect/process.ts";
import { ifReadable } from "../../inspect/proc.ts";
import { UsageError } from "../getopt.ts";
import { whyUnseen } from "../unseen.ts";
import { shellWord } from "../../ffi/shell_word.ts";

/** A namespace to look for; of a bare inode number the type is not known yet. */
export type NamespaceSubject = NamespaceId | { readonly type?: undefined; readonly ns: number };

/** What to look for: a namespace, or what is at a path, without links. */
export type Subject = NamespaceSubject | { readonly path: string };

/** The types of files whose holders are told. */
const HELD: ReadonlySet<number> = new Set([S_IFDIR, S_IFBLK, S_IFCHR]);

/** PIDs are not larger (PID_MAX_LIMIT), and inode numbers of namespaces not smaller. @see proc_sys_kernel(5), pid_max */
const LARGEST_PID = 2 ** 22;

/**
 * What an argument means: an inode number, `type:[inode]`, a PID, the path of a namespace's file, or another path.
 *
 * @throws {UsageError}
 */
export function subjectsOf(argument: string, types: readonly NamespaceType[]): Subject[] {
  const id = parseNsLink(argument);
  if (id) return [id];
  if (!/^\d+$/.test(argument)) return [ofPath(argument)];
  const number = Number(argument);
  return number > LARGEST_PID ? [{ ns: number }] : ofProcess(number, types);
}

function ofProcess(pid: number, types: readonly NamespaceType[]): NamespaceSubject[] {
  try {
    const living = ifReadable(() => livingThread(statusOf(pid)));
    const namespaces = namespacesOf(living ?? pid);
    return types.flatMap((type) => {
      const ns = namespaces[type];
      return ns === undefined ? [] : [{ type, ns }];
    });
  } catch (error) {
    const why = whyUnseen(pid, error);
    throw why === undefined ? error : new UsageError(why);
  }
}

function ofPath(path: string): Subject {
  const absolute = resolve(path);
  const mount = ownMounts().findLast(({ mountPoint }) => mountPoint === absolute);
  // To look at what is mounted could take forever: its daemon may have died.
  if (mount && mount.fsType !== "nsfs") return { path: absolute };
  const file = tryStat(path);
  if (typeof file !== "number") {
    // To open what is no file of nsfs could block, or do something.
    const known = NAMESPACE_TYPES.some((type) => devOf(type) === file.dev);
    const fd = known ? openNamespace(path, AT_FDCWD) : -1;
    const type = fd < 0 ? undefined : typeOf(fd);
    if (fd >= 0) close(fd);
    if (type) return { type, ns: file.ino };
    if (HELD.has(file.mode & S_IFMT)) return { path: realPath(path) ?? absolute };
  }
  const there = mountedElsewhere(path);
  if (there) {
    throw new UsageError(
      `'${path}' is a namespace only where process ${there.pid} is, in mnt:[${there.mnt}]; ` +
        `give ${shellWord(holderPath(there)!)}`,
    );
  }
  if (typeof file !== "number") {
    throw new UsageError(
      `'${path}' is no file of a namespace, and no mount point, device or directory`,
    );
  }
  if (file === ENOENT && mountedIn({ path: absolute, kind: "gone" }).length > 0) {
    return { path: absolute };
  }
  throw new UsageError(
    `cannot open '${path}': ${errnoText(file)}; give a PID, an inode number, ` +
      "type:[inode], a file such as /proc/PID/ns/net, a mount point, a device or a directory",
  );
}

/** The status of a file, or its errno. */
function tryStat(path: string): Stat | number {
  try {
    return stat(path);
  } catch (error) {
    if (error instanceof SyscallError) return error.errno;
    throw error;
  }
}

/** The absolute path, with links as they are. */
function resolve(path: string): string {
  const parts: string[] = [];
  const whole = path.startsWith("/") ? path : `${Deno.cwd()}/${path}`;
  for (const part of whole.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** A namespace that is mounted on a path in another mount namespace than the caller's. */
function mountedElsewhere(path: string): Extract<Holder, { kind: "mount" }> | undefined {
  const paths = [path, realPath(path)];
  return listNamespaces().namespaces.flatMap(({ holders }) => holders)
    .filter((holder) => holder.kind === "mount")
    .find((mount) => !mount.here && paths.includes(mount.path));
}

/** The path without links, such as that of /var/run; undefined where there is no such file. */
function realPath(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch {
    return undefined;
  }
}

function devOf(type: NamespaceType): number | undefined {
  try {
    return stat(`/proc/self/ns/${type}`).dev;
  } catch {
    return undefined;
  }
}
