/** What a program sees of how it was launched, in words that do not differ from one launch to the next. */

/** A script that shows it. It starts few programs. */
const SHOW = `echo "words $# $*"; pwd; umask; ulimit -aH; ulimit -aS
cd /proc/self && cat /proc/self/status uid_map gid_map setgroups timens_offsets 2>&1
ls -l ns fd 2>&1; hostname; tr '\\0' '\\n' <environ; echo "PID 1: $(($$ == 1))"`;

/** The words of the observer: arguments may follow. */
export const OBSERVER: readonly string[] = ["sh", "-c", SHOW, "sh"];

/** Lines that differ between any two processes, and which of two ways a launch took. */
const NOISE =
  /^(?:(?:Tgid|Ngid|Pid|PPid|NStgid|NSpid|NSpgid|NSsid|Vm\w+|Rss\w+|Hugetlb\w*|\w*ctxt_switches|Mems_\w+|Cpus_\w+|Threads|SigQ|State|x86_\w+|total|vmemory)\b|NIDO_FRONT=)/;

/**
 * What was seen, with inodes of namespaces told apart as the caller's own and others, and numbers of
 * descriptors and their targets.
 *
 * @param own The caller's namespaces, as readlink(2) gives them.
 */
export function withoutNoise(shown: string, own: readonly string[]): string {
  // \b: a long word is not looked through from each of its letters.
  return shown.split("\n").filter((line) => !NOISE.test(line)).map((line) =>
    line.replace(/^[lrwx-]{10}.* (\S+) -> (.*)$/, "$1 -> $2")
      .replace(/\b\w+:\[\d+\]/, (link) => own.includes(link) ? "the caller's" : link.split(":")[0]!)
      .replace(/\/proc\/\d+/, "/proc/PID")
  ).join("\n");
}
