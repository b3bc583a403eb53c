/** Every remedy that nido knows, with a command that is refused, and the same when the remedy is followed. */
import type { Needs } from "../requires.ts";
import { nido, quote } from "../support/nido.ts";
import { inChroot } from "./refusals.ts";

/** A remedy that is followed. */
export interface Advice {
  /** All of it. */
  readonly remedy: RegExp;
  /** A script for sh that is refused; where there is a target, $1 is its PID. */
  readonly refused: string;
  /** The same script, but for what the remedy says: it succeeds. */
  readonly mended: string;
  readonly as?: "user";
  /** How unshare(1) makes the target, as the same user if not as root. */
  readonly target?: string;
  readonly needs?: Needs;
  /** newuidmap must work for the user. */
  readonly ranges?: true;
}

/** Remedies whose words say that they only look. */
export const LOOKS = /^(look|list|see)\b/;

/** Remedies that other tests follow, by the file of the tests. */
export const FOLLOWED: readonly (readonly [remedy: RegExp, file: string])[] = [
  [
    /^(\(echo; echo '|echo '|sed -i '\ds\/|chmod a\+r )[^;]+; then ask for those ids: --map-\w+=auto$/,
    "subids_test.ts",
  ],
  [/^(\(?echo|sed -i|chmod a\+r)\b.* .*\/etc\/sub[ug]id(, as root)?$/, "subids_test.ts"],
  [/^sed -i 's\/\\r\$\/\/' .*$/s, "exec_causes_test.ts"],
  [/^chmod a\+x .*, as its owner$/s, "exec_causes_test.ts"],
  [/^mount -o remount,bind,exec .*, as root; or copy it elsewhere$/s, "exec_causes_test.ts"],
  [/^name a program that is there: \/bin\/sh$/, "exec_causes_test.ts"],
  [
    /^leave --(mount \(-m\)|root \(-r\)) out to use the caller's own programs$/,
    "exec_causes_test.ts",
  ],
  [
    /^name the types instead of --all \(-a\), without --mount, to use the .*$/,
    "exec_causes_test.ts",
  ],
  [/^add --env \(-e\), for the target's PATH; or .*$/, "exec_causes_test.ts"],
  [/^(allow it more: ulimit -n 32|chmod a\+r .*, as its owner)$/s, "own_copy_test.ts"],
  [/^start it where the hard limit is higher: ulimit -f unlimited$/, "own_copy_test.ts"],
  [/^ask for .* at the most$/, "../launch/limits/limits_test.ts"],
  [
    /^(add (--user --map-root-user \(-Ur\)|--ipc)|start it with CAP_SYS_CHROOT: .*)$/,
    "../launch/root/remedies_test.ts",
  ],
  [/^start it with CAP_SETPCAP: .*$/, "../launch/capabilities/capabilities_test.ts"],
  [/^(make it outside, or do this operation before .*)$/, "../launch/root/remedies_test.ts"],
  [/^(name what it leads to|bind it to itself first)$/, "../launch/root/remedies_test.ts"],
  [
    /^give (a destination of the same kind, .*|another destination)$/,
    "../launch/root/remedies_test.ts",
  ],
  [/^give directories none of which is in another$/, "../launch/root/remedies_test.ts"],
  [
    /^(leave it open for the launch|open \/proc\/PID\/ns\/\w+ of a process that is in it)$/,
    "../launch/join/descriptors_test.ts",
  ],
  [/^join that one, too, or run as root$/, "../launch/join/descriptors_test.ts"],
  [/^enter another: -t \S+$/, "nsenter_causes_test.ts"],
  [/^name it as seen from here: --\w+=\/proc\/.*$/, "nsenter_causes_test.ts"],
  [/^--\w+=\/proc\/\d+\/ns\/\w+$/, "nsenter_causes_test.ts"],
  [/^--net=\/run\/netns\/\w+$/, "nsenter_causes_test.ts"],
  [/^if it is a process: -t \d+ --\w+$/, "nsenter_causes_test.ts"],
  [/^mount -t proc proc \/proc, in a mount namespace of its own(; .*)?$/, "nsenter_causes_test.ts"],
  [/^name files instead of -t, as --net=\S+; or allow it outside: .*$/, "nsenter_causes_test.ts"],
  [/^allow it outside: a container's --security-opt seccomp=FILE, or .*$/, "failure_test.ts"],
];

/** Remedies of what cannot be made here. */
export const ELSEWHERE: readonly (readonly [remedy: RegExp, why: string])[] = [
  [/^leave the label out$/, "this kernel has no SELinux, and without a label there is no failure"],
  [/^use a network namespace of its own instead, .*$/, "this kernel has Landlock's scopes"],
  [/^give this binary an AppArmor profile with .*$/, "this kernel has no AppArmor"],
  [
    /^sysctl kernel\.unprivileged_userns_clone=1, as root of the machine$/,
    "Debian's kernels had it",
  ],
  [/^sysctl kernel\.yama\.ptrace_scope=1, after a restart$/, "it is the machine's, and stays"],
  [/^sysctl vm\.memfd_noexec=1$/, "below a PID namespace that forbids it nobody may allow it"],
  [/^sysctl vm\.memfd_noexec=1; nido writes launchers to unnamed files .*$/, "as above"],
  [/^none is needed: nido writes launchers to unnamed files instead$/, "nothing is to be followed"],
  [
    /^give the id: (id -u|getent group) \S+ prints it where another source has the name$/,
    "there is no other source of names",
  ],
  [/^modprobe \w+, as root of the machine$/, "it is the machine's kernel"],
  [/^start it on another processor: .*$/, "it is of Linux 6.18 and two processors"],
  [/^mount it outside of a user namespace, or use fuse-overlayfs$/, "it is of Linux before 5.11"],
  [/^name the files of another: --net=\S+$/, "it is of Linux before 6.9"],
  [/^name a process that is in it \(--target\), or its file$/, "it is of Linux before 6.19"],
  [/^mount it writable outside: docker --security-opt writable-cgroups.*$/, "it is a container's"],
  [/^mount -o remount,exec \/tmp$/, "all of five folders would have to be noexec"],
  [/^mount -t sysfs sysfs \/sys, outside$/, "without /sys Deno does not start"],
  [
    /^(run as root, or )?leave --join-cgroup out$/,
    "it takes control groups of the second version alone",
  ],
  [/^start it with CAP_DAC_OVERRIDE: .*$/, "only the library joins and maps at once"],
  [/^start it in a cgroup (that is|of its own): systemd-run --user .*$/, "there is no systemd"],
];

const NSENTER = `${nido} nsenter`;
const UNSHARE = `${nido} unshare`;
const without = (capability: string): string => `setpriv --bounding-set=-${capability}`;

/** The same launch by root with and without a capability. */
const capability = (name: string, launch: string, more: Partial<Advice> = {}): Advice => ({
  remedy: new RegExp(`^start it with CAP_${name}: a container's --cap-add=${name}$`),
  refused: `${without(name.toLowerCase())} ${launch}`,
  mended: launch,
  ...more,
});

/** A shell that is root of a user namespace, which `prepare` changes first. */
const inside = (prepare: string, words: string): string =>
  `${UNSHARE} -Urm sh -c ${quote([`${prepare}; exec ${UNSHARE} ${words}`])}`;

/** In a folder of its own. */
const inFolder = (script: string): string =>
  `d=$(mktemp -d --tmpdir nido-advice-XXXXXX); ${script}; s=$?; umount "$d"/* 2>&-; rm -r "$d"; exit $s`;

/** Starts a process whose descriptor 3 is a socket. */
const HOLD_SOCKET =
  `perl -MSocket -e 'socket(S, AF_UNIX, SOCK_DGRAM, 0); sleep 9' & until readlink /proc/$!/fd/3 | grep -q ^socket; do sleep 0.05; done`;

/** A script that may not be executed, in a folder of its own. */
const scripts = (begin: string, script: string): string =>
  inFolder(`printf '${begin}exit 0\\n' >"$d/x"; ${script}`);

/** Copies a program and its libraries into the folder. */
const copied = (program: string): string =>
  `cp -L --parents ${program} $(ldd ${program} | grep -o '/[^ )]*') "$d"`;

/** A namespace's file where only uid 1000 may look. */
const HIDDEN =
  `mkdir "$d/1000"; touch "$d/1000/uts"; unshare --uts="$d/1000/uts" true; chown 1000 "$d/1000"; chmod 700 "$d/1000"`;

const OR_ROOT = /^add --user --map-root-user \(-Ur\), or run as root$/;

export const ADVICE: readonly Advice[] = [
  {
    remedy: /^if it is a script: sh .*$/s,
    refused: scripts("", `${UNSHARE} "$d/x"`),
    mended: scripts("", `${UNSHARE} sh "$d/x"`),
    as: "user",
  },
  {
    remedy: /^name a program in it$/,
    refused: scripts("#!/bin/sh\\n", `${UNSHARE} "$d"`),
    mended: scripts("#!/bin/sh\\n", `chmod 755 "$d/x"; ${UNSHARE} "$d/x"`),
    as: "user",
  },
  {
    remedy: /^name another program$/,
    refused: inFolder(`mkfifo -m 777 "$d/x"; ${UNSHARE} "$d/x"`),
    mended: `${UNSHARE} true`,
    as: "user",
  },
  {
    remedy: /^name another program, or have that one mended from within its root$/,
    refused: scripts("#!/bin/sh\\n", `${UNSHARE} -Ur --root=/ "$d/x"`),
    mended: scripts(
      "#!/bin/sh\\n",
      `${UNSHARE} -Ur --root=/ true && chmod 755 "$d/x" && ${UNSHARE} -Ur --root=/ "$d/x"`,
    ),
    as: "user",
  },
  {
    remedy: /^put that and its libraries into the new root too$/,
    refused: scripts("#!/bin/sh\\n", `chmod 755 "$d/x"; ${UNSHARE} -Ur --root="$d" /x`),
    mended: scripts(
      "#!/bin/sh\\n",
      `chmod 755 "$d/x"; ${copied("/bin/sh")}; ${UNSHARE} -Ur --root="$d" /x`,
    ),
    as: "user",
  },
  {
    remedy: /^put it and its libraries there, or name a program that is there$/,
    refused: inFolder(`${UNSHARE} -Ur --root="$d" /bin/true`),
    mended: inFolder(`${copied("/bin/true")}; ${UNSHARE} -Ur --root="$d" /bin/true`),
    as: "user",
  },
  {
    remedy: /^leave those out of PATH, and see that the program is installed$/,
    refused: inFolder(`mkdir -m 0 "$d/no"; PATH="$d/no:$PATH" ${UNSHARE} nido-tool`),
    mended: inFolder(
      `mkdir -m 0 "$d/no"; mkdir "$d/bin"; cp /bin/true "$d/bin/nido-tool"; PATH="$d/bin:$PATH" ${UNSHARE} nido-tool`,
    ),
    as: "user",
  },
  {
    remedy: /^name another process that is in them: nido lsns$/,
    refused: `sh -c '(until grep -q sleep /proc/$$/comm; do :; done) & exec sleep 9' &
      until read z </proc/$!/task/$!/children; grep -qs State:.Z /proc/$z/status; do :; done
      ${NSENTER} -t $z -u true; s=$?; kill $!; exit $s`,
    mended: `${NSENTER} -t $1 -u true`,
    target: "-u",
  },
  capability("DAC_READ_SEARCH", "", {
    refused: inFolder(
      `${HIDDEN}; ${
        without("dac_override,-dac_read_search")
      } ${NSENTER} --uts="$d/1000/uts" true; s=$?; umount "$d/1000/uts"; (exit $s)`,
    ),
    mended: inFolder(
      `${HIDDEN}; ${
        without("dac_override")
      } ${NSENTER} --uts="$d/1000/uts" true; s=$?; umount "$d/1000/uts"; (exit $s)`,
    ),
  }),
  {
    remedy: OR_ROOT,
    refused: `${UNSHARE} --uts true`,
    mended: `${UNSHARE} -Ur --uts true`,
    as: "user",
  },
  {
    remedy: OR_ROOT,
    refused: `${UNSHARE} --root=/ true`,
    mended: `${UNSHARE} -Ur --root=/ true`,
    as: "user",
  },
  ...(["SYS_ADMIN", "SYS_CHROOT"] as const).map((name): Advice => {
    const words = name === "SYS_ADMIN" ? "--uts true" : "--root=/ true";
    return {
      remedy: new RegExp(
        `^add --user --map-root-user \\(-Ur\\), or start it with CAP_${name}: .*$`,
      ),
      refused: `${without(name.toLowerCase())} ${UNSHARE} ${words}`,
      mended: `${without(name.toLowerCase())} ${UNSHARE} -Ur ${words} && ${UNSHARE} ${words}`,
    };
  }),
  ...["user", "uts", "pid"].map((type): Advice => ({
    remedy: /^sysctl user\.max_\w+_namespaces=10000, in every user namespace above this one$/,
    refused: inside(`echo 0 >/proc/sys/user/max_${type}_namespaces`, `-U --${type} true`),
    mended: inside(
      `echo 0 >/proc/sys/user/max_${type}_namespaces; sysctl -q user.max_${type}_namespaces=10000`,
      `-U --${type} true`,
    ),
    as: "user",
    needs: { programs: ["sysctl"] },
  })),
  {
    remedy: /^add --map-current-user to the outer launch$/,
    refused: `${UNSHARE} -U ${UNSHARE} -U true`,
    mended: `${UNSHARE} -U --map-current-user ${UNSHARE} -U true`,
    as: "user",
  },
  {
    remedy: /^enter that root by pivot_root instead of chroot$/,
    refused: inChroot("unshare -U true"),
    mended: `d=$(mktemp -d --tmpdir nido-root-XXXXXX); unshare -m sh -c ${
      quote([
        `mount --rbind / "$1"; cd "$1"; pivot_root . mnt; exec ${UNSHARE} -U true`,
      ])
    } sh "$d"; s=$?; rmdir "$d"; exit $s`,
    needs: { programs: ["pivot_root"] },
  },
  {
    remedy: /^add --propagation unchanged; or, before the chroot to DIR: mount --rbind DIR DIR$/,
    refused: inChroot("unshare -m true"),
    mended: inChroot("unshare -m --propagation unchanged true"),
  },
  {
    remedy: /^before the chroot to DIR: mount --rbind DIR DIR$/,
    refused: inChroot("run --ro-bind / / true"),
    mended: inChroot("run --ro-bind / / true", 'mount --rbind "$0" "$0"'),
  },
  {
    remedy: /^start it with CAP_SETFCAP: .*; or start it as another user$/,
    refused: `${without("setfcap")} ${UNSHARE} -Ur true`,
    mended: `${without("setfcap")} setpriv --reuid 1000 --regid 1000 --clear-groups ` +
      `env DENO_DIR=/tmp/nido-advice ${UNSHARE} -Ur true && ${UNSHARE} -Ur true; s=$?; rm -rf /tmp/nido-advice; exit $s`,
    needs: { kernel: "5.12" },
  },
  capability("SETFCAP", `${UNSHARE} --map-users=0:0:10 true`, { needs: { kernel: "5.12" } }),
  capability("SETUID", `${UNSHARE} --map-users=0:5:10 true`),
  capability("SETGID", `${UNSHARE} --map-groups=0:5:10 true`),
  capability("SETUID", `${UNSHARE} -S 5 true`),
  capability("SETGID", `${UNSHARE} --owner 5:5 true`),
  capability("SYS_ADMIN", `${NSENTER} -t $1 -u true`, { target: "-u" }),
  capability(
    "SYS_ADMIN",
    inFolder(`touch "$d/uts"; $CAPS ${UNSHARE} -U --uts="$d/uts" true`),
    {
      refused: inFolder(
        `touch "$d/uts"; ${without("sys_admin")} ${UNSHARE} -U --uts="$d/uts" true`,
      ),
      mended: inFolder(`touch "$d/uts"; ${UNSHARE} -U --uts="$d/uts" true`),
    },
  ),
  capability("SYS_PTRACE", `${NSENTER} -t $1 -a true`, { target: "-u" }),
  {
    remedy: /^start it with both: a container's --cap-add=SYS_PTRACE --cap-add=NET_ADMIN$/,
    refused: `${HOLD_SOCKET}; ${
      without("sys_ptrace")
    } ${NSENTER} -t $! -N 3 true; s=$?; kill $!; exit $s`,
    mended: `${HOLD_SOCKET}; ${NSENTER} -t $! -N 3 true; s=$?; kill $!; exit $s`,
    needs: { programs: ["perl"] },
  },
  {
    remedy: /^start it outside of this user namespace$/,
    refused: `exec 3</proc/self/ns/uts; unshare -Ur ${NSENTER} --uts=/proc/self/fd/3 true`,
    mended: `exec 3</proc/self/ns/uts; ${NSENTER} --uts=/proc/self/fd/3 true`,
  },
  {
    remedy: /^start this outside of what sets no_new_privs$/,
    refused: `setpriv --no-new-privs ${UNSHARE} --map-auto true`,
    mended: `${UNSHARE} --map-auto true`,
    as: "user",
    ranges: true,
  },
  ...["users", "groups"].flatMap((which): Advice[] => [
    {
      remedy: new RegExp(`^ask for those ids instead: --map-${which}=auto$`),
      refused: `${UNSHARE} --map-${which} 0:500000:10 true`,
      mended: `${UNSHARE} --map-${which}=auto true`,
      as: "user",
      ranges: true,
    },
    {
      remedy: new RegExp(`^map all that it has: --map-${which}=all$`),
      refused: `${UNSHARE} -Ur ${UNSHARE} --map-${which} 0:5:10 true`,
      mended: `${UNSHARE} -Ur ${UNSHARE} --map-${which}=all true`,
      as: "user",
    },
    {
      remedy: new RegExp(
        `^add --map-root-user --map-auto to the outer launch, and map what that has: --map-${which}=all$`,
      ),
      refused: `${UNSHARE} --map-current-user ${UNSHARE} --map-${which} 0:5:10 true`,
      mended: `${UNSHARE} --map-root-user --map-auto ${UNSHARE} --map-${which}=all true`,
      as: "user",
      ranges: true,
    },
  ]),
  {
    remedy: /^install Debian's package uidmap \(elsewhere: shadow-utils\)$/,
    refused: `PATH=/no/such ${UNSHARE} --map-auto /bin/true`,
    mended: `${UNSHARE} --map-auto /bin/true`,
    as: "user",
    ranges: true,
  },
  {
    remedy: /^reinstall Debian's package uidmap \(elsewhere: shadow-utils\); or map each id once$/,
    refused: inFolder(
      `cp $(command -v newuidmap) $(command -v newgidmap) "$d"; PATH=$d:$PATH ${UNSHARE} --map-auto true`,
    ),
    mended: `${UNSHARE} --map-auto true`,
    as: "user",
    ranges: true,
  },
  {
    remedy: /^leave out those of which another has ids, too$/,
    refused: inFolder(
      `${nido} freeze -o "$d/f" unshare -r --map-users=all --map-users=5:6:1 true; "$d/f"`,
    ),
    mended: inFolder(`${nido} freeze -o "$d/f" unshare -r --map-users=all true; "$d/f"`),
  },
  {
    remedy: /^map it: add --map-auto$/,
    refused: `${UNSHARE} -Ur -S 5 true`,
    mended: `${UNSHARE} -Ur --map-auto -S 5 true`,
    as: "user",
    ranges: true,
  },
  {
    remedy: /^map ranges: add --map-auto$/,
    refused: `${UNSHARE} -Ur -G 0 true`,
    mended: `${UNSHARE} -Ur --map-auto -G 0 true`,
    as: "user",
    ranges: true,
  },
  {
    remedy: /^add --map-auto to the outer launch$/,
    refused: `${UNSHARE} -Ur ${UNSHARE} --map-groups=0:0:1 -G 0 true`,
    mended: `${UNSHARE} -Ur --map-auto ${UNSHARE} --map-groups=0:0:1 -G 0 true`,
    as: "user",
    ranges: true,
  },
  {
    remedy: /^add --map-root-user --map-auto, or run as root$/,
    refused: `${UNSHARE} -S 5 true`,
    mended: `${UNSHARE} --map-root-user --map-auto -S 5 true`,
    as: "user",
    ranges: true,
  },
  {
    remedy: /^take one that it has: look into \/proc\/self\/[ug]id_map$/,
    refused: `unshare -Ur ${UNSHARE} -S 5 true`,
    mended: `unshare -Ur ${UNSHARE} -S $(awk '{print $1}' /proc/self/uid_map) true`,
  },
  {
    remedy:
      /^leave --set[ug]id \(-[SG]\) out, or take one that it has: look into \/proc\/\d+\/[ug]id_map$/,
    refused: `${NSENTER} -t $1 -U -S 5 true`,
    mended:
      `${NSENTER} -t $1 -U true && ${NSENTER} -t $1 -U -S $(awk '{print $1}' /proc/$1/uid_map) true`,
    target: "-Ur",
    as: "user",
  },
  {
    remedy:
      /^add --preserve-credentials, or --set[ug]id \(-[SG]\) of one that it has(: look into \/proc\/\d+\/[ug]id_map)?$/,
    refused: `${NSENTER} -t $1 -U true`,
    mended: `${NSENTER} -t $1 -U --preserve-credentials true`,
    target: "-U",
    as: "user",
  },
  {
    remedy: /^leave --setgid out: without it groups stay where they cannot be dropped$/,
    refused: `${NSENTER} -t $1 -U -G 0 true`,
    mended: `${NSENTER} -t $1 -U true`,
    target: "-Ur",
    as: "user",
  },
  ...(["boottime", "monotonic"] as const).flatMap((clock): Advice[] => [
    {
      remedy: new RegExp(
        `^stay below that: --${clock}=\\$\\(\\(4611686000 - \\$\\(cut -d\\. -f1 /proc/uptime\\)\\)\\)$`,
      ),
      refused: `${UNSHARE} -UrT --${clock}=99999999999 true`,
      mended: `${UNSHARE} -UrT --${clock}=$((4611686000 - $(cut -d. -f1 /proc/uptime))) true`,
      as: "user",
      needs: { namespaces: ["time"] },
    },
    {
      remedy: new RegExp(
        `^go back no further than it has come: --${clock}=-\\$\\(cut -d\\. -f1 /proc/uptime\\)(, less .*)?$`,
      ),
      refused: `${UNSHARE} -UrT --${clock}=-99999999999 true`,
      mended: `${UNSHARE} -UrT --${clock}=-$(cut -d. -f1 /proc/uptime) true`,
      as: "user",
      needs: { namespaces: ["time"] },
    },
  ]),
  {
    remedy: /^add --pid --fork$/,
    refused: `${UNSHARE} -Ur --mount-proc true`,
    mended: `${UNSHARE} -Ur --mount-proc --pid --fork true`,
    as: "user",
  },
  {
    remedy: /^add --fork$/,
    refused: `${UNSHARE} -Urp --mount-proc true`,
    mended: `${UNSHARE} -Urp --mount-proc --fork true`,
    as: "user",
  },
  {
    remedy: /^create the PID namespace with --fork$/,
    refused: inFolder(
      `${nido} freeze -o "$d/f" unshare --fork true; ${UNSHARE} -Urp sh -c "/bin/true; exec $d/f"`,
    ),
    mended: inFolder(
      `${nido} freeze -o "$d/f" unshare --fork true; ${UNSHARE} -Urpf sh -c "/bin/true; exec $d/f"`,
    ),
    as: "user",
  },
  {
    remedy: /^enter another one: this one stays dead$/,
    refused: inFolder(`touch "$d/p"; unshare --pid="$d/p" -f true; ${NSENTER} --pid="$d/p" true`),
    mended: `${NSENTER} --pid=/proc/$1/ns/pid true`,
    target: "-pf",
  },
  {
    remedy: /^uncover it outside: docker --security-opt systempaths=unconfined, podman unmask=ALL$/,
    refused: inside("mount --bind /dev/null /proc/version", "-Urpf --mount-proc true"),
    mended: inside(
      "mount --bind /dev/null /proc/version; umount /proc/version",
      "-Urpf --mount-proc true",
    ),
    as: "user",
  },
  {
    remedy: /^mount it writable outside: docker --security-opt systempaths=unconfined$/,
    refused: inside("mount -o remount,ro,bind /proc", "-Ur true"),
    mended: inside("mount -o remount,ro,bind /proc; mount -o remount,rw,bind /proc", "-Ur true"),
    as: "user",
  },
  {
    remedy: /^create it first$/,
    refused: inFolder(`${UNSHARE} -Urpf --mount-proc="$d/new" true`),
    mended: inFolder(`mkdir "$d/new"; ${UNSHARE} -Urpf --mount-proc="$d/new" true`),
    as: "user",
  },
  {
    remedy: /^create it first: touch FILE$/,
    refused: inFolder(`${UNSHARE} --uts="$d/uts" true`),
    mended: inFolder(`touch "$d/uts"; ${UNSHARE} --uts="$d/uts" true`),
  },
  {
    remedy:
      /^(look: .*, )?mount --bind DIR DIR; mount --make-private DIR, for the directory of the file(;.*)?$/,
    refused: inFolder(
      `mkdir "$d/s"; mount --bind "$d/s" "$d/s"; mount --make-shared "$d/s"; touch "$d/s/m"; ${UNSHARE} --mount="$d/s/m" true`,
    ),
    mended: inFolder(
      `mkdir "$d/s"; mount --bind "$d/s" "$d/s"; mount --make-private "$d/s"; touch "$d/s/m"; ${UNSHARE} --mount="$d/s/m" true; s=$?; umount "$d/s/m"; [ $s = 0 ]`,
    ),
  },
  {
    remedy: /^mount -t proc proc \/proc$/,
    refused: inFolder(
      `${nido} freeze -o "$d/f" unshare -Ur true; unshare -m sh -c "umount -l /proc; $d/f"`,
    ),
    mended: inFolder(
      `${nido} freeze -o "$d/f" unshare -Ur true; unshare -m sh -c "umount -l /proc; mount -t proc proc /proc; $d/f"`,
    ),
  },
  {
    remedy: /^mount -t proc proc \/proc, outside$/,
    refused: inFolder(
      `${nido} freeze -o "$d/f" unshare -Upf --mount-proc true; unshare -m sh -c "umount -l /proc; $d/f"`,
    ),
    mended: inFolder(
      `${nido} freeze -o "$d/f" unshare -Upf --mount-proc true; unshare -m sh -c "umount -l /proc; mount -t proc proc /proc; $d/f"`,
    ),
  },
  {
    remedy: /^bind the old one instead: mount --rbind \/sys DIR$/,
    refused: `${UNSHARE} -Urm sh -c ${
      quote([`mount -t tmpfs tmpfs /sys/kernel; exec ${nido} doctor 2>&1`])
    }`,
    mended: `${UNSHARE} -Urm sh -c ${
      quote(["mount -t tmpfs tmpfs /sys/kernel; unshare -n mount --rbind /sys /mnt"])
    }`,
    as: "user",
  },
  {
    remedy: /^run as root$/,
    refused:
      `setpriv --reuid 1000 --regid 1000 --clear-groups ${UNSHARE} -r --user=/etc/passwd true`,
    mended: inFolder(`touch "$d/u"; ${UNSHARE} -r --user="$d/u" true`),
  },
  {
    remedy: /^run as root, or as its user$/,
    refused: `setpriv --reuid 1000 --regid 1000 --clear-groups ${NSENTER} -t $1 -u true`,
    mended: `${NSENTER} -t $1 -u true`,
    target: "-u",
  },
  {
    remedy: /^add --user \(-U\) if it has made that one, or run as root$/,
    refused: `${NSENTER} -t $1 -u true`,
    mended: `${NSENTER} -t $1 -U -u true`,
    target: "-Uru",
    as: "user",
  },
  {
    remedy:
      /^join the target's user namespace too \(--user, -U\), or (run as root|start it with CAP_SYS_CHROOT: .*)$/,
    refused: `${without("sys_chroot")} ${NSENTER} -t $1 -u -r true`,
    mended: `${
      without("sys_chroot")
    } ${NSENTER} -t $1 -U -u -r true && ${NSENTER} -t $1 -u -r true`,
    target: "-Uru",
    needs: { programs: ["setpriv"] },
  },
  {
    remedy: /^leave --\w+ out, or use --all, which leaves out what is shared$/,
    refused: `${NSENTER} -t $1 -U -u -n true`,
    mended: `${NSENTER} -t $1 -U -u true && ${NSENTER} -t $1 -a true`,
    target: "-Uru",
    as: "user",
  },
  {
    remedy: /^leave --user out \(--all would\)$/,
    refused: `${NSENTER} -t $1 -u -U true`,
    mended: `${NSENTER} -t $1 -u true && ${NSENTER} -t $1 -a true`,
    target: "-u",
  },
  {
    remedy: /^leave --user-parent out$/,
    refused: `${NSENTER} -t $1 -u --user-parent true`,
    mended: `${NSENTER} -t $1 -u true`,
    target: "-u",
  },
  {
    remedy: /^find out its PID again$/,
    refused: `${NSENTER} -t $1:7 -u true`,
    mended: `${NSENTER} -t $1 -u true`,
    target: "-u",
    needs: { kernel: "6.9" },
  },
];
