/** Targets to enter and to look at: processes in namespaces that util-linux's unshare made. */

import type { Line } from "./run_line.ts";

/**
 * Starts a process in new namespaces with the system's unshare and waits until it runs.
 *
 * @param options of unshare
 * @param before a script that the target runs in its namespaces before it is ready
 * @returns setup that gives TARGET, its PID, and cleanup that ends it
 */
export function target(options: string, before = ":"): Pick<Line, "setup" | "cleanup"> {
  const forks = /(^| )-[A-Za-z]*f/.test(options);
  // The target tells that it runs by a descriptor, because it may have another root. A program
  // that unshare has forked is found by its parent.
  return {
    setup: `mkfifo up
      TARGET_ENV=target /usr/bin/unshare ${options} \\
        sh -c '${before.replaceAll("'", `'\\''`)}; echo >&9; exec 9>&-; exec sleep 1000' \\
        9>up </dev/null >/dev/null 2>&1 &
      started=$!; read x <up; target=$started
      ${forks ? "read target x </proc/$started/task/$started/children || [ $target ]" : ""}
      while [ "$(cat /proc/$target/comm)" != sleep ]; do sleep 0.01; done
      echo STARTED=$started; echo TARGET=$target`,
    cleanup: `kill -9 $TARGET; kill -9 $STARTED 2>/dev/null; :`,
  };
}

/** A target in a user namespace with the first thousand ids of root's. */
export function mappedTarget(): Pick<Line, "setup" | "cleanup"> {
  const { setup, cleanup } = target("-U");
  // The system's unshare may be too old to map ranges without newuidmap.
  const maps = "for map in uid_map gid_map; do echo 0 0 1000 >/proc/$target/$map; done";
  return { setup: `${setup}\n${maps}`, cleanup: cleanup! };
}

/** A target that root started, for a line that runs as an ordinary user. */
export function rootTarget(
  options: string,
  before?: string,
): Pick<Line, "setup" | "cleanup" | "needs"> {
  return { ...target(options, before), needs: ["root setup"] };
}
