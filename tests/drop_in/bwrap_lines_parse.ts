/** bwrap: what the command line itself does, before anything is launched. */

import { OPTIONS } from "../../cli/bwrap/options.ts";
import { both, type Line } from "./run_line.ts";

/** Options that bubblewrap does not have. */
const OWN = ["netns", "scope-abstract-unix-sockets", "forward-signals"];

const THEIRS = OPTIONS.map(({ long }) => long).filter((long) => !OWN.includes(long));

/** Words that are refused; each line is its own name. */
const REFUSED: readonly string[] = [
  // What is no option.
  ...["--nope true", "- true", "-x true", "--unshare-ip true", "--dir=/x true", "--uid=0 true"],
  ...["-h", "--DIR /x true", "---dir /x"],
  // Words that are missing.
  ...["--args", "--argv0", "--chdir", "--remount-ro", "--bind", "--bind /", "--bind-try /"],
  ...["--ro-bind /", "--ro-bind-try /", "--dev-bind /", "--dev-bind-try /", "--bind-fd 3"],
  ...["--ro-bind-fd 3", "--overlay a b", "--proc", "--dev", "--tmpfs", "--mqueue", "--dir"],
  ...["--file 3", "--bind-data 3", "--ro-bind-data 3", "--symlink a", "--lock-file", "--sync-fd"],
  ...["--block-fd", "--userns-block-fd", "--info-fd", "--json-status-fd", "--seccomp"],
  ...["--add-seccomp-fd", "--userns", "--userns2", "--pidns", "--setenv", "--setenv A"],
  ...["--unsetenv", "--uid", "--gid", "--hostname", "--cap-add", "--cap-drop", "--perms"],
  ...["--size", "--chmod", "--chmod 755"],
  // Numbers that are none.
  ...["--uid x true", "--uid -1 true", "--uid 4294967295 true", "--gid 0x0 true"],
  ...["--uid 99999999999999999999 true", "--args x", "--args -1", "--sync-fd x", "--info-fd 3x"],
  ...["--block-fd -3", "--seccomp x", "--userns x", "--pidns -1", "--file x /x", "--bind-fd x /x"],
  // Modes and sizes.
  ...["--perms 8 --dir /x true", "--perms 10000 --dir /x true", "--perms -1 --dir /x true"],
  ...["--perms 7 --perms 7", "--perms 7 --perms x", "--perms 7 --bind / / true"],
  ...["--perms 7 --chmod 7 /x true", "--perms 7 --unshare-ipc true", "--chmod 9 / true"],
  ...["--chmod 77777 / true", "--size 0 --tmpfs /x true", "--size -1 --tmpfs /x true"],
  ...["--size 08 --tmpfs /x true", "--size 1k --tmpfs /x true", "--size 1 --size 1"],
  ...["--size 18446744073709551616 --tmpfs /x true", "--size 9223372036854775808 --tmpfs /x true"],
  ...["--size 1 --dir /x true", "--perms 7 --size 1 --dir /x true"],
  // Overlays.
  ...["--overlay-src / true", "--overlay-src / --bind / / true", "--overlay a b c true"],
  ...["--tmp-overlay /x true", "--overlay-src / --ro-overlay /x true", "--overlay-src"],
  ...["--overlay-src / --perms 7 --tmp-overlay /x"],
  // What cannot be together.
  ...[
    "--argv0 a --argv0 b true",
    "--userns 3 --unshare-user true",
    "--userns 3 --unshare-all true",
  ],
  ...["--userns-block-fd 3 true", "--userns-block-fd 3 --unshare-user true"],
  ...["--disable-userns true", "--unshare-all --disable-userns true", "--hostname x true"],
  ...["--unshare-user --disable-userns --userns-block-fd 3 --info-fd 4 true"],
  ...["--as-pid-1 true", "--unshare-pid --as-pid-1 --lock-file /x true"],
  ...["--seccomp 3 --add-seccomp-fd 4 true"],
  // Capabilities and variables.
  ...[
    "--cap-add x true",
    "--cap-add sys_admin true",
    "--cap-add cap_all true",
    "--cap-drop 70 true",
  ],
  ...["--setenv A=B x true", "--unsetenv A=B true"],
  // The first that is wrong is said.
  ...["--nope --help", "--perms 8 --nope", "--dir /x --nope --bind"],
];

/** Options of which a path is empty; here _ is no character at all. */
const EMPTY: readonly string[] = [
  ...["chdir", "remount-ro", "proc", "dev", "tmpfs", "mqueue", "dir", "lock-file"].map((long) =>
    `--${long} _`
  ),
  ...["--bind _ /", "--bind / _", "--ro-bind-try _ /x", "--dev-bind / _", "--symlink _ /x"],
  ...["--symlink a _", "--chmod 755 _", "--chmod 9 _", "--file 0 _", "--bind-data 0 _"],
  ...["--ro-bind-fd 0 _", "--file _ _", "--overlay-src _ --tmp-overlay /x", "--setenv _ x"],
  ...["--overlay-src / --overlay _ b /x", "--overlay-src / --overlay a _ /x", "--unsetenv _"],
  ...["--overlay-src / --tmp-overlay _", "--uid _", "--args _", "--cap-add _", "--perms _"],
];

