/** What can be wrong with descriptors that are told how a launch goes. */
import type { Problem } from "../errors.ts";
import { isParameter, type Parameter } from "../parameter.ts";
import type { StatusSpec } from "./spec.ts";

/** What is wrong with them, and with what else is asked for. */
export function statusProblems(
  { infoFd, statusFd, fork }: StatusSpec<Parameter> & { readonly fork?: boolean | Parameter },
): Problem[] {
  return Object.entries({ infoFd, statusFd }).flatMap(([path, fd]): Problem[] => {
    if (fd === undefined || isParameter(fd)) return [];
    const isDescriptor = Number.isInteger(fd) && fd >= 0 && fd < 2 ** 31;
    return [
      ...isDescriptor ? [] : [{ path, message: `${path}: not a descriptor: ${fd}` }],
      ...fork === false
        ? [{ path: "fork", message: `${path}: without a waiter nobody would tell` }]
        : [],
    ];
  });
}
