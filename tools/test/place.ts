/**
 * The place of a test file: its own folder for temporary files, and as root its own /tmp and the like, in
 * its own mount namespace.
 */

import type { Checkout } from "./checkout.ts";

/** What all files of one run share. */
export interface Site {
  /** A new folder for this run. */
  readonly folder: string;
  readonly checkout: Checkout;
  readonly env: Readonly<Record<string, string>>;
  /** Paths that must stay where they are, in those folders too. */
  readonly kept: readonly string[];
  /** Files to bind over others: a source for each target. */
  readonly replaced: Readonly<Record<string, string>>;
  /** Whether mount namespaces can be made. */
  readonly isolated: boolean;
}

/** A place for one test file. */
export interface Place {
  /** All that it has. */
  readonly folder: string;
  /** The command prefix that runs a command there. */
  readonly prefix: readonly string[];
  /** Its folder for temporary files, as seen there. */
  readonly temporary: string;
  /** Files left in its temporary folders: none, if tests clean up. */
  leftovers(): string[];
}

const TEMPORARY = ["/tmp", "/var/tmp", "/dev/shm"];
const OWN = [...TEMPORARY, "/run"];

const ENTER = decodeURI(new URL("enter.sh", import.meta.url).pathname);

/** The processors that this process may run on, if they are few. @see proc_pid_status(5) */
function processors(): number[] {
  const list = Deno.readTextFileSync("/proc/self/status").match(/^Cpus_allowed_list:\s*(.*)$/m)
    ?.[1];
  const all = (list ?? "").split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return Array.from({ length: last! - first! + 1 }, (_, i) => first! + i);
  });
  return all.length <= MOST_PROCESSORS ? all : [];
}

/** With more of them it takes too long to try them all. */
const MOST_PROCESSORS = 8;

const isIn = (path: string, folder: string): boolean => path.startsWith(`${folder}/`);

const namesIn = (folder: string): string[] => [...Deno.readDirSync(folder)].map(({ name }) => name);

/** Makes a place, under a name of its own. */
export function makePlace({ folder, kept, replaced, isolated }: Site, name: string): Place {
  const place = `${folder}/${name}`;
  for (const own of OWN) {
    Deno.mkdirSync(place + own, { recursive: true });
    // What mkdir is told is subject to the umask.
    Deno.chmodSync(place + own, TEMPORARY.includes(own) ? 0o1777 : 0o755);
  }
  const moved = kept.filter((path) => OWN.some((own) => isIn(path, own)));
  const replacing = Object.entries(replaced).flat();
  // The place itself is hidden by the last of them, and must not be before.
  const own = OWN.toSorted((a, b) => Number(isIn(place, a)) - Number(isIn(place, b)));
  const isWay = (path: string): boolean =>
    isolated && moved.some((to) => `${to}/`.startsWith(`${path}/`));
  return {
    folder: place,
    prefix: isolated
      ? [
        "sh",
        ENTER,
        processors().join(" "),
        place,
        own.join(" "),
        ...replacing,
        "--",
        ...moved,
        "--",
      ]
      : [],
    temporary: isolated ? "/tmp" : `${place}/tmp`,
    leftovers: () =>
      TEMPORARY.flatMap((own) => namesIn(place + own).map((name) => `${own}/${name}`))
        .filter((path) => !isWay(path)),
  };
}
