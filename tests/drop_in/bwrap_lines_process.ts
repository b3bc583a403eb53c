/** bwrap: the program, its namespaces, its environment, and what others are told of it. */

import { both, type Line } from "./run_line.ts";

const FULL = "--ro-bind / / --dev /dev --tmpfs /tmp";
const ROOT = "--ro-bind / / --dev /dev";

type Named = Omit<Line, "as">;

const words = (name: string, argv: string, more: Partial<Named> = {}): Named => ({
  name,
  argv: argv.split(" "),
  ...more,
});

const shell = (name: string, shell: string, more: Partial<Named> = {}): Named => ({
  name,
  shell,
  ...more,
});

/** In the namespaces of another process, which are descriptors 8 (PID) and 9 (user). */
const joining = (name: string, options: string, script: string): Named =>
  shell(
    name,
    `mkfifo ready hold; unshare -Ur --pid --fork sh -c 'echo >ready; read x <hold' & read line <ready
    read pid </proc/$!/task/$!/children
    bwrap ${ROOT} ${options} sh -c '${script}' 9</proc/$pid/ns/user 8</proc/$pid/ns/pid
    echo "exit $?"; echo >hold; wait`,
  );

/** The kinds of namespaces that are new. */
const newns = (name: string, options: string): Named =>
  shell(name, `exec bwrap ${ROOT} --proc /proc ${options} newns | tr " " "\\n" | grep -vx user`);

/** Where nido's words are its own. */
const says = (stderr: string): Pick<Named, "differs"> => ({
  differs: { why: "nido says which error it was, of whatever it could not do", stderr },
});

