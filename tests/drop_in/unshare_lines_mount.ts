/** unshare: mounts, propagation, fresh /proc, binfmt_misc, root and working directory. */

import { both } from "./run_line.ts";
import type { Line } from "./run_line.ts";

/** A shared mount to see what becomes of it in a new mount namespace. */
const SHARED = {
  setup:
    "mkdir -p shared; mount --bind shared shared; mount --make-shared shared; mkdir shared/sub",
  cleanup: "umount shared/sub 2>/dev/null; umount shared",
};

/** Prints the propagation of the shared mount: `shared:N`, `master:N`, both, or `-`. */
const PROPAGATION = [
  "sh",
  "-c",
  `grep " $PWD/shared " /proc/self/mountinfo | cut -d" " -f7- |
    sed "s/ *- .*//; s/:[0-9]*/:N/g; s/^$/private/"`,
];

const PROC_PIDS = ["sh", "-c", "set -- /proc/[0-9]*; echo $$ $#"];

/** Prints options and propagation of the topmost mount on /proc. */
const PROC_MOUNT = [
  "sh",
  "-c",
  `grep " /proc " /proc/self/mountinfo | tail -n 1 | cut -d" " -f5-9`,
];

/** Prints the mounts of proc and binfmt_misc that unshare made, on /proc: they are nosuid. */
const NEW_MOUNTS =
  `grep -E " - (proc|binfmt_misc) " /proc/self/mountinfo | grep nosuid | grep -E "^([^ ]+ ){4}/proc" | cut -d" " -f5-9`;

/** Registers an interpreter for files that end in .nido, which prints how it was called. */
const INTERPRETER = ":nido:E::nido::/bin/echo:";

const RUN_DOT_NIDO = ["sh", "-c", ">x.nido; chmod +x x.nido; ./x.nido one two"];

