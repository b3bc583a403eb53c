/** The namespaces that an argument of `nido who` means. */
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { NAMESPACE_TYPES, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import { errnoText } from "../../ffi/abi/errno.ts";
import { encode } from "../../ffi/bytes.ts";
import { stat } from "../../ffi/dir.ts";
import { SyscallError } from "../../ffi/errors.ts";
import { openNamespace, typeOf } from "../../ffi/nsfs.ts";
import { close } from "../../ffi/fast_calls.ts";
import { type Holder, holderPath } from "../../inspect/holder.ts";
import { listNamespaces } from "../../inspect/namespaces.ts";
import { type NamespaceId, parseNsLink } from "../../inspect/ns_link.ts";
import { livingThread, namespacesOf, statusOf } from "../../inspect/process.ts";
import { ifReadable } from "../../inspect/proc.ts";
import { UsageError } from "../getopt.ts";
import { whyUnseen } from "../unseen.ts";
import { shellWord } from "../../ffi/shell_word.ts";

/** A namespace to look for; of a bare inode number the type is not known yet. */
export type Subject = NamespaceId | { readonly type?: undefined; readonly ns: number };

/** PIDs are not larger (PID_MAX_LIMIT), and inode numbers of namespaces not smaller. @see proc_sys_kernel(5), pid_max */
const LARGEST_PID = 2 ** 22;

/** What an argument means: an inode number, `type:[inode]`, a PID, or the path of a namespace's file. @throws {UsageError} */
export function subjectsOf(argument: string, types: readonly NamespaceType[]): Subject[] {
  const id = parseNsLink(argument);
  if (id) return [id];
  if (!/^\d+$/.test(argument)) return [ofPath(argument)];
  const number = Number(argument);
  return number > LARGEST_PID ? [{ ns: number }] : ofProcess(number, types);
}

function ofProcess(pid: number, types: readonly NamespaceType[]): Subject[] {
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
  let errno: number | undefined;
  try {
    const bytes = encode(path);
    const { ino, dev } = stat(path);
    // To open what is no file of nsfs could block, or do something.
    const known = NAMESPACE_TYPES.some((type) => devOf(type) === dev);
    const fd = known ? openNamespace(new TextDecoder().decode(bytes), AT_FDCWD) : -1;
    const type = fd < 0 ? undefined : typeOf(fd);
    if (fd >= 0) close(fd);
    if (type) return { type, ns: ino };
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    errno = error.errno;
  }
  const there = mountedElsewhere(path);
  if (there) {
    throw new UsageError(
      `'${path}' is a namespace only where process ${there.pid} is, in mnt:[${there.mnt}]; ` +
        `give ${shellWord(holderPath(there)!)}`,
    );
  }
  if (errno === undefined) throw new UsageError(`'${path}' is no file of a namespace`);
  throw new UsageError(
    `cannot open '${path}': ${errnoText(errno)}; give a PID, an inode number, ` +
      "type:[inode] or a file such as /proc/PID/ns/net",
  );
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
