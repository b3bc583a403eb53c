/** unshare: user and group ids, their maps, owners, setgroups and capabilities. */

import { both } from "./run_line.ts";
import type { Line } from "./run_line.ts";

const UID_MAP = ["cat", "/proc/self/uid_map"];
const MAPS = ["cat", "/proc/self/uid_map", "/proc/self/gid_map", "/proc/self/setgroups"];
const CAPS = ["grep", "^Cap[IPEA]", "/proc/self/status"];
const IDS = ["grep", "-E", "^(Uid|Gid|Groups)", "/proc/self/status"];

/** Runs a script as root with these lines as /etc/subuid and /etc/subgid, for itself alone. */
function withSubids(lines: string, script: string): string {
  return `printf '${lines}' >subids
    /usr/bin/unshare -m sh -c 'mount --bind subids /etc/subuid && mount --bind subids /etc/subgid &&
      ${script}'`;
}

/** As many one-id maps as asked for, no two next to each other. */
function manyMaps(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `--map-users=${2 * i}:${2 * i}:1`);
}

export const identityLines: readonly Line[] = [
  ...both({ name: "-U alone maps nothing and leaves setgroups", argv: ["-U", ...MAPS] }),
  {
    name: "without a map the ids are 65534",
    as: "user",
    argv: ["--user", "sh", "-c", "id -u; id -g"],
  },
  ...both({ name: "-r maps the caller to root and denies setgroups", argv: ["-r", ...MAPS] }),
  ...both({ name: "-c maps the caller to itself", argv: ["--map-current-user", ...MAPS] }),
  ...both({ name: "--map-user alone maps no group", argv: ["--map-user=5", ...MAPS] }),
  ...both({ name: "--map-group alone maps no user", argv: ["--map-group=6", ...MAPS] }),
  {
    name: "--map-user and --map-group take names",
    as: "user",
    argv: ["--map-user", "daemon", "--map-group", "daemon", ...MAPS],
  },
  {
    name: "the last of several single maps counts",
    as: "user",
    argv: ["--map-user=5", "-r", "--map-user=7", "--map-group=8", ...MAPS],
  },
  { name: "-r after -c counts", as: "user", argv: ["-c", "-r", ...MAPS] },
  {
    name: "a single map may go to the highest id",
    as: "user",
    argv: ["--map-user=4294967294", "--map-group=010", "sh", "-c", "id -u; id -g"],
  },
  {
    name: "a single map takes no hexadecimal number",
    as: "root",
    argv: ["--map-group=0x10", "true"],
    differs: {
      why: "it says where the name was looked up",
      stderr: "unshare: failed to parse gid '0x10': Invalid argument\n" +
        "  why:  no group '0x10' in /etc/group\n",
    },
  },
  {
    name: "a single map to the id that means none is refused",
    as: "root",
    argv: ["--map-user=4294967295", "true"],
  },
  { name: "a negative single map is refused", as: "root", argv: ["--map-user=-1", "true"] },
  {
    name: "--map-users of root maps a range and nothing else",
    as: "root",
    argv: ["--map-users=0:100000:10", ...MAPS],
  },
  {
    name: "--map-groups of root maps a range and leaves setgroups",
    as: "root",
    argv: ["--map-groups", "5:100000:10", ...MAPS],
  },
  {
    name: "the old form of a range is outer,inner,count",
    as: "root",
    argv: ["--map-users=100000,0,10", ...UID_MAP],
  },
  {
    name: "several ranges are kept in their order",
    as: "root",
    argv: ["--map-users=0:100000:10", "--map-users=50:0:1", "--map-users", "20:200:5", ...UID_MAP],
  },
  {
    name: "--map-users=all passes every id through",
    as: "root",
    argv: ["--map-users=all", ...UID_MAP],
  },
  {
    name: "--map-groups=all in a nested namespace passes its ids through",
    as: "root",
    argv: [
      ...["--map-users=0:0:7", "--map-groups=0:0:5", "--map-groups=10:10:3"],
      ...["unshare", "--map-users=all", "--map-groups=all", ...MAPS],
    ],
  },
  {
    name: "all with -r leaves a hole at the top",
    as: "root",
    argv: ["--map-users=all", "-r", ...UID_MAP],
  },
  {
    name: "a range begins after the single map to its first id",
    as: "root",
    argv: ["--map-users=0:100000:65536", "-r", ...UID_MAP],
  },
  {
    name: "a range is split around the single map inside it",
    as: "root",
    argv: ["--map-users=0:100000:65536", "--map-user=1000", ...UID_MAP],
  },
  {
    name: "a range is split around the single map's outer id",
    as: "root",
    argv: ["--map-users=100:0:10", "--map-user=5", ...UID_MAP],
  },
  {
    name: "a range is split twice where inner and outer id of the single map lie in it",
    as: "root",
    argv: ["--map-users=0:0:3000", "--map-user=500", ...UID_MAP],
  },
  {
    name: "a range's last id is its hole",
    as: "root",
    argv: ["--map-users=10:100:10", "--map-user=19", ...UID_MAP],
  },
  {
    name: "a range that only touches the single map keeps all its ids",
    as: "root",
    argv: ["--map-users=10:100:10", "--map-user=20", ...UID_MAP],
    differs: {
      why: "util-linux drops the top id although the single map lies outside the range",
      stdout: "        20          0          1\n        10        100         10\n",
    },
  },
  {
    name: "a range that only touches the single map's outer id keeps all its ids",
    as: "root",
    needs: ["newuidmap"],
    shell: withSubids(
      "1000:990:10\\n",
      `setpriv --reuid 1000 --regid 1000 --clear-groups unshare --map-users=10:990:10 \\
        --map-user=50 cat /proc/self/uid_map`,
    ),
    differs: {
      why: "util-linux drops the top id although the single map lies outside the range",
      stdout: "        50       1000          1\n        10        990         10\n",
    },
  },
  {
    name: "a range of one id that the single map takes vanishes",
    as: "root",
    argv: ["--map-users=0:100000:1", "--map-users=1:100001:1", "-r", ...UID_MAP],
  },
  {
    name: "holes are cut in every range",
    as: "root",
    argv: ["--map-users=0:100000:10", "--map-users=10:0:5", "--map-user=3", ...UID_MAP],
  },
  {
    name: "holes are cut in group ranges too",
    as: "root",
    argv: ["--map-groups=0:100000:10", "--map-users=0:0:3", "--map-group=4", ...MAPS],
  },
  { name: "a range of no ids maps nothing", as: "root", argv: ["--map-users=0:5:0", ...UID_MAP] },
  {
    name: "overlapping ranges are refused",
    as: "root",
    argv: ["--map-users=0:0:5", "--map-users=3:3:4", "true"],
    differs: {
      why: "it is said before anything is done, and which ids",
      stderr: "unshare: --map-users: inner ids of ranges overlap",
    },
  },
  {
    name: "a range beyond the highest id is refused",
    as: "root",
    argv: ["--map-users=0:4294967290:10", ...UID_MAP],
    differs: {
      why: "util-linux lets the range go round and maps 5 to root",
      stdout: "",
      code: 1,
      stderr: "unshare: ",
    },
  },
  {
    name: "numbers of a range may have blanks, a sign and zeros before them",
    as: "root",
    argv: ["--map-users= 0:+5:0012", ...UID_MAP],
  },
  {
    name: "the kernel takes 340 ranges",
    as: "root",
    shell: `unshare ${manyMaps(340).join(" ")} wc -l /proc/self/uid_map`,
  },
  {
    name: "the kernel refuses 341 ranges",
    as: "root",
    argv: [...manyMaps(341), "true"],
    differs: {
      why: "it is said before anything is done",
      stderr: "the kernel takes 340 ranges, not 341",
    },
  },
  {
    name: "a map of more than 4096 bytes is refused",
    as: "root",
    argv: [
      ...Array.from({ length: 200 }, (_, i) => `--map-users=${1000000000 + i}:${2000000000 + i}:1`),
      "true",
    ],
  },
  {
    name: "a range is refused to an ordinary user by newuidmap",
    as: "user",
    argv: ["--map-users=0:5:1", "true"],
    needs: ["subids"],
    differs: {
      why: "nido says why below newuidmap's own message",
      stderr: "asked for",
    },
  },
  {
    name: "--map-users=all is refused to an ordinary user by newuidmap",
    as: "user",
    argv: ["--map-users=all", "true"],
    needs: ["subids"],
    differs: {
      why: "nido says why below newuidmap's own message",
      stderr: "asked for",
    },
  },
  {
    name: "--map-auto maps the caller's own block to 0",
    as: "user",
    needs: ["subids"],
    argv: ["--map-auto", ...MAPS],
  },
  {
    name: "--map-auto -r makes the caller root before its block",
    as: "user",
    needs: ["subids"],
    argv: ["--map-auto", "-r", ...MAPS],
  },
  {
    name: "--map-auto -c keeps the caller's id in a hole",
    as: "user",
    needs: ["subids"],
    argv: ["-c", "--map-auto", ...MAPS],
  },
  {
    name: "--map-users=auto maps no groups",
    as: "user",
    needs: ["subids"],
    argv: ["--map-users=auto", "--map-user=0", ...MAPS],
  },
  {
    name: "--map-groups=auto with -r denies nothing",
    as: "user",
    needs: ["subids"],
    argv: ["--map-groups=auto", "--map-user=0", ...MAPS],
  },
  {
    name: "--map-subids maps the block to itself",
    as: "user",
    needs: ["subids"],
    argv: ["--map-subids", ...MAPS],
  },
  {
    name: "--map-users=subids and --map-groups=auto mix",
    as: "user",
    needs: ["subids"],
    argv: ["-r", "--map-users=subids", "--map-groups=auto", ...MAPS],
  },
  {
    name: "explicit ranges of the caller's block go through newuidmap",
    as: "user",
    needs: ["subids"],
    argv: ["-r", "--map-users=5:100000:10", "--map-groups=5:100010:20", ...MAPS],
  },
  {
    name: "the mapped ids can be used",
    as: "user",
    needs: ["subids"],
    argv: ["--map-auto", "-r", "-S", "7", "-G", "8", ...IDS],
  },
  {
    name: "without newuidmap in PATH ranges of an ordinary user fail",
    as: "user",
    needs: ["subids"],
    shell: `PATH=$BIN unshare --map-auto /bin/true; echo "exit $?"`,
    stderr: "kernel",
  },
  {
    name: "auto takes the first line that matches by name or number",
    as: "root",
    shell: withSubids(
      "1:500:3\\n0:300000:10\\nroot:400000:20\\n",
      `unshare --map-auto cat /proc/self/uid_map /proc/self/gid_map`,
    ),
  },
  {
    name: "auto without a line for the caller fails",
    as: "root",
    shell: withSubids("1:500:3\\n", `unshare --map-users=auto true`),
    differs: {
      why: "nido says what to add",
      stderr: "  try:  echo 'root:100000:65536' >> /etc/subuid",
    },
  },
  {
    name: "auto without a line for the caller fails for groups",
    as: "root",
    shell: withSubids("", `unshare --map-groups=subids true`),
    differs: {
      why: "nido says what to add",
      stderr: "  try:  echo 'root:100000:65536' >> /etc/subgid",
    },
  },
  {
    name: "auto takes no other user's line for root",
    as: "root",
    shell: withSubids("somebody:500:3\\n", `unshare --map-users=auto cat /proc/self/uid_map`),
    differs: {
      why: "util-linux takes any name for uid 0, because a name parsed as a number is 0",
      stdout: "",
      code: 1,
      stderr: `unshare: no line matching user "root" in /etc/subuid`,
    },
  },
  {
    name: "auto with a line that is no range fails",
    as: "root",
    shell: withSubids("root:x:3\\n", `unshare --map-users=auto true`),
    differs: {
      why: "nido names the line, and what to make of it",
      stderr: "unshare: line 1 of /etc/subuid is not NAME:START:COUNT\n" +
        "  try:  sed -i '1s/.*/root:100000:65536/' /etc/subuid",
    },
  },
  {
    name: "auto fails for a caller who is not in the password file",
    as: "root",
    shell: "setpriv --reuid 4242 --regid 4242 --clear-groups unshare --map-auto true",
    differs: {
      why: "a user id is enough for subuid(5)",
      stderr: 'no line matching user "4242" in /etc/subuid',
    },
  },
  {
    name: "--owner makes the program run as the owner outside",
    as: "root",
    shell: `mkfifo -m 666 up down
      unshare --owner 1000:1001 sh -c 'echo go >up; read x <down; grep -E "^(U|G)id" /proc/self/status' &
      read x <up; grep -E "^(Uid|Gid|Groups)" /proc/$!/status; echo go >down; wait $!`,
  },
  {
    name: "--owner with single maps maps the caller, not the owner, and leaves setgroups",
    as: "root",
    argv: ["--owner=1000:1001", "--map-user=5", "--map-group=6", ...MAPS],
  },
  {
    name: "--owner with ranges lets root write them",
    as: "root",
    argv: [
      ...["--owner", "1000:1001", "--map-users=0:1000:1", "--map-users=1:70000:9"],
      ...["--map-groups=0:1001:1", ...MAPS],
    ],
  },
  {
    name: "--owner implies --user",
    as: "root",
    argv: ["--owner=1000:1000", "sh", "-c", "newns; id -u"],
  },
  {
    name: "--owner is refused to an ordinary user",
    as: "user",
    argv: ["--owner=1000:1000", "true"],
    stderr: "kernel",
  },
  ...both({
    name: "--setgroups=deny denies without a map",
    argv: ["-U", "--setgroups=deny", ...MAPS],
  }),
  {
    name: "--setgroups=allow with ranges of root allows",
    as: "root",
    argv: ["--setgroups", "allow", "--map-groups=0:0:5", ...MAPS],
  },
  {
    name: "--setgroups=allow in a namespace that already denies is refused",
    as: "user",
    argv: ["-r", "unshare", "-U", "--setgroups=allow", "true"],
    stderr: "kernel",
  },
  {
    name: "--setgroups=deny comes too late where group ranges are mapped",
    as: "root",
    argv: ["--setgroups=deny", "--map-groups=0:0:5", "--map-users=0:0:5", ...MAPS],
    stderr: "kernel",
  },
  {
    name: "--setgroups without --user is refused",
    as: "root",
    argv: ["--setgroups=deny", "true"],
    stderr: "kernel",
  },
  {
    name: "-S and -G of root set ids and drop groups",
    as: "root",
    shell: `setpriv --groups 5,6 unshare -S 1000 -G 1001 ${IDS.map((w) => `'${w}'`).join(" ")}`,
  },
  { name: "-S alone keeps the group", as: "root", argv: ["-S", "1000", ...IDS] },
  {
    name: "-S and -G in a namespace with all ids",
    as: "root",
    argv: ["--map-users=all", "--map-groups=all", "--setuid=5", "--setgid=6", ...IDS],
  },
  {
    name: "-S to the id that means none is refused",
    as: "root",
    argv: ["-S", "4294967295", "true"],
    stderr: "kernel",
  },
  {
    name: "-S to an id that is not mapped is refused",
    as: "user",
    argv: ["-r", "-S", "5", "true"],
    stderr: "kernel",
  },
  {
    name: "-G where setgroups is denied is refused",
    as: "user",
    argv: ["-r", "-G", "0", "true"],
    stderr: "kernel",
  },
  {
    name: "-S is refused to an ordinary user",
    as: "user",
    argv: ["-S", "0", "true"],
    stderr: "kernel",
  },
  { name: "-S to the own id is no change", as: "user", argv: ["-S", "1000", "id", "-u"] },
  ...both({ name: "-r gives all capabilities", argv: ["-r", ...CAPS] }),
  { name: "-c loses the capabilities", as: "user", argv: ["-c", ...CAPS] },
  {
    name: "-c --keep-caps keeps the capabilities",
    as: "user",
    argv: ["-c", "--keep-caps", ...CAPS],
  },
  {
    name: "-U --keep-caps keeps the capabilities of nobody",
    as: "user",
    argv: ["-U", "--keep-caps", ...CAPS],
  },
  {
    name: "-S keeps no capabilities, with --keep-caps neither",
    as: "root",
    argv: ["--map-users=all", "--map-groups=all", "--keep-caps", "-S", "5", ...CAPS],
  },
  { name: "--keep-caps without --user keeps nothing", as: "user", argv: ["--keep-caps", ...CAPS] },
  {
    name: "--keep-caps with a fork and --root keeps the capabilities",
    as: "user",
    argv: ["-cf", "--keep-caps", "--root=root", "sh", "-c", "id -u; ls -d /etc"],
  },
];
