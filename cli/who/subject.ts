/** The namespaces that an argument of `nido who` means. */
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { NAMESPACE_TYPES, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import { errnoText } from "../../ffi/abi/errno.ts";
import { encode } from "../../ffi/bytes.ts";
import { stat } from "../../ffi/dir.ts";
import { SyscallError } from "../../ffi/errors.ts";
import { openNamespace, typeOf } from "../../ffi/nsfs.ts";
import { close } from "../../ffi/repeat.ts";
import { type NamespaceId, parseNsLink } from "../../inspect/ns_link.ts";
import { namespacesOf } from "../../inspect/process.ts";
import { isDenied, isGone } from "../../inspect/proc.ts";
import { UsageError } from "../getopt.ts";

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
    const namespaces = namespacesOf(pid);
    return types.flatMap((type) => {
      const ns = namespaces[type];
      return ns === undefined ? [] : [{ type, ns }];
    });
  } catch (error) {
    if (isGone(error)) throw new UsageError(`no process ${pid}`);
    if (!isDenied(error)) throw error;
    throw new UsageError(
      `the namespaces of process ${pid} cannot be looked into; run as its user, or as root`,
    );
  }
}

function ofPath(path: string): Subject {
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
    throw new UsageError(
      `cannot open '${path}': ${errnoText(error.errno)}; give a PID, an inode number, ` +
        "type:[inode] or a file such as /proc/PID/ns/net",
    );
  }
  throw new UsageError(`'${path}' is no file of a namespace`);
}

function devOf(type: NamespaceType): number | undefined {
  try {
    return stat(`/proc/self/ns/${type}`).dev;
  } catch {
    return undefined;
  }
}
