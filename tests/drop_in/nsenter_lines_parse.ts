/** nsenter: what the command line itself does, before anything is entered. */

import { both } from "./run_line.ts";
import type { Line } from "./run_line.ts";
import { target } from "./target.ts";

const UTS = "--uts=/proc/self/ns/uts";

/** Every long option; --help must name each. */
const LONG_OPTIONS = [
  ...["all", "target", "mount", "uts", "ipc", "net", "net-socket", "pid", "user", "cgroup", "time"],
  ...["user-parent", "setuid", "setgid", "preserve-credentials", "keep-caps", "root", "wd", "wdns"],
  ...["env", "no-fork", "join-cgroup", "help", "version"],
];

/** What is said of a process that is not there. */
const NO_PROCESS = {
  why: "util-linux says that a file is not there",
  stderr: "nsenter: cannot open process 99999999: No such process\n",
} as const;

/** A line whose target is a plain process in a new UTS namespace. */
function withTarget(name: string, argv: string): Line {
  return { name, as: "root", ...target("-u"), shell: `nsenter ${argv}` };
}

export const nsenterParseLines: readonly Line[] = [
  {
    name: "--help names every option on stdout and exits 0",
    as: "user",
    shell: `nsenter --help >help; echo "exit $?"
      for option in ${LONG_OPTIONS.join(" ")}; do
        grep -qe "--$option\\>" help || echo "--$option is missing"
      done`,
  },
  {
    name: "--version and -V print one line that begins with the program's name",
    as: "user",
    shell: `for option in --version -V --vers -aV; do
      nsenter $option >version; echo "exit $?"; wc -l <version; cut -d " " -f 1 version; done`,
  },
  ...both({ name: "no arguments at all name no namespace", argv: [] }),
  { name: "a program alone names no namespace", as: "user", argv: ["true"] },
  withTarget("a target alone names no namespace", "-t $TARGET true"),
  withTarget("a target with --wd and --env alone names no namespace", "-t $TARGET -w -e true"),
  withTarget("a target with --root alone names no namespace", "-t $TARGET -r true"),
  { name: "an unknown long option is refused", as: "user", argv: ["--nope=1", "true"] },
  { name: "an unknown short option is refused", as: "user", argv: ["-x", "true"] },
  { name: "--target needs an argument", as: "user", argv: ["--target"] },
  { name: "-t needs an argument", as: "user", argv: ["-t"] },
  { name: "-S needs an argument", as: "user", argv: ["-S"] },
  { name: "--all takes no argument", as: "user", argv: ["--all=yes"] },
  { name: "--us is ambiguous", as: "user", argv: ["--us", "true"] },
  { name: "--w is ambiguous", as: "user", argv: ["--w=/", "true"] },
  { name: "--net- fits one option, which needs an argument", as: "user", argv: ["--net-"] },
  { name: "--set=0 is ambiguous", as: "user", argv: ["--set=0", "true"] },
  { name: "--p is ambiguous", as: "user", argv: ["--p", "true"] },
  withTarget("abbreviations that fit one option work", "--ta=$TARGET --ut --no-f --setu=5 id -u"),
  { name: "a target that is no number is refused", as: "user", argv: ["-t", "abc", "-u", "true"] },
  {
    name: "an empty target is refused",
    as: "user",
    argv: ["-t", "", "-u", "true"],
    stderr: "kernel",
  },
  { name: "target 0 is refused", as: "user", argv: ["-t0", "-u", "true"], stderr: "kernel" },
  { name: "a negative target is refused", as: "user", argv: ["-t", "-1", "-u", "true"] },
  { name: "a target with a tail is refused", as: "user", argv: ["--target=1x", "-u", "true"] },
  {
    name: "a target beyond 32 bits is refused",
    as: "user",
    argv: ["--target=4294967297", "-u", "true"],
  },
  {
    name: "a target that is not there is refused",
    as: "root",
    argv: ["-t", "99999999", "-u", "true"],
    differs: NO_PROCESS,
  },
  {
    name: "--all of a target that is not there",
    as: "root",
    argv: ["-t", "99999999", "-a", "true"],
    differs: NO_PROCESS,
  },
  withTarget(
    "a target with an empty inode is refused",
    "-t $TARGET: -u true 2>&1 | sed s/$TARGET/TARGET/",
  ),
  {
    ...withTarget(
      "a target with a wrong inode is refused",
      "-t $TARGET:5 -u true 2>&1 | sed s/$TARGET/TARGET/",
    ),
    differs: {
      why: "nido says what that means",
      stdout:
        "nsenter: failed to obtain a valid file descriptor for PID TARGET: No such process\n" +
        "  why:  PID TARGET is another process than the one with inode 5\n" +
        "  try:  find out its PID again\n",
      code: 0,
      stderr: "",
    },
  },
  withTarget("two targets are refused", "-t $TARGET --target $TARGET -u true"),
  {
    name: "--all needs a target",
    as: "user",
    argv: ["--all", "true"],
    differs: {
      why: "util-linux looks for a process 0",
      stderr: "nsenter: no target PID specified",
    },
  },
  ...["-m", "-u", "--ipc", "--net", "-p", "-U", "--cgroup", "-T"].map((option): Line => ({
    name: `${option} without a file needs a target`,
    as: "user",
    argv: [option, "true"],
  })),
  { name: "-r needs a target", as: "user", argv: ["-r", UTS, "true"] },
  { name: "-w needs a target", as: "user", argv: [UTS, "--wd", "true"] },
  { name: "-e needs a target", as: "user", argv: [UTS, "-e", "true"] },
  { name: "--net-socket needs a target", as: "user", argv: ["--net-socket=1", "true"] },
  { name: "--user-parent needs a target", as: "user", argv: ["--user-parent", "true"] },
  {
    name: "--setuid=follow needs a target",
    as: "user",
    argv: [UTS, "--setuid=follow", "true"],
    differs: {
      why: "util-linux's message lacks its last word",
      stderr: "nsenter: neither filename nor target pid supplied for ",
    },
  },
  { name: "-S refuses a name", as: "user", argv: ["-S", "daemon", "-u", "true"] },
  { name: "-G refuses an empty word", as: "user", argv: ["-G", "", "-u", "true"] },
  { name: "-S refuses a negative number", as: "user", argv: ["-S-5", "-u", "true"] },
  withTarget("--net-socket refuses a name", "-t $TARGET -N x true"),
  withTarget("--wd and --wdns exclude each other", "-t $TARGET -u -w/ -W/ true"),
  withTarget("--wdns and --wd exclude each other in any order", "-t $TARGET --wdns=/ --wd -u true"),
  {
    name: "a file that is not there cannot be entered",
    as: "user",
    argv: ["--mount=nosuch", "true"],
    stderr: "kernel",
  },
  {
    name: "short options take their file attached, with or without =",
    as: "root",
    ...target("-ui"),
    shell: `nsenter -u=/proc/$TARGET/ns/uts -i/proc/$TARGET/ns/ipc newns`,
  },
  {
    name: "a short option's next word is the program, not its file",
    as: "root",
    ...target("-u"),
    shell: `nsenter -t $TARGET -u echo newns`,
  },
  {
    name: "short options take files, so that two in a cluster are one with a file",
    as: "root",
    argv: ["-ui", "true"],
    stderr: "kernel",
  },
  {
    name: "a word that is not an option ends the options",
    as: "root",
    ...target("-u"),
    shell: "nsenter -t $TARGET -u -- echo -u --nope -- -x",
  },
];
