/** unshare: what the command line itself does, before anything is unshared. */

import { both } from "./run_line.ts";
import type { Line } from "./run_line.ts";

/** Every long option; --help must name each. */
const LONG_OPTIONS = [
  ...["mount", "uts", "ipc", "net", "pid", "user", "cgroup", "time", "fork", "kill-child"],
  ...["forward-signals", "mount-proc", "mount-binfmt", "load-interp", "propagation", "root", "wd"],
  ...["setuid", "setgid", "map-user", "map-group", "map-root-user", "map-current-user"],
  ...["map-auto", "map-subids", "map-users", "map-groups", "owner", "setgroups", "keep-caps"],
  ...["monotonic", "boottime", "clear-env", "whitelist-env", "help", "version"],
];

export const parseLines: readonly Line[] = [
  {
    name: "--help names every option on stdout and exits 0",
    as: "user",
    shell: `unshare --help >help; echo "exit $?"
      for option in ${LONG_OPTIONS.join(" ")}; do
        grep -qe "--$option\\>" help || echo "--$option is missing"
      done`,
  },
  {
    name: "-h in a cluster wins over what follows it",
    as: "user",
    shell: `unshare -Uhx --nope >help; echo "exit $?"; grep -c -e --map-root-user help`,
  },
  {
    name: "--version and -V print one line that begins with the program's name",
    as: "user",
    shell: `for option in --version -V --vers -UV; do
      unshare $option >version; echo "exit $?"; wc -l <version; cut -d " " -f 1 version; done`,
  },
  {
    name: "an unknown long option is refused before --help",
    as: "root",
    argv: ["--nope", "--help"],
  },
  ...both({ name: "an unknown long option with a value is refused", argv: ["--nope=1", "true"] }),
  { name: "an unknown short option is refused", as: "root", argv: ["-x", "true"] },
  {
    name: "an unknown short option inside a cluster is refused",
    as: "user",
    argv: ["-Urxf", "true"],
  },
  {
    name: "short namespace options take no value: = is an unknown option",
    as: "root",
    argv: ["-u=file", "true"],
  },
  {
    name: "short namespace options take no value: letters after them are options",
    as: "root",
    argv: ["-mux", "true"],
  },
  {
    name: "an abbreviation that fits twelve options is refused with all of them",
    as: "root",
    argv: ["--m", "true"],
  },
  { name: "--map is ambiguous", as: "user", argv: ["--map", "true"] },
  { name: "--map-u=0 is ambiguous", as: "user", argv: ["--map-u=0", "true"] },
  { name: "--moun is ambiguous", as: "root", argv: ["--moun", "true"] },
  { name: "--mount- is ambiguous", as: "root", argv: ["--mount-", "true"] },
  { name: "--set is ambiguous", as: "root", argv: ["--set", "allow", "true"] },
  { name: "--k is ambiguous", as: "root", argv: ["--k", "true"] },
  { name: "--w is ambiguous", as: "root", argv: ["--w", ".", "true"] },
  { name: "--p=x is ambiguous", as: "root", argv: ["--p=x", "true"] },
  { name: "--for is ambiguous", as: "root", argv: ["--for", "true"] },
  {
    name: "an exact name wins over longer names that begin with it",
    as: "root",
    argv: ["--mount", "--fork", "--map-user", "0", "--map-group=0", "newns"],
  },
  {
    name: "abbreviations that fit one option work",
    as: "user",
    argv: ["--us", "--map-r", "--mount-p", "--pi", "--fork", "--ut", "--n", "--i", "--cg", "newns"],
  },
  {
    name: "abbreviations take a value after = and in the next word",
    as: "user",
    argv: [
      ...["--map-ro", "--prop", "slave", "--b=5", "--t", "--mon", "3", "--setu=0"],
      ...["sh", "-c", "newns; cat /proc/self/timens_offsets"],
    ],
  },
  {
    name: "an abbreviated option without an argument refuses one by its full name",
    as: "user",
    argv: ["--map-ro=1", "true"],
  },
  { name: "--fork takes no argument", as: "root", argv: ["--fork=yes", "true"] },
  { name: "--clear-env takes no argument", as: "root", argv: ["--clear-env=", "true"] },
  { name: "--map-user needs an argument", as: "root", argv: ["--map-user"] },
  { name: "--root needs an argument by its full name", as: "root", argv: ["--ro"] },
  { name: "-R needs an argument", as: "root", argv: ["-R"] },
  { name: "-S at the end of a cluster needs an argument", as: "user", argv: ["-UrS"] },
  { name: "-l needs an argument", as: "root", argv: ["-l"] },
  {
    name: "the first word that is not an option ends the options",
    as: "root",
    argv: ["-u", "echo", "-m", "--nope", "--", "-x"],
  },
  { name: "-- ends the options", as: "user", argv: ["-Ur", "--", "echo", "--", "-x"] },
  { name: "a lone - is a program's name", as: "root", argv: ["-u", "-", "x"] },
  {
    name: "an argument in the next word may look like an option",
    as: "root",
    argv: ["--propagation", "--fork", "true"],
  },
  {
    name: "short options take their value attached or in the next word",
    as: "root",
    argv: ["-fw/", "-S5", "-G", "6", "sh", "-c", "pwd; id -u; id -g"],
  },
  {
    name: "--propagation refuses an unknown mode",
    as: "root",
    argv: ["-m", "--propagation=rprivate", "true"],
    differs: {
      why: "it says what was meant",
      stderr: "unshare: unsupported propagation mode: rprivate; did you mean 'private'?\n",
    },
  },
  { name: "--propagation refuses an empty mode", as: "root", argv: ["--propagation=", "true"] },
  { name: "--setuid refuses a name", as: "root", argv: ["--setuid", "daemon", "true"] },
  { name: "-S refuses an empty word", as: "root", argv: ["-S", "", "true"] },
  { name: "-S refuses a number with a tail", as: "root", argv: ["-S5x", "true"] },
  { name: "-S refuses a negative number", as: "root", argv: ["-S", "-1", "true"] },
  { name: "-G refuses a name", as: "root", argv: ["--setgid=daemon", "true"] },
  {
    name: "-S refuses a number beyond 64 bits",
    as: "root",
    argv: ["-S", "99999999999999999999", "true"],
  },
  {
    name: "-S takes no id that is cut off to 32 bits",
    as: "root",
    argv: ["-S", "4294967296", "id", "-u"],
    differs: {
      why: "util-linux drops the upper bits and becomes uid 0, which nobody asked for",
      stdout: "",
      code: 1,
      stderr: "unshare: failed to parse uid: '4294967296'",
    },
  },
  { name: "--kill-child refuses an unknown name", as: "root", argv: ["--kill-child=FOO", "true"] },
  { name: "--kill-child refuses a number", as: "root", argv: ["--kill-child=15", "true"] },
  { name: "--kill-child refuses an empty name", as: "root", argv: ["--kill-child=", "true"] },
  {
    name: "--kill-child takes names in any case, with and without SIG, and real-time ones",
    as: "root",
    shell:
      `for name in TERM SIGTERM sigterm Hup RTMIN RTMIN+3 RTMAX-1 RTMAX SIGRTMIN+1 POLL IO CLD \\
        RTMIN+99 RTMINX SIGSIGTERM STKFLT; do
      unshare --kill-child=$name echo $name 2>&1; done`,
  },
  { name: "--owner refuses one number", as: "root", argv: ["--owner", "5", "true"] },
  { name: "--owner refuses names", as: "root", argv: ["--owner=root:root", "true"] },
  { name: "--owner refuses an empty gid", as: "root", argv: ["--owner=5:", "true"] },
  { name: "--owner refuses a third number", as: "root", argv: ["--owner=5:6:7", "true"] },
  { name: "--map-users refuses a word", as: "user", argv: ["--map-users=x", "true"] },
  { name: "--map-users refuses two numbers", as: "user", argv: ["--map-users=0:1", "true"] },
  { name: "--map-groups refuses four numbers", as: "user", argv: ["--map-groups=0:1:2:3", "true"] },
  { name: "--map-users refuses an empty word", as: "user", argv: ["--map-users=", "true"] },
  { name: "--map-groups refuses two words", as: "root", argv: ["--map-groups", "1,2", "true"] },
  {
    name: "--map-users refuses a word that only begins with auto",
    as: "root",
    argv: ["--map-users=autos", "true"],
  },
  {
    name: "--map-user refuses an unknown name",
    as: "root",
    argv: ["--map-user=nosuch", "true"],
    differs: {
      why: "it says where the name was looked up",
      stderr: "unshare: failed to parse uid 'nosuch': Invalid argument\n" +
        "  why:  no user 'nosuch' in /etc/passwd\n",
    },
  },
  { name: "--map-user refuses an empty word", as: "root", argv: ["--map-user=", "true"] },
  {
    name: "--map-group refuses an unknown name",
    as: "root",
    argv: ["--map-group=nosuch", "true"],
    differs: {
      why: "it says where the name was looked up",
      stderr: "unshare: failed to parse gid 'nosuch': Invalid argument\n" +
        "  why:  no group 'nosuch' in /etc/group\n",
    },
  },
  { name: "--setgroups refuses an unknown word", as: "root", argv: ["--setgroups=yes", "true"] },
  {
    name: "--setgroups=allow and --map-root-user exclude each other",
    as: "root",
    argv: ["--setgroups=allow", "-r", "true"],
  },
  {
    name: "--setgroups=allow and --map-current-user exclude each other in any order",
    as: "user",
    argv: ["-c", "--setgroups=allow", "true"],
  },
  {
    name: "--setgroups=allow and --map-group exclude each other",
    as: "root",
    argv: ["--map-group=5", "--setgroups", "allow", "true"],
  },
  {
    name: "the first wrong value is the one reported",
    as: "root",
    argv: ["--setgroups=x", "--propagation=y", "--nope", "true"],
  },
  { name: "--monotonic refuses a word", as: "root", argv: ["-T", "--monotonic", "x", "true"] },
  { name: "--monotonic refuses a fraction", as: "root", argv: ["-T", "--monotonic=1.5", "true"] },
  { name: "--boottime refuses an empty word", as: "root", argv: ["-T", "--boottime=", "true"] },
  { name: "--monotonic needs --time", as: "root", argv: ["--monotonic=1", "true"] },
  { name: "--boottime needs --time", as: "user", argv: ["-Ur", "--boottime", "1", "true"] },
];
