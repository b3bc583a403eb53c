/** unshare: starting the program, its exit status, forks, signals and what it inherits. */

import type { Line } from "./run_line.ts";

/** Ends with the given signal. */
function dieBy(signal: string): string[] {
  return ["sh", "-c", `kill -${signal} $$`];
}

/** Says whether unshare forked, by its parent: `$$` of the outer shell, or another process. */
const FORKED = `sh -c '[ $PPID = '$$' ] && echo executed || echo forked'`;

/** Prints the masks of blocked, ignored and caught signals. */
const SIGNALS = "grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status";

/**
 * Sends the parent a signal again and again, because util-linux's unshare loses one that comes
 * before it has begun to wait.
 */
function sendParent(signal: string): string {
  return `while kill -${signal} $PPID; do sleep 0.03; done`;
}

/** A shell says on stderr that a job was killed, or not, as it happens to see it. */
const QUIET = "exec 2>/dev/null";

/** Waits until the parent is gone, for two seconds at most, and says what became of itself. */
const OUTLIVE = "i=0; while [ $i -lt 40 ] && [ -e /proc/$PPID ]; do sleep 0.05; i=$((i+1)); done";

export const processLines: readonly Line[] = [
  ...[0, 1, 7, 125, 126, 127, 128, 255].map((code): Line => ({
    name: `the program's exit status ${code} is passed on after --fork`,
    as: "root",
    argv: ["--fork", "sh", "-c", `exit ${code}`],
  })),
  {
    name: "the program's exit status is its own without --fork",
    as: "user",
    argv: ["-U", "sh", "-c", "exit 42"],
  },
  {
    name: "PID 1's exit status is passed on",
    as: "user",
    argv: ["-Urpf", "--mount-proc", "sh", "-c", "exit 42"],
  },
  ...["TERM", "KILL", "HUP", "INT", "USR1", "PIPE", "ALRM"].map((signal): Line => ({
    name: `a program that dies by SIG${signal} takes unshare --fork with it`,
    as: "root",
    argv: ["-f", ...dieBy(signal)],
  })),
  {
    name: "death by a signal is the program's own without --fork",
    as: "user",
    argv: ["-U", ...dieBy("TERM")],
  },
  {
    // By a shell, because Deno.Command has no name for real-time signals.
    name: "death by a real-time signal is passed on",
    as: "root",
    shell: `unshare -f sh -c 'kill -40 $$'; echo "exit $?"`,
  },
  {
    name: "a program that is not found gives 127",
    as: "user",
    argv: ["-U", "nido-no-such-program", "x"],
  },
  { name: "a path that is not there gives 127", as: "root", argv: ["./nosuch"] },
  {
    name: "a program that is not found gives 127 after --fork",
    as: "root",
    argv: ["-f", "nosuch"],
  },
  { name: "an empty program name gives 127", as: "root", argv: [""] },
  {
    name: "a file that is not executable gives 126",
    as: "root",
    argv: ["/etc/passwd"],
    stderr: "kernel",
  },
  { name: "a directory gives 126", as: "root", argv: ["-f", "/"], stderr: "kernel" },
  { name: "a path through a file gives 126", as: "root", argv: ["/etc/passwd/x"] },
  {
    name: "a program whose interpreter is missing gives 127",
    as: "user",
    setup: "printf '#!/no/such/interpreter\\n' >script; chmod +x script",
    argv: ["./script"],
    differs: {
      why: "nido says that it is the interpreter that is missing",
      stderr: "the interpreter that its first line names does not",
    },
  },
  {
    name: "a loop of links gives 126",
    as: "user",
    setup: "ln -s loop loop",
    argv: ["./loop"],
  },
  {
    name: "a name that is too long gives 126",
    as: "user",
    argv: ["x".repeat(300)],
  },
  {
    name: "a script without an interpreter line is run by sh",
    as: "user",
    setup: "echo 'echo $0 $#: $1; exit 3' >script; chmod +x script",
    argv: ["-U", "./script", "one two", "3"],
  },
  {
    name: "a script without an interpreter line is found in PATH and run by sh",
    as: "root",
    setup: "mkdir d; echo 'echo ${0##*/} $#; exit 3' >d/nidoscript; chmod +x d/nidoscript",
    shell: `PATH=$PATH:$PWD/d unshare -f nidoscript x`,
  },
  {
    name: "an empty file is run by sh",
    as: "user",
    setup: ">script; chmod +x script",
    argv: ["./script"],
  },
  {
    name: "PATH is searched past a file that may not be executed",
    as: "user",
    setup: "mkdir a b; >a/tool; printf '#!/bin/sh\\necho b\\n' >b/tool; chmod +x b/tool",
    shell: `PATH=$PWD/a:$PWD/nosuch:$PWD/b:$PATH unshare -U tool`,
  },
  {
    name: "a file in PATH that may not be executed gives 126 if no other is found",
    as: "user",
    setup: "mkdir a; >a/tool",
    shell: `PATH=$PWD/a:$PATH unshare -U tool`,
    stderr: "kernel",
  },
  {
    name: "an empty element of PATH is the working directory",
    as: "user",
    setup: "printf '#!/bin/sh\\necho here $0\\n' >tool; chmod +x tool; mkdir sub; cp tool sub",
    shell:
      `PATH=:$PATH unshare tool; PATH=$PATH: unshare tool; PATH=$BIN::/bin unshare --wd=sub tool`,
  },
  {
    name: "without PATH the system's path is used",
    as: "user",
    shell: `unshare=$(command -v unshare); unset PATH; $unshare -U env -i echo found`,
    needs: ["binary"],
  },
  {
    name: "a file that may only be executed is executed",
    as: "user",
    setup: "cp /bin/true tool; chmod 111 tool",
    argv: ["./tool"],
  },
  {
    name: "without --fork unshare becomes the program",
    as: "user",
    shell: `unshare -Urmuin ${FORKED}; :`,
  },
  { name: "--fork makes a child", as: "user", shell: `unshare -f ${FORKED}; :` },
  { name: "--kill-child implies --fork", as: "user", shell: `unshare --kill-child ${FORKED}; :` },
  {
    name: "--kill-child=TERM implies --fork",
    as: "user",
    shell: `unshare --kill-child=TERM ${FORKED}; :`,
  },
  {
    name: "--forward-signals implies --fork",
    as: "user",
    shell: `unshare --forward-signals ${FORKED}; :`,
  },
  { name: "--pid does not imply --fork", as: "root", shell: `unshare -p ${FORKED}; :` },
  {
    name: "--mount-proc does not imply --fork",
    as: "root",
    shell: `unshare --mount-proc ${FORKED}; :`,
  },
  {
    name: "the waiting process is called unshare",
    as: "user",
    argv: ["--fork", "sh", "-c", "cat /proc/$PPID/comm"],
  },
  {
    name: "the waiting process has one child and one thread",
    as: "user",
    argv: [
      ...["--fork", "sh", "-c"],
      `ls /proc/$PPID/task | wc -l; [ "$(cat /proc/$PPID/task/$PPID/children)" = "$$ " ]; echo $?`,
    ],
  },
  {
    name: "SIGTERM to unshare --fork is ignored and the program's exit status counts",
    as: "user",
    argv: ["--fork", "sh", "-c", "kill -TERM $PPID; sleep 0.1; echo alive; exit 5"],
  },
  {
    name: "SIGINT to unshare --fork is ignored",
    as: "root",
    argv: ["-f", "sh", "-c", "kill -INT $PPID; sleep 0.1; echo alive; exit 6"],
  },
  {
    name: "SIGHUP to unshare --fork ends it and not the program",
    as: "user",
    argv: ["-f", "sh", "-c", `kill -HUP $PPID; ${OUTLIVE}; echo alive`],
  },
  {
    name: "SIGUSR1 to unshare --fork ends it",
    as: "user",
    argv: ["-f", "sh", "-c", `kill -USR1 $PPID; ${OUTLIVE}; echo alive`],
  },
  {
    name: "SIGKILL to unshare --fork leaves the program alive",
    as: "user",
    argv: ["-f", "sh", "-c", `kill -KILL $PPID; ${OUTLIVE}; echo alive`],
  },
  {
    name: "--kill-child kills the program when unshare is killed",
    as: "user",
    argv: ["--kill-child", "sh", "-c", `kill -KILL $PPID; ${OUTLIVE}; sleep 0.1; echo alive`],
  },
  {
    name: "--kill-child kills PID 1 and with it its children",
    as: "user",
    shell: `${QUIET}; mkfifo up
      unshare -Urpf --mount-proc --kill-child sh -c '(sleep 1; echo alive) & echo go >up; wait' &
      read x <up; kill -KILL $!; wait $!; echo "exit $?"; sleep 1.1`,
  },
  {
    name: "--kill-child=SIGNAL sends that one",
    as: "user",
    argv: [
      ...["--kill-child=USR1", "sh", "-c"],
      `trap "echo got it; exit" USR1; kill -KILL $PPID; ${OUTLIVE}; sleep 0.1; echo alive`,
    ],
  },
  {
    name: "--kill-child also works with --setuid",
    as: "root",
    shell: `${QUIET}; mkfifo -m 666 up
      unshare --kill-child -S 1000 sh -c 'echo go >up; sleep 0.5; echo alive' &
      read x <up; kill -KILL $!; wait $!; echo "exit $?"; sleep 0.6`,
    differs: { why: "util-linux's death link is lost when the uid changes", stdout: "exit 137\n" },
  },
  {
    name: "--kill-child also works with --setgid",
    as: "root",
    shell: `${QUIET}; mkfifo up
      unshare --kill-child=KILL -G 1000 sh -c 'echo go >up; sleep 0.5; echo alive' &
      read x <up; kill -KILL $!; wait $!; echo "exit $?"; sleep 0.6`,
    differs: { why: "util-linux's death link is lost when the gid changes", stdout: "exit 137\n" },
  },
  {
    name: "--forward-signals forwards SIGTERM, and the program's exit status counts",
    as: "user",
    argv: [
      ...["--forward-signals", "sh", "-c"],
      `trap 'echo got it; exit 4' TERM; ${sendParent("TERM")}`,
    ],
  },
  {
    name: "--forward-signals forwards SIGINT",
    as: "root",
    argv: [
      ...["--forward-signals", "sh", "-c"],
      `trap 'echo got it; exit 4' INT; ${sendParent("INT")}`,
    ],
  },
  {
    name: "--forward-signals forwards again and again",
    as: "user",
    argv: [
      ...["--forward-signals", "sh", "-c"],
      `n=0; trap 'n=$((n+1))' TERM
       while [ $n -lt 3 ]; do kill -TERM $PPID; sleep 0.02; done; echo $n; exit 9`,
    ],
  },
  {
    name: "a program without a handler dies by the forwarded signal, and unshare as well",
    as: "user",
    argv: ["--forward-signals", "sh", "-c", sendParent("TERM")],
  },
  {
    name: "--forward-signals forwards to PID 1 of a new PID namespace",
    as: "user",
    shell: `mkfifo up
      unshare -Urpf --forward-signals sh -c \\
        'trap "echo got it; exit 4" TERM; echo go >up; while :; do sleep 0.01; done' &
      read x <up; while kill -TERM $!; do sleep 0.03; done 2>/dev/null; wait $!; echo "exit $?"`,
  },
  {
    name: "--forward-signals and --kill-child together",
    as: "user",
    argv: [
      ...["--forward-signals", "--kill-child", "sh", "-c"],
      `n=0; trap 'n=1' TERM; while [ $n = 0 ]; do kill -TERM $PPID; sleep 0.03; done; echo got it
       kill -KILL $PPID; ${OUTLIVE}; sleep 0.1; echo alive`,
    ],
  },
  ...["", "-f", "--forward-signals", "--kill-child"].map((option): Line => ({
    name: `the program's signals are as they were with ${option || "no option"}`,
    as: "user",
    shell: `trap "" USR2 QUIT; outside=$(${SIGNALS}); inside=$(unshare ${option} ${SIGNALS})
      [ "$inside" = "$outside" ] && echo same || echo "$inside, not $outside"`,
  })),
  {
    name: "inherited descriptors are passed on and no other is there",
    as: "user",
    shell: `exec 5</dev/null 8</dev/null; outside=$(ls /proc/self/fd)
      for options in "" -f "-Urpf --mount-proc"; do
        inside=$(unshare $options ls /proc/self/fd)
        [ "$inside" = "$outside" ] && echo same || echo $inside, not $outside
      done`,
  },
  {
    name: "an inherited descriptor can be read",
    as: "root",
    shell: `echo text >file; unshare -pf --mount-proc sh -c "cat <&7" 7<file`,
  },
  {
    name: "standard input is passed on",
    as: "user",
    stdin: "one\ntwo\n",
    argv: ["-Urpf", "cat"],
  },
  {
    name: "closed standard input stays closed",
    as: "user",
    shell: `unshare -f sh -c '[ -e /proc/self/fd/0 ] || echo closed' <&-`,
    differs: {
      why:
        "Rust's runtime opens /dev/null where a standard stream is closed, before nido starts, and nothing tells that from a /dev/null that was given",
      behindDeno: true,
      stdout: "",
    },
  },
  {
    name: "closed standard output stays closed",
    as: "user",
    shell: `unshare -U sh -c '[ -e /proc/self/fd/1 ] || echo closed >&2' >&-`,
    differs: {
      why:
        "Rust's runtime opens /dev/null where a standard stream is closed, before nido starts, and nothing tells that from a /dev/null that was given",
      behindDeno: true,
      stderr: "",
    },
  },
  {
    name: "arguments are passed on as they are, empty ones too",
    as: "user",
    argv: ["-Uf", "printf", "[%s]\\n", "", "a b", "*", "\n", "--", "-f", ""],
  },
  {
    name: "arguments that are no UTF-8 are passed on as they are",
    as: "user",
    shell: `unshare -f printf '%s' "$(printf '\\377a\\200\\303')" | od -An -tx1`,
  },
  {
    name: "a program name that is no UTF-8 is executed",
    as: "user",
    shell: `name=$(printf './\\377'); cp /bin/true "$name"; unshare "$name"; echo $?`,
  },
  {
    name: "long arguments are passed on",
    as: "user",
    shell: `unshare -U sh -c 'echo \${#1} $#' sh "$(printf '%0100000d' 0)" $(seq 5000)`,
  },
  {
    name: "the program sees its name as it was written",
    as: "user",
    shell: `unshare cat /proc/self/cmdline | tr '\\0' ' '; unshare -f /bin/cat /proc/self/comm`,
  },
  {
    name: "umask, nice value and limits are passed on",
    as: "user",
    shell: `umask 027; ulimit -Sn 100; ulimit -Hn 200; ulimit -Sc 0
      export BEFORE=$(nice)
      nice -n 3 unshare -Uf sh -c 'umask; ulimit -Sn; ulimit -Hn; echo $(($(nice) - BEFORE))'`,
  },
  {
    name: "the program stays in the process group and session",
    as: "user",
    shell: `ids() { set -- $(cat /proc/self/stat); echo "$5 $6"; }
      outside=$(ids); inside=$(unshare -f sh -c 'set -- $(cat /proc/self/stat); echo "$5 $6"')
      [ "$outside" = "$inside" ] && echo same`,
  },
  {
    name: "no_new_privs and dumpable are as they were",
    as: "user",
    argv: ["-Urf", "sh", "-c", "grep NoNewPrivs /proc/self/status; stat -c %u /proc/self/mem"],
  },
  {
    name: "the death signal of the program is none without --kill-child",
    as: "user",
    argv: ["-Urpf", "sh", "-c", "grep -E '^(Threads|TracerPid|Seccomp:)' /proc/self/status"],
  },
  {
    name: "nested unshare works",
    as: "user",
    argv: ["-r", "unshare", "-muf", "unshare", "-pf", "--mount-proc", "sh", "-c", "echo $$; newns"],
  },
];
