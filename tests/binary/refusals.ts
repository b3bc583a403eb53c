/** Launches that are refused, with the cause and the remedy that must be said. */
import type { Needs } from "../requires.ts";
import { nido, quote } from "../support/nido.ts";
import type { Refused } from "../support/refused.ts";

/** A launch that is refused. */
export interface Refusal extends Refused {
  readonly about: string;
  /** A script for sh. */
  readonly script: string;
  readonly as: "user" | "root";
  readonly needs?: Needs;
  /** newuidmap must work for the user, as it would but for the cause. */
  readonly ranges?: true;
}

/** Becomes a user whom no file names. */
export const NOBODY = "setpriv --reuid=4242 --regid=4242 --clear-groups";

/** Runs nido within a shell in a user namespace that `prepare` changes first. */
const inside = (prepare: string, words: string): string =>
  `${nido} unshare -Urm sh -c ${quote([`${prepare}; exec ${nido} unshare ${words}`])}`;

/** Runs nido in a chroot to a plain folder, which has all that / has; `before` sees it as $0. */
export const inChroot = (words: string, before = ":", program = nido): string =>
  `root=$(mktemp -d --tmpdir nido-root-XXXXXX) || exit; ${nido} unshare -m sh -c ${
    quote([`for d in /*; do
  if [ -L "$d" ]; then cp -P "$d" "$0$d"; elif [ -d "$d" ]; then mkdir "$0$d"; mount --rbind "$d" "$0$d"; fi
done; ${before}; exec chroot "$0" ${program} ${words}`])
  } "$root"; status=$?; cd "$root"; rm -f * 2>&-; rmdir *; rmdir "$root"; exit $status`;

export const REFUSALS: readonly Refusal[] = [
  {
    about: "a namespace without privilege",
    script: `${nido} unshare --uts true`,
    as: "user",
    says: "unshare: unshare failed: Operation not permitted",
    why: /uts namespaces need CAP_SYS_ADMIN/,
    remedy: /add --user --map-root-user \(-Ur\), or run as root/,
  },
  ...["user", "uts", "net", "pid", "mnt", "time"].map((type): Refusal => ({
    about: `a limit of no ${type} namespaces`,
    script: inside(
      `echo 0 >/proc/sys/user/max_${type}_namespaces`,
      `--${type === "mnt" ? "mount" : type} true`,
    ),
    as: "user",
    says: "unshare: unshare failed: No space left on device",
    why: new RegExp(`user\\.max_${type}_namespaces is 0 \\(this is not about disk space\\)`),
    remedy: new RegExp(`sysctl user\\.max_${type}_namespaces=`),
    needs: { namespaces: [type as "user"] },
  })),
  {
    about: "a caller whose ids are not mapped",
    script: `${nido} unshare -U ${nido} unshare -U true`,
    as: "user",
    says: "unshare: unshare failed: Operation not permitted",
    why: /the caller's own uid or gid has no mapping/,
    remedy: /add --map-current-user to the outer launch/,
  },
  {
    about: "a chroot",
    script: inChroot("unshare -U true"),
    as: "root",
    says: "unshare: unshare failed: Operation not permitted",
    why: /this process is in a chroot/,
    remedy: /pivot_root/,
  },
  {
    about: "a user namespace in a chroot without a /proc",
    script: inChroot("unshare -U true", 'umount -l "$0/proc"'),
    as: "root",
    says: "unshare: unshare failed: Operation not permitted",
    why: /it may be that this process is in a chroot, where no user namespace may be created/,
    remedy: /pivot_root/,
    needs: { front: true },
  },
  {
    about: "a mount namespace in a chroot",
    script: inChroot("unshare -m true"),
    as: "root",
    says: "unshare: cannot change root filesystem propagation: Invalid argument",
    why: /the root directory is that of a chroot, and no mount point/,
    remedy: /add --propagation unchanged; or, before the chroot to DIR: mount --rbind DIR DIR/,
  },
  {
    about: "a lost CAP_SETFCAP",
    script: `setpriv --bounding-set=-setfcap ${nido} unshare -Ur true`,
    as: "root",
    says: "unshare: write failed /proc/self/uid_map: Operation not permitted",
    why: /CAP_SETFCAP/,
    remedy: /CAP_SETFCAP|another user/,
    needs: { kernel: "5.12" },
  },
  {
    about: "newuidmap under no_new_privs",
    script: `setpriv --no-new-privs ${nido} unshare --map-auto true`,
    as: "user",
    says: "newuidmap: ",
    why: /no_new_privs is set, so newuidmap cannot gain the privilege/,
    remedy: /outside of what sets no_new_privs/,
    ranges: true,
  },
  {
    about: "subordinate ids that are mapped twice",
    script: `${nido} unshare --map-auto --map-subids true`,
    as: "user",
    says: "newuidmap: ",
    why: /; or it has been given an id twice/,
    remedy: /; or map each id once/,
    ranges: true,
  },
  {
    about: "a range that is not the user's",
    script: `${nido} unshare --map-users 0:500000:10 true`,
    as: "user",
    says: "newuidmap: ",
    why: /\/etc\/subuid gives \S+ the ids from \d+ to \d+, and others are asked for/,
    remedy: /ask for those ids instead: --map-users=auto/,
    ranges: true,
  },
  {
    about: "a user without subordinate ids who asks for a range",
    script: `${NOBODY} ${nido} unshare --map-users 0:100000:10 true`,
    as: "root",
    says: "newuidmap: ",
    why: /no line matching user "4242" in \/etc\/subuid/,
    remedy:
      /echo '4242:\d+:65536' >> \/etc\/subuid, as root; then ask for those ids: --map-users=auto/,
    ranges: true,
  },
  {
    about: "newuidmap not being there",
    script: `PATH=/no/such ${nido} unshare --map-users 0:100000:10 /bin/true`,
    as: "user",
    says: "unshare: failed to execute newuidmap: No such file or directory",
    why: /newuidmap is not installed, and only it may map ranges for uid \d+/,
    remedy: /install Debian's package uidmap/,
    ranges: true,
    code: 127,
  },
  {
    about: "a newuidmap that may not be executed",
    script: `d=$(mktemp -d --tmpdir nido-tool-XXXXXX) || exit; touch $d/newuidmap; chmod 755 $d; ` +
      `PATH=$d:/no/such ${nido} unshare --map-users 0:100000:10 /bin/true; s=$?; ` +
      `rm -r $d; exit $s`,
    as: "user",
    says: "unshare: failed to execute newuidmap: Permission denied",
    why: /newuidmap is there, but may not be executed by uid \d+/,
    remedy: /look why: namei -l/,
    ranges: true,
    code: 127,
  },
  {
    about: "ranges of ids that root does not have here",
    script: `${nido} unshare -Ur ${nido} unshare --map-users 0:5:10 true`,
    as: "user",
    says: "unshare: write failed /proc/PID/uid_map: Operation not permitted",
    why: /the ranges name uids that this user namespace does not have/,
    remedy: /--map-users=all/,
  },
  {
    about: "proc without a PID namespace",
    script: `${nido} unshare -Ur --mount-proc true`,
    as: "user",
    says: "unshare: mount /proc failed: Operation not permitted",
    why: /this user namespace owns none/,
    remedy: /add --pid --fork/,
  },
  {
    about: "proc without --fork",
    script: `${nido} unshare -Urp --mount-proc true`,
    as: "user",
    says: "unshare: mount /proc failed: Operation not permitted",
    why: /without --fork this process is still in the old PID namespace/,
    remedy: /add --fork/,
  },
  {
    about: "a covered /proc",
    script: inside("mount --bind /dev/null /proc/version", "-Urpf --mount-proc true"),
    as: "user",
    says: "unshare: mount /proc failed: Operation not permitted",
    why: /parts of \/proc are covered by other mounts/,
    needs: { oneProc: true },
    remedy: /systempaths=unconfined/,
  },
  {
    about: "a folder for proc that is not there",
    script: `${nido} unshare -Urpf --mount-proc=/no/such true`,
    as: "user",
    says: "unshare: mount /no/such failed: No such file or directory",
    why: /there is no such directory/,
    remedy: /create it first/,
  },
  {
    about: "a uid without a map",
    script: `${nido} unshare -Ur -S 5 true`,
    as: "user",
    says: "unshare: setuid() failed: Invalid argument",
    why: /uid 5 has no mapping/,
    remedy: /add --map-auto/,
  },
  {
    about: "groups where setgroups is denied",
    script: `${nido} unshare -Ur -G 0 true`,
    as: "user",
    says: "unshare: setgroups failed: Operation not permitted",
    why: /setgroups is denied/,
    remedy: /--map-auto/,
  },
  {
    about: "a root directory without privilege",
    script: `${nido} unshare --root=/ true`,
    as: "user",
    says: "unshare: cannot change root directory to '/': Operation not permitted",
    why: /chroot needs CAP_SYS_CHROOT/,
    remedy: /-Ur/,
  },
  {
    about: "a file to bind to that is not there",
    script: `${nido} unshare --uts=/no/such/uts true`,
    as: "root",
    says: "unshare: mount /proc/self/ns/uts on /no/such/uts failed: No such file or directory",
    why: /the file to bind to must exist/,
    remedy: /touch/,
  },
  {
    about: "binding without privilege",
    script: `${nido} unshare -r --user=/etc/passwd true`,
    as: "user",
    says: "unshare: mount /proc/PID/ns/user on /etc/passwd failed: Operation not permitted",
    why: /CAP_SYS_ADMIN in the caller's mount namespace/,
    remedy: /run as root/,
  },
  {
    about: "a clock below zero",
    script: `${nido} unshare -UrT --boottime=-99999999999 true`,
    as: "user",
    says: "unshare: write failed /proc/self/timens_offsets: Numerical result out of range",
    why: /no clock may be set below zero/,
    remedy: /\/proc\/uptime/,
    needs: { namespaces: ["time"] },
  },
  {
    about: "an interpreter that is not there",
    script:
      `f=$(mktemp --tmpdir nido-script-XXXXXX); echo '#!/no/such/sh' >$f; chmod +x $f; ${nido} unshare -f $f; status=$?; rm $f; exit $status`,
    as: "user",
    says: "/nido-script-",
    why: /exists, but the interpreter that its first line/,
    remedy: /head -n 1/,
    code: 127,
  },
];