const wordsOf = (line: string): string[] => line.split(" ").map((word) => word === "_" ? "" : word);

/** A shell line whose options come through descriptor 9. */
const through = (words: string, behind: string): string =>
  `printf -- '${words.replaceAll(" ", "\\000")}' >args; bwrap --args 9 ${behind} 9<args`;

export const parseLines: readonly Line[] = [
  {
    name: "--help names every option on stdout and exits 0",
    as: "user",
    shell: `bwrap --help >help; echo "exit $?"
      for option in ${THEIRS.join(" ")}; do
        grep -qe "--$option\\>" help || echo "--$option is missing"
      done`,
  },
  {
    name: "--version begins with a line that programs read",
    as: "user",
    shell: `bwrap --version >version; echo "exit $?"; head -n 1 version`,
  },
  {
    name: "--version is told where it stands",
    as: "root",
    shell: `bwrap --dir /x --perms 7 --version --nope | head -n 1`,
  },
  ...["", "--dir /x", "--dir /x --", "--perms 7", "--setenv A ''"].flatMap((words) =>
    both({
      name: `nothing to run behind '${words}' is an error`,
      shell: `bwrap ${words} 2>usage; echo "exit $?"; head -c 13 usage`,
    })
  ),
  ...REFUSED.map((line): Line => ({ name: `refused: ${line}`, as: "user", argv: wordsOf(line) })),
  ...EMPTY.map((line): Line => ({ name: `refused: ${line}`, as: "user", argv: wordsOf(line) })),
  ...["--uid 5 true", "--gid 7 true", "--uid 5 --uid 6 true"].map((line): Line => ({
    name: `refused of root: ${line}`,
    as: "root",
    argv: wordsOf(line),
  })),
  {
    name: "a level is in front of a message, behind --level-prefix alone",
    as: "user",
    shell: `bwrap --level-prefix --nope; bwrap --nope --level-prefix`,
  },
  {
    name: "a level is in front of a warning",
    as: "user",
    argv: ["--chdir", "a", "--level-prefix", "--chdir", "b", "--nope"],
  },
  ...[
    "chdir /",
    "uid 0",
    "gid 0",
    "hostname x",
    "block-fd 8",
    "info-fd 8",
    "userns 8",
    "pidns 8",
    "json-status-fd 8",
    "userns-block-fd 8",
    "seccomp 8",
    "userns2 8",
  ].map((words): Line => ({
    name: `--${words} twice: that the last one counts is said`,
    as: "user",
    argv: [...wordsOf(`--${words} --${words} --nope`)],
  })),
  {
    name: "words of a descriptor are options",
    as: "user",
    shell: through("--ro-bind / / --setenv A b", "sh -c 'echo $A'"),
  },
  {
    name: "words of a descriptor that are no options are left out",
    as: "user",
    shell: through("--ro-bind / / echo inside", "echo outside"),
  },
  {
    name: "words of a descriptor end at --",
    as: "user",
    shell: through("--ro-bind / / -- --nope", "echo outside"),
  },
  {
    name: "words of a descriptor may end with NUL",
    as: "user",
    shell: through("--ro-bind / / ", "echo outside"),
  },
  {
    name: "a descriptor may give no words",
    as: "user",
    shell: "bwrap --args 9 --ro-bind / / echo outside 9</dev/null",
  },
  {
    name: "words of a descriptor lack a word",
    as: "user",
    shell: through("--ro-bind /", "--ro-bind / / true"),
  },
  {
    name: "words of a descriptor are no file of words",
    as: "user",
    shell: through("--args 8", "true"),
  },
  { name: "words of a descriptor are wrong", as: "user", shell: through("--nope", "true") },
  {
    name: "a mode is not for what is behind --args",
    as: "user",
    shell: through("--perms 7", "--dir /x true"),
  },
  {
    name: "a mode is not for what --args gives",
    as: "user",
    shell: `printf -- '--dir\\000/x' >args; bwrap --perms 7 --args 9 true 9<args`,
  },
  { name: "--args of a descriptor that is closed", as: "user", argv: ["--args", "99", "true"] },
  {
    name: "9,000 words are taken, and one more is not",
    as: "user",
    shell: `i=0; while [ $i -lt 8990 ]; do printf -- '--unshare-ipc\\0'; i=$((i+1)); done >args
      bwrap --args 9 --ro-bind / / true 9<args; echo "exit $?"
      i=0; while [ $i -lt 11 ]; do printf -- '--unshare-ipc\\0'; i=$((i+1)); done >>args
      bwrap --args 9 --ro-bind / / true 9<args; echo "exit $?"`,
  },
  {
    name: "options of the program are the program's",
    as: "user",
    argv: ["--ro-bind", "/", "/", "echo", "--ro-bind", "--nope"],
  },
  {
    name: "what is behind -- is the program",
    as: "user",
    argv: ["--ro-bind", "/", "/", "--", "echo", "--", "x"],
  },
  {
    name: "--not-a-security-boundary is accepted",
    as: "user",
    argv: ["--not-a-security-boundary", "--ro-bind", "/", "/", "echo", "yes"],
  },
];
