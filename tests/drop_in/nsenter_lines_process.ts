/** nsenter: starting the program, its exit status, forks and signals, the default shell. */

import type { Line } from "./run_line.ts";
import { target } from "./target.ts";

/** As root, into the namespaces of a target that root made. */
function line(name: string, options: string, shell: string, more: Partial<Line> = {}): Line {
  return { name, as: "root", ...target(options), shell, ...more };
}

const PID = "-pf";
const UTS = "-u";

/** A shell says on stderr that a job was killed, or not, as it happens to see it. */
const QUIET = "exec 2>/dev/null";

/** Runs a script where /sys/fs/cgroup is a file system of the given type, as a machine may have. */
function withCgroupMount(type: string, script: string): string {
  return `/usr/bin/unshare -m sh -c 'mount -t ${type} none /sys/fs/cgroup && ${script}'`;
}

export const nsenterProcessLines: readonly Line[] = [
  line(
    "the program's exit status is its own without a fork",
    UTS,
    "nsenter -t $TARGET -u sh -c 'exit 42'",
  ),
  line(
    "the program's exit status is passed on after a fork",
    PID,
    "nsenter -t $TARGET -p sh -c 'exit 42'",
  ),
  line("exit status 255 is passed on", PID, "nsenter -t $TARGET -p sh -c 'exit 255'"),
  line(
    "death by SIGTERM is passed on",
    PID,
    "nsenter -t $TARGET -p sh -c 'kill -TERM $$'; echo \"exit $?\"",
  ),
  line(
    "death by SIGKILL takes nsenter with it",
    PID,
    "exec nsenter -t $TARGET -p sh -c 'kill -KILL $$'",
  ),
  line(
    "death by SIGHUP takes nsenter with it",
    PID,
    "exec nsenter -t $TARGET -p sh -c 'kill -HUP $$'",
  ),
  line("a program that is not found gives 127", UTS, "nsenter -t $TARGET -u nosuch"),
  line("a program that is not found gives 127 after a fork", PID, "nsenter -t $TARGET -p ./nosuch"),
  {
    ...line("a file that is not executable gives 126", UTS, "nsenter -t $TARGET -u /etc/passwd"),
    stderr: "kernel",
  },
  {
    ...line("a directory gives 126 after a fork", PID, "nsenter -t $TARGET -p /"),
    stderr: "kernel",
  },
  line(
    "a script without an interpreter line is run by sh",
    UTS,
    "echo 'echo $0 $1' >script; chmod +x script; nsenter -t $TARGET -u ./script x",
  ),
  line(
    "without --pid nsenter becomes the program",
    UTS,
    `nsenter -t $TARGET -u sh -c '[ $PPID = '$$' ] && echo executed || echo forked'; :`,
  ),
  line(
    "with --no-fork nsenter becomes the program",
    PID,
    `nsenter -t $TARGET -p -F sh -c '[ $PPID = '$$' ] && echo executed || echo forked'; :`,
  ),
  line(
    "the waiting process is called nsenter",
    PID,
    `mkfifo in out; nsenter -t $TARGET -p sh -c 'echo >out; read x <in; exit 3' &
      read x <out; cat /proc/$!/comm; echo >in; wait $!; echo "exit $?"`,
  ),
  line(
    "nsenter stops when its child stops and continues it",
    PID,
    `mkfifo out
    nsenter -t $TARGET -p sh -c 'echo >out; kill -STOP $$; echo continued; exit 7' &
    read x <out; while ! grep -q 'T (stopped)' /proc/$!/status; do sleep 0.01; done; echo stopped
    kill -CONT $!; wait $!; echo "exit $?"`,
  ),
  line(
    "SIGTERM ends nsenter and not the program",
    PID,
    `${QUIET}; mkfifo in out
    nsenter -t $TARGET -p sh -c 'echo >out; read x <in; echo alive >out' &
    read x <out; kill -TERM $!; wait $!; echo "exit $?"; echo >in; read x <out; echo $x`,
  ),
  line(
    "descriptors are passed on and no other is there",
    PID,
    `exec 5</dev/null 8</dev/null; outside=$(ls /proc/self/fd)
    for options in -p "-p -F" -u -a "-p -r -w"; do
      inside=$(nsenter -t $TARGET $options ls /proc/self/fd)
      [ "$inside" = "$outside" ] && echo same || echo $options: $inside, not $outside
    done`,
  ),
  line(
    "signals are as they were",
    PID,
    `trap "" USR2; outside=$(grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status)
    for options in -p -u; do
      inside=$(nsenter -t $TARGET $options grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status)
      [ "$inside" = "$outside" ] && echo same || echo "$inside, not $outside"
    done`,
  ),
  line("standard input is passed on", PID, "nsenter -t $TARGET -p cat", { stdin: "one\n" }),
  line(
    "arguments are passed on as they are",
    PID,
    `nsenter -t $TARGET -p printf '[%s]' '' 'a b' -x "$(printf '\\377')" | od -An -c`,
  ),
  line("without a program SHELL runs as a login shell", UTS, "nsenter -t $TARGET -u", {
    env: { SHELL: "/bin/sh" },
    stdin: "echo $0 $#; exit 5\n",
  }),
  line("without a program SHELL runs as a login shell after a fork", PID, "nsenter -t $TARGET -p", {
    env: { SHELL: "/bin/sh" },
    stdin: "echo $0 $#; exit 5\n",
  }),
  line(
    "with --env SHELL is the target's",
    "-u env SHELL=/no/shell TARGET_ENV=x",
    "nsenter -t $TARGET -u -e",
    { env: { SHELL: "/bin/sh" } },
  ),
  line(
    "--join-cgroup puts the program into the target's cgroup and leaves its standard input",
    UTS,
    withCgroupMount(
      "cgroup2",
      `group=/sys/fs/cgroup/nido-drop-in-$$ && mkdir $group && echo $TARGET >$group/cgroup.procs
      echo "standard input" |
        nsenter -t $TARGET -u --join-cgroup sed -n s/nido-drop-in-$$/GROUP/p /proc/self/cgroup
      echo "standard input" | nsenter -t $TARGET -u -c cat
      echo $TARGET >/sys/fs/cgroup/cgroup.procs; rmdir $group`,
    ),
    {
      differs: {
        why: "util-linux takes the first hierarchy's path, and makes it the standard input",
        stdout: "0::/GROUP\nstandard input\n",
        code: 0,
        stderr: "",
      },
    },
  ),
  line(
    "-c needs the second version of cgroups",
    UTS,
    withCgroupMount("tmpfs", "nsenter -t $TARGET -u -c true"),
  ),
  line(
    "-c alone names no namespace",
    UTS,
    withCgroupMount("cgroup2", "nsenter -t $TARGET -c true"),
  ),
];
