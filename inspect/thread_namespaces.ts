/** Threads that are in other namespaces than their process, as setns(2) and unshare(2) let them be. */
import { NAMESPACE_TYPES, type NamespaceType } from "../ffi/abi/namespaces.ts";
import { inodeIn, type NamespaceId } from "./ns_link.ts";
import type { NamespaceInodes } from "./process.ts";
import { ifReadable, numbersIn, tryReadLink } from "./proc.ts";

/** A thread, and where it is and its process is not. */
export interface ThreadElsewhere {
  readonly tid: number;
  readonly namespaces: readonly NamespaceId[];
}

/** User, PID and time namespace are one for all threads. @see setns(2) */
const OF_THREADS = NAMESPACE_TYPES.filter((type) => !["user", "pid", "time"].includes(type));

/** What is seen of a thread's namespace; undefined where the caller may not look. */
function namespaceOf(pid: number, tid: number, type: NamespaceType): number | undefined {
  const link = tryReadLink(`${pid}/task/${tid}/ns/${type}`);
  return typeof link === "string" ? inodeIn(link) : undefined;
}

/** The threads of a process that are in other namespaces, ascending by TID. @param process The namespaces of the process. */
export function threadsElsewhere(pid: number, process: NamespaceInodes): ThreadElsewhere[] {
  const tids = ifReadable(() => numbersIn(`${pid}/task`)) ?? [];
  return tids.filter((tid) => tid !== pid).flatMap((tid) => {
    const namespaces = OF_THREADS.flatMap((type) => {
      const ns = process[type] === undefined ? undefined : namespaceOf(pid, tid, type);
      return ns === undefined || ns === process[type] ? [] : [{ type, ns }];
    });
    return namespaces.length > 0 ? [{ tid, namespaces }] : [];
  });
}
