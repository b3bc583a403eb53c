/** What can be wrong with descriptors to wait by. */
import type { Problem } from "../errors.ts";
import { isParameter, knownOf, type Parameter } from "../parameter.ts";
import type { SyncSpec } from "./spec.ts";

const isDescriptor = (fd: number): boolean => Number.isInteger(fd) && fd >= 0 && fd < 2 ** 31;

/** What is wrong with them, and with what else is asked for. */
export function syncProblems(
  { syncFds: all, blockFd = 0, fork }: SyncSpec<Parameter> & {
    readonly fork?: boolean | Parameter;
  },
): Problem[] {
  const syncFds = knownOf(all);
  const given = [
    ...syncFds.map((fd, i) => [`syncFds[${i}]`, fd] as const),
    ["blockFd", isParameter(blockFd) ? 0 : blockFd] as const,
  ];
  const problems = given.filter(([, fd]) => !isDescriptor(fd))
    .map(([path, fd]): Problem => ({ path, message: `${path}: not a descriptor: ${fd}` }));
  if (syncFds.length === 0 || fork !== false) return problems;
  const message = "syncFds: without a waiter nobody could keep them from the program";
  return [...problems, { path: "fork", message }];
}
