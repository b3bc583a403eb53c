/** What launching commands share of their command lines. */
import type { NamespaceType } from "../ffi/abi/namespaces.ts";
import { getopt, type Given, type Info, type Option } from "./getopt.ts";

/** The types of namespaces by the options that name them. */
export const NAMESPACES: Readonly<Record<string, NamespaceType>> = {
  mount: "mnt",
  uts: "uts",
  ipc: "ipc",
  net: "net",
  pid: "pid",
  user: "user",
  cgroup: "cgroup",
  time: "time",
};

/**
 * Reads options up to the program; --help and --version win over what follows them.
 *
 * @throws {UsageError}
 */
export function readOptions(
  options: readonly Option[],
  words: readonly string[],
  take: (option: Given) => void,
): { info?: Info; operands: string[] } {
  let info: Info | undefined;
  const { operands } = getopt(options, words, {
    take(option) {
      if (option.long === "help" || option.long === "version") info = option.long;
      else take(option);
      return info !== undefined;
    },
  });
  return info === undefined ? { operands } : { info, operands };
}