export const mountLines: readonly Line[] = [
  {
    name: "a mount made inside is not seen outside",
    as: "user",
    shell: `mkdir here; unshare -Urm sh -c 'mount -t tmpfs inside here; >here/file; ls here'
      ls here; echo "exit $?"`,
  },
  {
    name: "a new mount namespace is made private by default",
    as: "root",
    ...SHARED,
    argv: ["-m", ...PROPAGATION],
  },
  ...["private", "shared", "slave", "unchanged"].map((mode): Line => ({
    name: `--propagation ${mode} sets the propagation of all mounts`,
    as: "root",
    ...SHARED,
    argv: ["-m", "--propagation", mode, ...PROPAGATION],
  })),
  {
    name: "the last --propagation counts",
    as: "root",
    ...SHARED,
    argv: ["-m", "--propagation=private", "--propagation=slave", ...PROPAGATION],
  },
  {
    name: "mounts are slaves in another user's namespace with --propagation unchanged",
    as: "user",
    needs: ["root setup"],
    ...SHARED,
    argv: ["-Urm", "--propagation", "unchanged", ...PROPAGATION],
  },
  {
    name: "--propagation without --mount is ignored",
    as: "root",
    ...SHARED,
    argv: ["-u", "--propagation=private", ...PROPAGATION],
  },
  {
    name: "with --propagation unchanged a mount on a shared mount reaches the outside",
    as: "root",
    ...SHARED,
    shell: `unshare -m --propagation unchanged mount -t tmpfs inside shared/sub
      mountpoint -q shared/sub && echo seen || echo hidden`,
  },
  {
    name: "with --propagation slave a mount on a shared mount does not reach the outside",
    as: "root",
    ...SHARED,
    shell: `unshare -m --propagation slave mount -t tmpfs inside shared/sub
      mountpoint -q shared/sub && echo seen || echo hidden`,
  },
  ...both({
    name: "-pf --mount-proc shows the new PID namespace alone",
    argv: ["-Urpf", "--mount-proc", ...PROC_PIDS],
  }),
  {
    name: "--mount-proc implies --mount and mounts nosuid, nodev, noexec",
    as: "root",
    argv: ["-pf", "--mount-proc", ...PROC_MOUNT],
  },
  {
    name: "--mount-proc without a PID namespace needs no fork",
    as: "root",
    argv: ["--mount-proc", "newns"],
  },
  {
    name: "--mount-proc=DIR mounts there and leaves /proc",
    as: "root",
    setup: "mkdir here",
    argv: [
      "-pf",
      "--mount-proc=here",
      "sh",
      "-c",
      "set -- here/[0-9]*; echo $#; readlink here/self",
    ],
  },
  {
    name: "--mount-proc=/DIR takes an absolute path as an ordinary user",
    as: "user",
    setup: "mkdir here",
    shell: `unshare -rpf "--mount-proc=$PWD/here" sh -c 'set -- here/[0-9]*; echo $#'`,
  },
  {
    name: "--mount-proc keeps --propagation shared for other mounts",
    as: "root",
    ...SHARED,
    argv: ["-pf", "--mount-proc", "--propagation=shared", ...PROPAGATION],
  },
  {
    name: "-p --mount-proc without --fork shows the old PID namespace",
    as: "root",
    argv: ["-p", "--mount-proc", "sh", "-c", "[ -d /proc/$$/ns ] && echo old || echo new"],
  },
  ...both({
    name: "-Urp --mount-proc without --fork is refused",
    argv: ["-Urp", "--mount-proc", "true"],
    stderr: "kernel",
  }),
  {
    name: "--mount-proc on a directory that is not there is refused",
    as: "root",
    argv: ["-pf", "--mount-proc=nosuch", "true"],
    stderr: "kernel",
  },
  {
    name: "--mount-proc is refused to an ordinary user",
    as: "user",
    argv: ["--mount-proc", "true"],
    stderr: "kernel",
  },
  {
    name: "--root runs the program in another root, at its top",
    as: "root",
    argv: ["--root", "root", "sh", "-c", "pwd; cat /etc/inside; ls -d /sub/*"],
  },
  {
    name: "--root works for an ordinary user in a user namespace",
    as: "user",
    argv: ["-r", "-Rroot", "sh", "-c", "pwd; cat /etc/inside; id -u"],
  },
  {
    name: "--root and --wd: the working directory is a path in the new root",
    as: "root",
    argv: ["--wd=/sub/deep", "-R", "root", "sh", "-c", "pwd"],
  },
  {
    name: "with --root a relative --wd begins where the caller was",
    as: "root",
    argv: ["--root=root", "--wd=root/sub", "sh", "-c", "cat deep/../../etc/inside"],
  },
  {
    name: "with --root the program is looked for inside",
    as: "root",
    argv: ["--root=root", "/usr/bin/printf", "no"],
    stderr: "kernel",
  },
  {
    name: "--root with --mount-proc mounts /proc inside the new root",
    as: "user",
    argv: [
      ...["-Urpf", "--root=root", "--mount-proc"],
      ...["sh", "-c", "readlink /proc/self; cat /etc/inside"],
    ],
  },
  {
    name: "--root with --mount-proc=DIR mounts inside the new root",
    as: "root",
    argv: ["-pf", "--root=root", "--mount-proc=/tmp", "sh", "-c", "readlink /tmp/self; ls /proc"],
  },
  {
    name: "the last --root counts, and it may be /",
    as: "root",
    argv: ["--root=root", "--root=/", "sh", "-c", "[ -e /etc/passwd ] && pwd"],
  },
  {
    name: "--root to a directory that is not there fails",
    as: "root",
    argv: ["--root=nosuch", "true"],
    stderr: "kernel",
  },
  {
    name: "--root to a file fails",
    as: "root",
    argv: ["-R", "/etc/passwd", "true"],
    stderr: "kernel",
  },
  {
    name: "--root is refused to an ordinary user",
    as: "user",
    argv: ["-R", "root", "true"],
    stderr: "kernel",
  },
  ...both({
    name: "--wd changes the working directory",
    setup: "mkdir -p sub/deep",
    argv: ["--wd", "sub/deep", "sh", "-c", "pwd -P"],
  }),
  {
    name: "the last --wd counts, and an empty one fails",
    as: "root",
    shell: `unshare --wd=/etc --wd=/ pwd; unshare -w "" pwd; echo "exit $?"`,
    stderr: "kernel",
  },
  {
    name: "--wd to a directory that is not there fails",
    as: "user",
    argv: ["-w", "nosuch", "true"],
    stderr: "kernel",
  },
  {
    name: "--wd to a file fails",
    as: "root",
    argv: ["--wd=/etc/passwd", "true"],
    stderr: "kernel",
  },
  {
    name: "--wd to a directory that may not be entered fails",
    as: "user",
    setup: "mkdir -m 0 locked",
    cleanup: "chmod 700 locked",
    argv: ["--wd=locked", "true"],
    stderr: "kernel",
  },
  {
    name: "without --wd the working directory stays",
    as: "user",
    argv: ["-Urmpf", "--mount-proc", "sh", "-c", "pwd -P"],
  },
  ...both({
    name: "--mount-binfmt implies --user and --mount, and mounts /proc as well",
    needs: ["binfmt"],
    argv: ["-rpf", "--mount-binfmt", "sh", "-c", `newns; ${NEW_MOUNTS}`],
  }),
  {
    name: "--mount-binfmt without a map runs as nobody",
    as: "root",
    needs: ["binfmt"],
    argv: ["-pf", "--mount-binfmt", "sh", "-c", `id -u; ${NEW_MOUNTS}`],
  },
  {
    name: "--mount-binfmt without --pid --fork cannot mount /proc",
    as: "user",
    argv: ["-r", "--mount-binfmt", "true"],
    stderr: "kernel",
  },
  {
    name: "--mount-binfmt=DIR mounts there and leaves /proc",
    as: "user",
    needs: ["binfmt"],
    setup: "mkdir here",
    argv: ["-r", "--mount-binfmt=here", "sh", "-c", "ls here | sort; newns"],
  },
  {
    name: "--mount-binfmt on a directory that is not there is refused",
    as: "root",
    argv: ["-r", "--mount-binfmt=nosuch", "true"],
    stderr: "kernel",
  },
  ...both({
    name: "--load-interp makes files run by their interpreter",
    needs: ["binfmt"],
    argv: ["-rpf", "--load-interp", INTERPRETER, ...RUN_DOT_NIDO],
  }),
  {
    name: "-l takes its value attached, and shows in the new binfmt_misc",
    as: "user",
    needs: ["binfmt"],
    argv: ["-rpf", `-l${INTERPRETER}`, "cat", "/proc/sys/fs/binfmt_misc/nido"],
  },
  {
    name: "the last --load-interp counts",
    as: "user",
    needs: ["binfmt"],
    argv: [
      ...["-rpf", "-l", ":one:E::one::/bin/echo:", "-l", ":two:E::two::/bin/echo:"],
      ...["ls", "/proc/sys/fs/binfmt_misc"],
    ],
  },
  {
    name: "--load-interp refuses a string that the kernel refuses",
    as: "user",
    needs: ["binfmt"],
    argv: ["-rpf", "-l", ":x", "true"],
    stderr: "kernel",
  },
  {
    name: "--load-interp with --root finds the interpreter inside the root",
    as: "user",
    needs: ["binfmt"],
    argv: [
      ...["-rpf", "--root=root", "-l", ":nido:E::nido::/bin/cat:"],
      ...["cat", "/proc/sys/fs/binfmt_misc/nido"],
    ],
  },
  {
    name: "--load-interp with flag F and --root takes the interpreter from outside",
    as: "user",
    needs: ["binfmt"],
    setup: "printf '#!/bin/sh\\n' >outside; chmod +x outside; echo OUT=$PWD/outside",
    shell: `unshare -rpf --root=root -l ":nido:E::nido::$OUT:F" cat /proc/sys/fs/binfmt_misc/nido`,
  },
  {
    name: "--load-interp with flag F and --root refuses an interpreter that is only inside",
    as: "user",
    needs: ["binfmt"],
    argv: ["-rpf", "--root=root", "-l", ":nido:E::nido::/etc/inside:F", "true"],
    stderr: "kernel",
  },
];
