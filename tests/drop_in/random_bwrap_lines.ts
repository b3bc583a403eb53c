/** Random command lines of bwrap, good and bad, and the place that they run in. */
import { OPTIONS } from "../../cli/bwrap/options.ts";

/**
 * Descriptors of each line: 3 is a file, 4 a directory, 5 is written to, 6 has options, 7 a filter, 8 has ended, 9 is
 * a namespace.
 */
export const DESCRIPTORS = "3<f 4<d 5>info 6< <(printf -- '--dir\\0/made') " +
  "7< <(printf '\\006\\0\\0\\0\\0\\0\\377\\177') 8</dev/null 9</proc/self/ns/net";

/** Options whose descriptor is of one kind. */
const DESCRIPTOR_OF: Readonly<Record<string, string>> = {
  ...{ "bind-fd": "4", "ro-bind-fd": "4", "info-fd": "5", "json-status-fd": "5", args: "6" },
  ...{ seccomp: "7", "add-seccomp-fd": "7", "block-fd": "8", "userns-block-fd": "8", netns: "9" },
};

const GOOD: Readonly<Record<string, readonly string[]>> = {
  SRC: ["d", "f"],
  DEST: ["/mnt", "/tmp", "/mnt/a/b", "tmp/./c", "/made", "/"],
  FD: ["3"],
  UID: ["0", "7"],
  GID: ["0", "7"],
  NAME: ["inside"],
  DIR: ["/", "/usr"],
  VAR: ["A", "PATH"],
  VALUE: ["", "a=b"],
  OCTAL: ["0", "0700", "1777"],
  BYTES: ["4096", "0x10000"],
  CAP: ["ALL", "cap_chown"],
  LABEL: ["x"],
  RWSRC: ["d"],
  WORKDIR: ["work"],
  PATH: ["/tmp", "/mnt"],
};

const BAD: readonly string[] = [
  ...["", "-1", "x", "0x", "2147483647", "2147483648", "99999999999999999999", "/no/such", "%s%n"],
  ...["x".repeat(5000), `/${"a/".repeat(2100)}`, "a\nb", "\x1b[31m", "é", "8", "99", "/dev/null/x"],
];

/** The words of a line, without the program. */
export function lineFrom(random: () => number, isBad: boolean): string[] {
  const of = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const words = ["--ro-bind", "/", "/", "--tmpfs", "/tmp", "--tmpfs", "/mnt"];
  for (let left = 1 + random() * 5; left > 0; left--) {
    const { long, words: names = [] } = of(OPTIONS);
    const value = (name: string): string =>
      isBad && random() < 0.3
        ? of(BAD)
        : name === "FD"
        ? DESCRIPTOR_OF[long] ?? "3"
        : of(GOOD[name]!);
    words.push(`--${long}`, ...names.map(value));
  }
  return words;
}

/** How the program ends. */
export const STATUS = 7;

/** What the program says of where it is. */
const SHOW = `/usr/bin/env; exec 2>&1; PATH=/usr/bin:/bin
echo "$0 $#"; pwd; umask; ulimit -aS; hostname; id; [ $$ -gt 9 ] || echo "PID $$"
[ -e /proc/self/status ] && grep -E '^(Umask|Uid|Gid|Groups|Sig...|Shd...|Cap|No|Sec)' /proc/self/status
[ -e /proc/self/ns ] && ls -l /proc/self/ns /proc/self/fd
[ -e /proc/self/mountinfo ] && cut -d' ' -f4- /proc/self/mountinfo
for place in / /tmp /mnt /mnt/a/b /tmp/c /made; do
  stat -c '%n %F %a %u %g %T' $place; stat -f -c '%T' $place
  case $(stat -f -c %T $place) in proc|ext*|btrfs|xfs|overlayfs) ;; *) ls -lan --time-style=+ $place; for file in $place/*; do [ -f $file ] && head -c 99 $file; done ;; esac
done
echo to-stderr >&2
exit ${STATUS}`;

/** Runs it. */
export const PROGRAM: readonly string[] = ["/bin/sh", "-c", SHOW, "zero"];
