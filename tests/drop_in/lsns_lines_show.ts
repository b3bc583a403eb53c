/** lsns: what is listed, in every format. */

import type { Line } from "./run_line.ts";
import { world } from "./world.ts";

/** Two processes: one in the world's namespaces but for UTS and IPC, one in a user namespace. */
const TWO = `start -ui sh keep one; one=$!
start -Urn sh keep two; two=$!
NAMES="A:$one B:$two"
`;

/** Three user namespaces, each inside the one before, and two PID namespaces. */
const NESTED = `start -Ur /usr/bin/unshare -Ur /usr/bin/unshare -Uru sh keep deep; deep=$!
NAMES="D:$deep"
`;

/** Which of several children of a process comes last depends on their inodes. */
const ANY_BRANCH = ">shown; sed 's/[|`]-/+-/' shown";

/** As root, in the world of two processes. Lists of namespaces are sorted, as inodes are random. */
function two(name: string, script: string, more: Partial<Line> = {}): Line {
  return { name, as: "root", shell: world(TWO + script), ...more };
}

export const lsnsShowLines: readonly Line[] = [
  two("without options every kind is listed with six columns", `sorted ${ANY_BRANCH}`),
  two("--type shows one kind as a process tree", "list -t uts"),
  two("--type in UTF-8 draws the tree with lines", "list -t uts", { env: { LC_ALL: "C.UTF-8" } }),
  ...["mnt", "net", "ipc", "user", "pid", "uts", "cgroup", "time"].map((kind) =>
    two(
      `--type ${kind} shows that kind`,
      `sorted -t ${kind} -o TYPE,NPROCS,PID,PPID,UID,COMMAND`,
    )
  ),
  two("--type given twice shows both kinds", "sorted -t uts --type=ipc -o TYPE,NPROCS,PID"),
  two("--list has no tree", "sorted -l -t uts"),
  two("--noheadings has no header", "list -n -t time"),
  two("--noheadings with --list", "sorted -nl -t ipc"),
  two("--raw separates by one blank and escapes", "sorted -r -t uts -o NS,TYPE,COMMAND"),
  two("--raw with --list and --noheadings", "sorted -rln -t uts"),
  two("--raw shows empty cells", "list -rn -p 1 -t uts -o NS,PNS,ONS,NETNSID,NSFS,PATH,TYPE"),
  two("--output chooses columns in the given order", "list -p 1 -t net -o COMMAND,NS,TYPE"),
  two("--output takes columns in small letters", "list -p 1 -t net -o command,ns,type"),
  two("--output takes a column twice", "list -p 1 -t net -o NS,TYPE,NS"),
  two("--output with a plus adds columns", "list -p 1 -t uts -o +PATH,PPID"),
  two("--output with a plus adds to the columns of --type net", "list -p 1 -t net -o +ONS"),
  two("the last --output counts", "list -p 1 -t uts -o NS -o TYPE"),
  two("--output-all has all columns", "list -p 1 -t uts --output-all"),
  two("--output-all with --raw", "list -p $two -t net --output-all -r"),
  two("--output-all with --json", "list -p $two -t user --output-all -J"),
  two(
    "every column alone",
    `for column in NS TYPE PATH NPROCS PID PPID COMMAND UID USER NETNSID NSFS PNS ONS; do
    list -p $two -t user -o $column; done`,
  ),
  two("abbreviations of long options work", "list --ty uts --noh --ta 1 --fi PID==1 --notr --now"),
  two("--task shows the namespaces of one process", "sorted -p $one -o NS,TYPE,NPROCS,PID"),
  two(
    "--task of a process in a user namespace",
    "sorted --task=$two -o NS,TYPE,NPROCS,PID,PNS,ONS",
  ),
  two("--task of a process that is not there is empty", "list -p 99999"),
  two("--task with --json of a process that is not there is empty", "list -J -p 99999"),
  two("--task 0", "list -p 0 -t uts"),
  two("a namespace as operand lists its processes", "list $(stat -L -c %i /proc/$one/ns/uts)"),
  two(
    "a namespace as operand with columns",
    "list -o PID,PPID,TYPE,NS -l $(stat -L -c %i /proc/$two/ns/net)",
  ),
  two(
    "a namespace as operand with all processes of the world",
    "list $(stat -L -c %i /proc/1/ns/time) -o PID,PPID,COMMAND >shown; " +
      "sed 's/`-.*lsns /`-lsns /' shown",
  ),
  two("a namespace as operand in raw format", "list -r $(stat -L -c %i /proc/$two/ns/user)"),
  two(
    "a namespace as operand in JSON",
    "list -J $(stat -L -c %i /proc/$two/ns/user) -o PID,COMMAND",
  ),
  two("a namespace as operand that is not there", "list 12345"),
  two("a second operand", "list $(stat -L -c %i /proc/$one/ns/uts) 5"),
  two("--json has numbers for numbers", "list -J -t ipc -p $one"),
  two("--json in a process tree nests children", "list -J -t uts -o NS,PID,PPID,COMMAND"),
  two(
    "--json with --list is flat",
    "list -Jl -t cgroup -o NS,TYPE,PATH,NPROCS,PID,PPID,COMMAND,UID,USER,NETNSID,NSFS,PNS,ONS",
  ),
  two("--json with --noheadings is no different", "list -Jn -t time -p 1"),
  two("--notruncate and --nowrap", "list -uW -t time"),

  two("--filter by a text", `sorted -Q 'TYPE == "uts"' -o NS,TYPE`),
  two("--filter by a text in single quotes", `sorted -Q "TYPE == 'uts'" -o NS,TYPE`),
  two(
    "--filter by a text and a number",
    `list -Q 'TYPE == "net" && NPROCS == 1' -o NS,TYPE,NPROCS`,
  ),
  two(
    "--filter by words: and, or, not, eq, ne, lt, le, gt, ge",
    `
    for filter in 'TYPE eq "net" and NPROCS eq 1' 'TYPE eq "net" and not NPROCS gt 1' \\
        'TYPE ne "net" and TYPE ne "uts" and NPROCS lt 2' '(TYPE eq "uts" or TYPE eq "ipc") and NPROCS le 1' \\
        'TYPE eq "user" and NPROCS ge 2'; do
      sorted -Q "$filter" -n -o NS,TYPE,NPROCS; echo; done`,
  ),
  two(
    "--filter by signs: || && ! < <= > >= !=",
    `
    for filter in 'TYPE == "net" && !(NPROCS > 1)' 'TYPE != "net" && NPROCS < 2' \\
        '(TYPE == "uts" || TYPE == "ipc") && NPROCS <= 1' 'TYPE == "user" && NPROCS >= 2'; do
      sorted -Q "$filter" -n -o NS,TYPE,NPROCS; echo; done`,
  ),
  two(
    "--filter by regular expressions",
    `sorted -Q 'TYPE =~ "^u" && COMMAND =~ "keep (one|two)"' -o NS,TYPE,COMMAND
    sorted -Q 'TYPE !~ "^[a-t]" && PID > 1' -n -l -o NS,TYPE,COMMAND`,
  ),
  two("--filter on a column that is not shown", `list -Q 'PID == '$two' && TYPE == "net"' -o NS`),
  two("--filter on columns in small letters", `list -Q 'type == "time"' -o NS`),
  two(
    "--filter on a text column that is a number",
    `list -Q 'USER == "root" && TYPE == "time"' -o NS,USER; list -Q 'UID == 0 && TYPE == "time"' -o NS,UID`,
  ),
  two("--filter compares a text by order", `sorted -Q 'TYPE > "u" && NPROCS > 2' -n -o TYPE`),
  two(
    "--filter with a suffix",
    `list -Q 'NS > 3G && TYPE == "time"' -n -o TYPE; list -Q 'NS < 1K' -n; list -Q 'PID < 1K && TYPE == "time"' -n -o TYPE`,
  ),
  two(
    "--filter with a column name alone asks whether it is set",
    `sorted -Q 'PNS' -n -o TYPE,PNS; sorted -Q 'NETNSID && TYPE == "net"' -n -o TYPE`,
  ),
  two(
    "--filter with a constant",
    `list -Q 'true' -n -t time -o TYPE; list -Q 'false' -t time -o TYPE; list -Q '1' -n -t time -o TYPE`,
  ),
  two("--filter and --type both apply", `list -t uts -Q 'NPROCS == 1' -o NS,TYPE`),
  two("--filter that leaves nothing", `list -Q 'PID == 77777'`),
  two(
    "--filter that leaves a child without its parent",
    `list -t uts -Q 'PID == '$one -o NS,PID,COMMAND`,
  ),
  two("--filter with --json", `list -J -Q 'PID == '$two' && TYPE == "net"' -o NS,TYPE`),
  two("--filter with an empty expression filters nothing", `list -Q "" -n -t time -o TYPE`),
  two("the last --filter counts", `list -Q 'TYPE == "uts"' -Q 'TYPE == "time"' -n -o TYPE`),

  {
    name: "--tree shows who owns whom",
    as: "root",
    shell: world(NESTED + `list -T -Q 'TYPE == "user" || PID == '$deep`),
  },
  {
    name: "--tree=owner",
    as: "root",
    shell: world(NESTED + "list -t user --tree=owner -o NS,TYPE,NPROCS,PID,PPID,PNS,ONS"),
  },
  {
    name: "--tree=parent shows user namespaces inside each other",
    as: "root",
    shell: world(NESTED + "list -t user --tree=parent -o NS,NPROCS,PID,PNS"),
  },
  {
    name: "--tree=parent in UTF-8",
    as: "root",
    env: { LC_ALL: "C.UTF-8" },
    shell: world(NESTED + "list -t user -Tparent -o NS,PID"),
  },
  {
    name: "--tree=parent with --json nests",
    as: "root",
    shell: world(NESTED + "list -J -t user --tree=parent -o NS,PID,PNS"),
  },
  {
    name: "--tree=parent in raw format",
    as: "root",
    shell: world(NESTED + "list -r -t user --tree=parent -o NS,PID"),
  },
  {
    name: "--tree=process in JSON",
    as: "root",
    shell: world(NESTED + "list -J -t user --tree=process -o NS,PID,COMMAND -Q NPROCS"),
  },
  {
    name: "--tree=process is the default",
    as: "root",
    shell: world(
      NESTED +
        "for tree in --tree=process -n; do list -t user $tree -o NS,PID,COMMAND -Q NPROCS; done",
    ),
  },
  {
    name: "the last --tree counts",
    as: "root",
    shell: world(NESTED + "list -t user -T -Tparent --tree=process -o NS,PID,COMMAND -Q NPROCS"),
  },
  {
    name: "--list and --tree do not exclude each other: it is a tree",
    as: "root",
    shell: world(NESTED + "list -l -T -t user -o NS,PID; list -T -l -t user -o NS,PID"),
  },
  {
    name: "--tree=parent of PID namespaces",
    as: "root",
    shell: world(`start -pf sh keep inner; NAMES=B:$(cat /proc/$!/task/$!/children)
    list -t pid --tree=parent -o NS,NPROCS,PID,PPID,PNS`),
  },
  {
    name: "a process that unshared without a fork: the PID namespace of its children is not listed",
    as: "root",
    shell: world("start -p sh keep it; list -t pid -o TYPE,NPROCS,PID"),
  },
  {
    name: "--task of a process in an inner PID namespace shows the parent namespace's inode",
    as: "root",
    shell: world(`start -pf sh keep inner; child=$(cat /proc/$!/task/$!/children); NAMES="B:$child"
      list -t pid -p $child -o NS,NPROCS,PID,PPID,COMMAND,PNS,ONS`),
  },

  two(
    "a network namespace kept by a bind mount shows its file",
    `>kept; mount --bind /proc/$two/ns/net kept
    list -t net -o NS,NPROCS,PID,NSFS -p $two; umount kept`,
  ),
  two(
    "--nowrap joins several files",
    `>kept; >also; for file in kept also; do mount --bind /proc/$two/ns/net $file; done
    list -t net -o NPROCS,NSFS -p $two; list -W -t net -o NPROCS,NSFS -p $two
    list -JW -t net -o NPROCS,NSFS -p $two; umount kept also`,
  ),
  two(
    "--persistent shows a namespace that only a bind mount keeps",
    `>kept; mount --bind /proc/$one/ns/uts kept
    kill -9 $one; wait $one 2>/dev/null
    NAMES=; list -P -o NS,TYPE,PATH,NPROCS,PID,PPID,COMMAND,NSFS
    list -P -t net; umount kept`,
  ),
  two(
    "--persistent shows a namespace that only a descriptor keeps",
    `exec 5</proc/$one/ns/uts
    kill -9 $one; wait $one 2>/dev/null
    NAMES=; list -P -o NS,TYPE,NPROCS,PID,ONS`,
  ),
  {
    name: "namespaces that are only parents of others",
    as: "root",
    shell: world(
      NESTED +
        `sorted -t user -P -o TYPE,NPROCS,PID,UID,COMMAND; sorted -t user -o NPROCS,PID,UID`,
    ),
    differs: {
      why: "nido lists them: they exist",
      stdout: "TYPE NPROCS PID UID COMMAND\n" + "user      0       0 \n".repeat(2) +
        "     0       0\n".repeat(2) + "     1   3   0\n     2   1   0\nNPROCS PID UID\n",
    },
  },
  two("--persistent where there is none is empty", "list -P -t time"),

  {
    name: "an ordinary user sees its own world",
    as: "user",
    shell: world(
      TWO + `sorted -o NS,TYPE,NPROCS,PID,USER,COMMAND -Q NPROCS ${ANY_BRANCH}`,
      "-Ur",
    ),
  },
  {
    name: "an ordinary user sees its own world as a tree of owners",
    as: "user",
    shell: world(NESTED + "list -t user -Towner -o NS,NPROCS,PID,UID", "-Ur"),
  },
  {
    name: "an ordinary user sees only processes that it may read",
    as: "root",
    shell: world(`chmod 777 .; start -ui sh keep one
      start -n setpriv --reuid 1000 --regid 1000 --clear-groups sh keep two; NAMES=B:$!
      setpriv --reuid 1000 --regid 1000 --clear-groups lsns \\
        -n -o TYPE,NPROCS,PID,UID,COMMAND >out; sed 's/ 1000 .* lsns / 1000 lsns /' out | sort`),
  },
];
