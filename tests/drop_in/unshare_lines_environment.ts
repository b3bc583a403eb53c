/** unshare: the environment, and the shell that runs when no program is named. */

import { both } from "./run_line.ts";
import type { Line } from "./run_line.ts";

/** A shell under a name of its own, which prints the name it was called by. */
const OWN_SHELL = "cp /bin/sh ownsh; echo SHELL=$PWD/ownsh";

/** Runs unshare without a program, and hides the name of root's shell on this machine. */
const ROOTS_SHELL = `shell=$(getent passwd 0 | cut -d: -f7)
  unshare OPTIONS | sed "s/^-\${shell##*/} /root's shell: /"`;

const WHO = "echo $0 $#\n";

export const environmentLines: readonly Line[] = [
  {
    name: "the environment is passed on as it is",
    as: "user",
    env: { FIRST: "one two", EMPTY: "", EQUALS: "a=b=c" },
    argv: ["-Urpf", "sh", "-c", `echo "$FIRST|\${EMPTY-unset}|$EQUALS"`],
  },
  {
    name: "an environment that is no UTF-8 is passed on as it is",
    as: "user",
    shell: `export BYTES="$(printf '\\377\\200')"; unshare -U printenv BYTES | od -An -tx1`,
  },
  {
    name: "a variable with a strange name is passed on",
    as: "user",
    shell: `env 'a b.c=1' unshare -f env | grep 'a b.c'`,
    needs: ["binary"],
  },
  {
    name: "with -r USER and HOME stay",
    as: "user",
    env: { USER: "someone", LOGNAME: "someone" },
    argv: ["-r", "sh", "-c", "echo $USER $LOGNAME $HOME"],
  },
  ...both({ name: "--clear-env empties the environment", argv: ["-U", "--clear-env", "env"] }),
  {
    name: "--clear-env with a fork empties the environment",
    as: "user",
    argv: ["--clear-env", "-f", "env"],
  },
  {
    name: "after --clear-env a program is found in the system's path only",
    as: "user",
    argv: ["--clear-env", "newns"],
  },
  {
    name: "after --clear-env a program is found in the system's path",
    as: "user",
    argv: ["--clear-env", "sh", "-c", "echo $0 ${HOME-unset}"],
  },
  {
    name: "--whitelist-env keeps what is named",
    as: "user",
    env: { KEEP1: "x", KEEP2: "y z", DROP: "1" },
    shell: `unshare "--whitelist-env=KEEP1,KEEP2" env | sort`,
  },
  {
    name: "--whitelist-env takes its list in the next word",
    as: "user",
    env: { AAA: "1", BBB: "2", CCC: "3" },
    shell: `unshare --whitelist-env CCC,AAA,BBB env | sort`,
  },
  {
    name: "--whitelist-env passes over names that are not set",
    as: "user",
    env: { KEEP: "x" },
    shell: `unshare "--whitelist-env=NOSUCH,KEEP,OTHER" env | sort`,
  },
  {
    name: "--whitelist-env keeps an empty variable, and a name given twice once",
    as: "user",
    env: { KEEP: "", OTHER: "1" },
    shell: `unshare --whitelist-env=KEEP,OTHER,KEEP -f env | sort`,
  },
  {
    name: "--whitelist-env with an empty list changes nothing",
    as: "user",
    env: { KEEP: "x" },
    argv: ["--whitelist-env=", "sh", "-c", "echo $KEEP"],
  },
  {
    name: "--whitelist-env passes over empty names",
    as: "user",
    env: { KEEP: "x", OTHER: "y" },
    shell: `unshare "--whitelist-env=,KEEP,,OTHER," env | sort`,
  },
  {
    name: "--whitelist-env takes whole names only, and no blanks",
    as: "user",
    env: { KEEP: "x", KEEPER: "y", OTHER: "z" },
    shell: `unshare "--whitelist-env=KEE,KEEP, OTHER" env | sort`,
  },
  {
    name: "--whitelist-env takes names without a value",
    as: "user",
    env: { KEEP: "x", OTHER: "y" },
    shell: `unshare "--whitelist-env=KEEP=1,OTHER" env | sort`,
  },
  {
    name: "--whitelist-env after --clear-env keeps what is named",
    as: "user",
    env: { KEEP: "x" },
    argv: ["--clear-env", "--whitelist-env=KEEP", "env"],
  },
  {
    name: "--clear-env after --whitelist-env keeps what is named",
    as: "user",
    env: { KEEP: "x" },
    argv: ["--whitelist-env=KEEP", "--clear-env", "env"],
  },
  {
    name: "several --whitelist-env keep what any of them names",
    as: "user",
    env: { ONE: "1", TWO: "2", THREE: "3" },
    shell: `unshare --whitelist-env=ONE,TWO --whitelist-env=THREE env | sort`,
  },
  {
    name: "with PATH kept a program is found in it",
    as: "root",
    argv: ["-u", "--whitelist-env=PATH,OUTSIDE", "newns"],
  },
  {
    name: "without a program SHELL runs as a login shell",
    as: "user",
    setup: OWN_SHELL,
    stdin: WHO,
    argv: ["-U"],
  },
  {
    name: "without a program SHELL runs as a login shell after --fork",
    as: "root",
    setup: OWN_SHELL,
    stdin: WHO + "echo $$\nexit 9\n",
    argv: ["-pf", "--mount-proc", "--"],
  },
  {
    name: "SHELL is not looked for in PATH",
    as: "user",
    env: { SHELL: "sh" },
    stdin: WHO,
    argv: ["-r"],
  },
  {
    name: "with an empty SHELL the password file names the shell of the id inside",
    as: "user",
    env: { SHELL: "" },
    stdin: WHO,
    shell: ROOTS_SHELL.replace("OPTIONS", "-r"),
  },
  {
    name: "SHELL that is a directory gives 126",
    as: "user",
    env: { SHELL: "/bin/" },
    stdin: WHO,
    argv: ["-r"],
    stderr: "kernel",
  },
  {
    name: "SHELL that is not there gives 127",
    as: "user",
    env: { SHELL: "/no/shell" },
    argv: ["-r"],
  },
  {
    name: "SHELL that is not executable gives 126",
    as: "user",
    env: { SHELL: "/etc/passwd" },
    argv: ["-f"],
    stderr: "kernel",
  },
  {
    name: "SHELL that is a script gets no arguments",
    as: "user",
    setup:
      `printf '#!/bin/sh\\necho script $0 $#\\n' >script; chmod +x script; echo SHELL=./script`,
    argv: ["-U"],
  },
  {
    name: "SHELL that is a script without an interpreter line is not run by sh",
    as: "user",
    setup: `echo 'echo plain $0 $#' >script; chmod +x script; echo SHELL=$PWD/script`,
    argv: ["-U"],
  },
  {
    name: "without SHELL the password file names the shell",
    as: "root",
    stdin: WHO,
    shell: ROOTS_SHELL.replace("OPTIONS", "-u"),
  },
  {
    name: "without SHELL and a line in the password file /bin/sh runs",
    as: "root",
    stdin: WHO,
    argv: ["-S", "4242", "unshare"],
  },
  {
    name: "with --clear-env the password file names the shell, not SHELL",
    as: "root",
    setup: OWN_SHELL,
    stdin: WHO,
    shell: ROOTS_SHELL.replace("OPTIONS", "--clear-env"),
  },
  {
    name: "with --whitelist-env=SHELL and no program SHELL is run",
    as: "user",
    setup: OWN_SHELL,
    stdin: WHO + "echo ${SHELL##*/}\n",
    argv: ["-U", "--whitelist-env=SHELL"],
  },
  {
    name: "no arguments at all run SHELL in the same namespaces",
    as: "user",
    setup: OWN_SHELL,
    stdin: "$BIN/newns\nexit 3\n",
    argv: [],
  },
  {
    name: "with --root SHELL is looked for inside",
    as: "root",
    env: { SHELL: "/bin/sh" },
    stdin: "pwd; echo $0; cat /etc/inside\n",
    argv: ["--root=root"],
  },
];