const LINES: readonly Named[] = [
  // How it ends.
  words("the exit status is the program's", `${ROOT} sh -c exit\u00a07`),
  shell("a status of 255", `bwrap ${ROOT} sh -c 'exit 255'`),
  shell(
    "a signal that ends it is added to 128",
    `bwrap ${ROOT} sh -c 'kill -KILL $$'; echo $?
    bwrap ${ROOT} --unshare-pid sh -c 'kill -TERM $$'; echo $?`,
  ),
  shell(
    "of all processes it waits for the last",
    `mkfifo go; bwrap ${ROOT} --unshare-pid sh -c '(read x <go; echo late) & exit 3'; echo $?; echo >go`,
  ),
  words("a program that is not there", `${ROOT} no-such-program`),
  words("a path that is not there", `${ROOT} /no/such/program`),
  words("a program that may not be executed", `${ROOT} /etc/passwd`),
  words("a folder as the program", `${ROOT} /etc`),
  words("a program without its root", "/bin/true"),
  shell("an empty word as the program", `bwrap ${ROOT} ''`),
  shell("a script without #! is not the shell's", `bwrap ${ROOT} ./script`, {
    setup: "echo 'echo ran' >script; chmod +x script",
  }),
  words("--argv0 is the program's name", `${ROOT} --argv0 other sh -c echo\u00a0$0`),
  shell(
    "--argv0 names the program",
    `bwrap ${ROOT} --argv0 other sh -c 'cat /proc/$$/cmdline' | tr "\\0" "\\n" | head -n 1`,
  ),
  // Namespaces.
  newns("by default only mounts are new", ""),
  newns("--unshare-all", "--unshare-all"),
  newns("--unshare-all --share-net", "--unshare-all --share-net"),
  newns("--share-net in front counts for nothing", "--share-net --unshare-all"),
  newns("--unshare-ipc --unshare-uts", "--unshare-ipc --unshare-uts"),
  newns("--unshare-net --unshare-cgroup", "--unshare-net --unshare-cgroup"),
  newns("--unshare-cgroup-try", "--unshare-cgroup-try"),
  newns("--unshare-user-try", "--unshare-user-try"),
  newns("--unshare-pid", "--unshare-pid"),
  shell(
    "the program is PID 2 of a PID namespace",
    `bwrap ${ROOT} --unshare-pid --proc /proc sh -c 'echo $$; ls -d /proc/1'`,
  ),
  shell(
    "--as-pid-1 makes it PID 1",
    `bwrap ${ROOT} --unshare-pid --as-pid-1 --proc /proc sh -c 'echo $$'; echo $?`,
  ),
  shell(
    "PID 1 reaps what others leave",
    `bwrap ${ROOT} --unshare-pid --proc /proc sh -c '(sleep 0.1 &) ; i=0
      until set -- /proc/[0-9]*; [ $# = 2 ] || [ $((i += 1)) = 200 ]; do sleep 0.05; done
      cat /proc/[0-9]*/stat | grep -c " Z "'`,
  ),
  shell(
    "lo is up in a network namespace",
    `bwrap ${ROOT} --unshare-net cat /proc/net/dev | grep -c lo:
    bwrap ${ROOT} --unshare-net python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1", 0)); print("bound")'`,
  ),
  words("--hostname", `${ROOT} --unshare-uts --hostname inside uname -n`),
  shell(
    "--hostname that is too long",
    `bwrap ${ROOT} --unshare-uts --hostname "$(printf %0100d 0)" true`,
  ),
  shell("--hostname twice", `bwrap ${ROOT} --unshare-uts --hostname a --hostname b uname -n`),
  // Ids.
  words("ids are those of outside", `${ROOT} --unshare-user sh -c id\u00a0-u;id\u00a0-g`),
  words("--uid and --gid", `${ROOT} --unshare-user --uid 5 --gid 7 sh -c id\u00a0-u;id\u00a0-g`),
  words("--uid 0", `${ROOT} --unshare-user --uid 0 --gid 0 sh -c id\u00a0-u;id\u00a0-g`),
  words("--uid with a sign and zeros", `${ROOT} --unshare-user --uid +0017 id -u`),
  words("the last --uid counts", `${ROOT} --unshare-user --uid 5 --uid 6 id -u`),
  words("setgroups is denied", `${ROOT} --unshare-user cat /proc/self/setgroups`),
  shell(
    "--disable-userns",
    `bwrap ${ROOT} --unshare-user --disable-userns /usr/bin/unshare -U true; echo $?
    bwrap ${ROOT} --unshare-user --disable-userns --assert-userns-disabled echo yes`,
  ),
  words(
    "--assert-userns-disabled fails where there can be some",
    `${ROOT} --unshare-user --assert-userns-disabled true`,
  ),
  words("--userns of a closed descriptor", `${ROOT} --userns 99 true`),
  shell(
    "--userns of what is no namespace",
    `bwrap ${ROOT} --userns 9 true 9</dev/null`,
  ),
  words("--pidns of a closed descriptor", `${ROOT} --pidns 99 true`, says("Bad file descriptor")),
  joining("--userns", "--userns 9 --uid 0 --gid 0", "id -u; id -g; cat /proc/self/setgroups"),
  joining(
    "--userns and --pidns",
    "--userns 9 --pidns 8 --uid 0 --gid 0 --proc /proc",
    "echo $$; ls -d /proc/[0-9]*",
  ),
  joining(
    "a PID namespace below that of --pidns",
    "--userns 9 --pidns 8 --unshare-pid --uid 0 --gid 0 --proc /proc",
    "echo $$; ls -d /proc/[0-9]*",
  ),
  // Capabilities.
  ...[
    "",
    "--cap-drop ALL",
    "--cap-drop ALL --cap-add CAP_NET_ADMIN",
    "--cap-add CAP_KILL --cap-drop CAP_KILL --cap-drop ALL",
    "--cap-drop all --cap-add cap_kill",
    "--cap-drop ALL --cap-add 5",
  ].map((options) =>
    shell(
      `capabilities: '${options}'`,
      `bwrap ${ROOT} --unshare-user ${options} grep -E 'Cap(Inh|Amb)|NoNew' /proc/self/status`,
    )
  ),
  // Environment and folder.
  shell(
    "--setenv, --unsetenv and --clearenv are in order",
    `A=1 B=2 bwrap ${ROOT} --setenv C 3 --unsetenv A --setenv B x sh -c 'echo "\${A-none} $B $C"'
    A=1 bwrap ${ROOT} --setenv C 3 --clearenv --setenv D 4 /usr/bin/env | grep -v ^PWD`,
  ),
  shell("--clearenv keeps PWD", `cd /usr; bwrap ${ROOT} --clearenv /usr/bin/env`),
  shell(
    "a variable may be empty, and have any text",
    `bwrap ${ROOT} --setenv A '' --setenv B 'x=y z' sh -c 'echo "[$A] [$B]"'`,
  ),
  shell(
    "the program is searched in the PATH that it gets",
    `bwrap ${ROOT} --setenv PATH /nowhere true
    bwrap ${ROOT} --setenv PATH /usr/bin true; echo $?`,
  ),
  shell("the caller's directory, if there is one", `cd /usr; bwrap ${ROOT} sh -c 'pwd; echo $PWD'`),
  shell("else $HOME", `HOME=/usr/lib bwrap ${FULL} sh -c 'pwd; echo $PWD'`),
  shell("else /", `HOME=/nope bwrap ${FULL} sh -c 'pwd; echo $PWD'`),
  words("--chdir", `${ROOT} --chdir /usr sh -c pwd;echo\u00a0$PWD`),
  words("--chdir to what is missing", `${ROOT} --chdir /nope true`),
  words("--chdir to a file", `${ROOT} --chdir /etc/passwd true`),
  shell(
    "--chdir to a folder that the program may not enter",
    `mkdir -m 0 shut; bwrap ${ROOT} --cap-drop ALL --chdir "$PWD/shut" pwd; echo $?; rmdir shut`,
  ),
  words("--chdir twice", `${ROOT} --chdir /nope --chdir /usr pwd`),
  shell("no new privileges", `bwrap ${ROOT} grep NoNewPrivs /proc/self/status`),
  shell(
    "--new-session",
    `bwrap ${ROOT} --unshare-pid --new-session --proc /proc sh -c 'cut -d" " -f5,6 /proc/self/stat | tr " " "\\n" | sort -u | wc -l'`,
  ),
  // Descriptors.
  shell("the program gets other descriptors as they are", `bwrap ${ROOT} sh -c 'cat <&9' 9<file`, {
    setup: "echo content >file",
  }),
  shell(
    "--info-fd is told the PID",
    `bwrap ${ROOT} --unshare-all --info-fd 9 true 9>info; sed "s/[0-9][0-9]*/N/" info`,
  ),
  shell(
    "--json-status-fd is told the PID, then the status",
    `bwrap ${ROOT} --json-status-fd 9 sh -c 'exit 4' 9>status; sed "s/[0-9][0-9][0-9]*/N/g" status`,
  ),
  shell(
    "--json-status-fd: no status where nothing was started",
    `bwrap ${ROOT} --json-status-fd 9 /nope 9>status; sed "s/[0-9][0-9][0-9]*/N/g" status`,
  ),
  shell(
    "--block-fd waits for a byte",
    `mkfifo gate; (sleep 0.2; echo first; echo >gate) & bwrap ${ROOT} --block-fd 9 echo second 9<>gate; wait`,
  ),
  shell(
    "--sync-fd is open as long as anything runs",
    `mkfifo pipe; (cat pipe; echo ended) & bwrap ${ROOT} --sync-fd 9 sh -c 'sleep 0.2; echo runs' 9>pipe; wait`,
  ),
  shell(
    "two of --sync-fd",
    `bwrap ${ROOT} --sync-fd 8 --sync-fd 9 echo yes 8</dev/null 9</dev/null`,
  ),
  shell(
    "--lock-file locks while it runs",
    `touch lock; bwrap ${ROOT} --lock-file "$PWD/lock" sh -c 'grep -c " READ .*:$(stat -c %i lock) " /proc/locks'`,
  ),
  words("--lock-file of what is missing", `${ROOT} --lock-file /nope true`),
  shell(
    "--die-with-parent",
    `mkfifo pipe; sh -c 'bwrap --dev-bind / / --die-with-parent sh -c "echo >pipe; sleep 0.5; echo survived" & read line <pipe'; sleep 1`,
  ),
  // What the waiter keeps.
  ...["", "--unshare-pid", "--unshare-pid --as-pid-1"].map((options) =>
    shell(
      `a pipe ends with the program's end of it, '${options}'`,
      `mkfifo pipe
      bwrap ${ROOT} ${options} sh -c 'exec 9>&-; sleep 0.7; echo program' 9>pipe & cat pipe; echo end; wait`,
    )
  ),
  shell(
    "its end is told behind a pipe that has ended",
    `mkfifo pipe
    bwrap ${ROOT} --unshare-pid --json-status-fd 8 sh -c 'exec 9>&-; sleep 0.7; exit 7' 8>status 9>pipe & cat pipe
    grep -c exit-code status; wait; tail -n 1 status`,
  ),
  // Filters.
  shell(
    "--seccomp of what is no filter",
    `printf 123 >f; bwrap ${ROOT} --seccomp 9 true 9<f`,
  ),
  shell(
    "--seccomp of nothing",
    `bwrap ${ROOT} --seccomp 9 true 9</dev/null`,
  ),
  shell(
    "--seccomp of more than the kernel takes",
    `head -c 800000 /dev/zero >f; bwrap ${ROOT} --add-seccomp-fd 9 true 9<f`,
  ),
  shell(
    "no end is told where a filter is refused",
    `head -c 8 /dev/zero >f
    bwrap ${ROOT} --json-status-fd 8 --seccomp 9 true 8>status 9<f; echo $?; grep -c exit-code status
    bwrap ${ROOT} --unshare-pid --json-status-fd 8 --seccomp 9 true 8>status 9<f 2>/dev/null
    echo $?; grep -c exit-code status`,
  ),
  words("--seccomp of a closed descriptor", `${ROOT} --seccomp 99 true`),
  words("--add-seccomp-fd of a closed descriptor", `${ROOT} --add-seccomp-fd 99 true`),
  shell(
    "--seccomp lets all be",
    `printf '\\6\\0\\0\\0\\0\\0\\377\\177' >f; bwrap ${ROOT} --seccomp 9 echo yes 9<f`,
  ),
  shell(
    "--seccomp refuses mkdir",
    `printf '\\40\\0\\0\\0\\0\\0\\0\\0\\25\\0\\0\\1\\123\\0\\0\\0\\6\\0\\0\\0\\1\\0\\5\\0\\6\\0\\0\\0\\0\\0\\377\\177' >f
    bwrap ${FULL} --seccomp 9 mkdir /tmp/x 9<f; echo $?
    bwrap ${FULL} --add-seccomp-fd 8 --add-seccomp-fd 9 mkdir /tmp/x 8<f 9<f; echo $?`,
  ),
  words(
    "--exec-label where there are no labels",
    `${ROOT} --exec-label x true`,
  ),
  words(
    "--file-label where there are no labels",
    `${ROOT} --file-label x true`,
  ),
  shell(
    "three in each other",
    `bwrap --dev-bind / / --unshare-user bwrap --dev-bind / / --unshare-user bwrap --dev-bind / / echo deep`,
  ),
];

/** Words of which some have blanks in them, written as no-break spaces. */
const spaced = (line: Named): Named =>
  line.argv ? { ...line, argv: line.argv.map((word) => word.replaceAll("\u00a0", " ")) } : line;

export const processLines: readonly Line[] = LINES.map(spaced).flatMap(both);
