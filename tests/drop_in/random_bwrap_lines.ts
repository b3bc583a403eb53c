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
  // What an operation reads is closed then.
  "sync-fd": "9",
};

/** Where directories are mounted or made, and where files are. */
const FOLDERS = ["/mnt", "/tmp", "/mnt/a/b", "tmp/./c", "/mnt/made"];
const FILES = ["/mnt/file", "/tmp/a/file", "tmp/./file"];

const GOOD: Readonly<Record<string, readonly string[]>> = {
  SRC: ["d"],
  DEST: FOLDERS,
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
  // Not what may be a mount: a proc and a mqueue may be the machine's.
  PATH: ["/tmp/own", "/mnt/own"],
};

/** Destinations of these options. */
const GOOD_OF: Readonly<Record<string, readonly string[]>> = {
  ...{ file: FILES, "bind-data": FILES, "ro-bind-data": FILES, symlink: FILES },
  ...{ "lock-file": ["/etc/passwd"], "remount-ro": ["/tmp", "/mnt"] },
};

/** What these need in front of them. */
const BEFORE: Readonly<Record<string, readonly string[]>> = {
  chmod: ["--dir", "/tmp/own", "--dir", "/mnt/own"],
};

/** What these need behind them, or have to have somewhere. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  ...{ uid: ["--unshare-user"], gid: ["--unshare-user"], hostname: ["--unshare-uts"] },
  ...{ "as-pid-1": ["--unshare-pid"], "disable-userns": ["--unshare-user"] },
  "userns-block-fd": ["--unshare-user", "--info-fd", "5"],
  perms: ["--dir", "/mnt/made"],
  size: ["--tmpfs", "/tmp"],
  "overlay-src": ["--overlay-src", "work", "--tmp-overlay", "/mnt/over"],
};

/** Options that cannot be good: there is no such namespace, no SELinux, or no layer in front. */
const NEVER_GOOD =
  /^(userns2?|pidns|(exec|file)-label|assert-userns-disabled|(tmp-|ro-)?overlay|help|version)$/;

const BAD: readonly string[] = [
  ...["", "-1", "x", "0x", "2147483647", "2147483648", "99999999999999999999", "/no/such", "%s%n"],
  ...["x".repeat(5000), `/${"a/".repeat(2100)}`, "a\nb", "\x1b[31m", "é", "8", "99", "/dev/null/x"],
];

/** Destinations of bad lines too, which most operations cannot have. */
const STRANGE: readonly string[] = [...FOLDERS, "/made", "/"];

/** The words of a line, without the program. Not all good lines are: what one option makes may be in another's way. */
export function lineFrom(random: () => number, isBad: boolean): string[] {
  const of = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const words = ["--ro-bind", "/", "/", "--tmpfs", "/tmp", "--tmpfs", "/mnt"];
  const options = isBad ? OPTIONS : OPTIONS.filter(({ long }) => !NEVER_GOOD.test(long));
  for (let left = 1 + random() * 5; left > 0; left--) {
    const { long, words: names = [] } = of(options);
    const value = (name: string): string => {
      if (isBad && random() < 0.3) return of(BAD);
      if (name === "FD") return DESCRIPTOR_OF[long] ?? "3";
      if (name === "SRC" && isBad) return of(["d", "f"]);
      return of(name !== "DEST" ? GOOD[name]! : isBad ? STRANGE : GOOD_OF[long] ?? FOLDERS);
    };
    const [before = [], behind = []] = isBad ? [] : [BEFORE[long], ALSO[long]];
    words.push(...before, `--${long}`, ...names.map(value), ...behind);
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
for place in / /tmp /mnt /mnt/a/b /tmp/c /mnt/made /mnt/over; do
  stat -c '%n %F %a %u %g %T' $place; stat -f -c '%T' $place
  case $(stat -f -c %T $place) in proc|ext*|btrfs|xfs|overlayfs) ;; *) ls -lan --time-style=+ $place; for file in $place/*; do [ -f $file ] && head -c 99 $file; done ;; esac
done
echo to-stderr >&2
exit ${STATUS}`;

/** Runs it. */
export const PROGRAM: readonly string[] = ["/bin/sh", "-c", SHOW, "zero"];
