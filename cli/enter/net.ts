/** What `ip netns exec` does for a network namespace that has a name. @see ip-netns(8) */
import { lstat, namesIn } from "../../ffi/dir.ts";
import { SyscallError } from "../../ffi/errors.ts";
import type { LaunchSpec } from "../../launch/spec.ts";
import { didYouMean } from "../../launch/suggest.ts";
import { UsageError } from "../getopt.ts";

/** Where ip has its names, and files for them. */
const NAMES = "/run/netns";
const FILES = "/etc/netns";

function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
}

const names = (): string[] => (ifThere(() => namesIn(NAMES)) ?? []).sort();

/** Whether ip netns has made a network namespace of this name. */
export const isNetName = (name: string): boolean => names().includes(name);

function notThere(name: string): UsageError {
  const all = names();
  const these = all.length === 0 ? "; none is there" : `, only ${all.join(", ")}`;
  const guess = didYouMean(name, all) || these;
  return new UsageError(`there is no network namespace '${name}' in ${NAMES}${guess}`);
}

/** The launch. @throws {UsageError} where nothing has this name. */
export function netSpec(name: string, command: readonly string[]): LaunchSpec {
  const file = `${NAMES}/${name}`;
  if (!isNetName(name)) throw notThere(name);
  const binds = (ifThere(() => namesIn(`${FILES}/${name}`)) ?? []).sort()
    .map((one) => ({ source: `${FILES}/${name}/${one}`, destination: `/etc/${one}` }))
    .filter(({ destination }) => ifThere(() => lstat(destination)) !== undefined);
  return {
    name: "nido enter",
    ...(command[0] === undefined ? {} : { program: command[0] }),
    argv: command,
    namespaces: ["mnt"],
    propagation: "slave",
    join: { files: { net: file } },
    mountSys: "/sys",
    ...(binds.length > 0 ? { binds } : {}),
  };
}
