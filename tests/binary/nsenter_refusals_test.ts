/** Namespaces that cannot be joined: nsenter names the cause and the remedy. */
import { assertEquals, assertMatch } from "@std/assert";
import { type Needs, requires } from "../requires.ts";
import { leavesNothing } from "../support/leftovers.ts";
import { NIDO, nido, shell } from "../support/nido.ts";
import { withFilter } from "../support/filter.ts";
import { assertRefused, type Refused } from "../support/refused.ts";
import { startTarget } from "../support/target.ts";

/** A launch that is refused. */
interface Refusal extends Refused {
  readonly about: string;
  /** How unshare(1) makes the target. */
  readonly target: string;
  /** Who makes it, and who enters: two different users if absent. */
  readonly as?: "user" | "root";
  /** A script for sh: $1 is the target, and $NSENTER the words that start nido's. */
  readonly script: string;
  readonly needs?: Needs;
}

const REFUSALS: readonly Refusal[] = [
  {
    about: "a namespace without its user namespace",
    target: "-Uru",
    as: "user",
    script: "$NSENTER -t $1 -u true",
    says: "nsenter: reassociate to namespaces failed: Operation not permitted\n" +
      "  step: setns(<target>, CLONE_NEWUTS) = EPERM\n",
    why:
      /joining uts namespaces needs CAP_SYS_ADMIN in the user namespace that owns them, and uid 1000/,
    remedy: /add --user \(-U\)/,
  },
  {
    about: "a file of a namespace without its user namespace",
    target: "-Uru",
    as: "user",
    script: "$NSENTER --uts=/proc/$1/ns/uts true",
    says: "nsenter: reassociate to namespace 'ns/uts' failed: Operation not permitted",
    why: /joining uts namespaces needs CAP_SYS_ADMIN/,
    remedy: /add --user \(-U\)/,
  },
  {
    about: "another user's process",
    target: "-u",
    script: "$NSENTER -t $1 -u true",
    says: "nsenter: reassociate to namespaces failed: Operation not permitted",
    why: /process \d+ is not one of uid 1000's/,
    remedy: /run as root/,
  },
  {
    about: "a process that has a capability more",
    target: "-u",
    as: "root",
    script: "exec setpriv --bounding-set=-sys_ptrace $NSENTER -t $1 -u true",
    says: "nsenter: reassociate to namespaces failed: Operation not permitted",
    why: /process \d+ may not be looked into: it is more privileged, or not dumpable/,
    remedy: /grep Cap/,
    needs: { programs: ["setpriv"] },
  },
  {
    about: "all of another user's process",
    target: "-u",
    script: "$NSENTER -t $1 -a true",
    says: "nsenter: cannot open /proc/",
    why: /process \d+ is not one of uid 1000's/,
    remedy: /run as root/,
  },
  {
    about: "the variables of another user's process",
    target: "-u",
    script: "$NSENTER -t $1 -e --net=/proc/self/ns/net true",
    says: "nsenter: cannot open /proc/",
    why: /process \d+ is not one of uid 1000's/,
    remedy: /run as root/,
  },
  {
    about: "a kind of namespace that is shared",
    target: "-Uru",
    as: "user",
    script: "$NSENTER -t $1 -U -u -n true",
    says: "nsenter: reassociate to namespaces failed: Operation not permitted",
    why: /the caller is in the target's net namespace already/,
    remedy: /leave --net out, or use --all/,
  },
  {
    about: "the own user namespace",
    target: "-u",
    as: "root",
    script: "$NSENTER -t $1 -U true",
    says: "nsenter: reassociate to namespaces failed: Invalid argument\n" +
      "  step: setns(<target>, CLONE_NEWUSER) = EINVAL\n",
    why: /the caller is in this user namespace already/,
    remedy: /leave --user out/,
  },
  {
    about: "the own user namespace by its file, before anything is changed",
    target: "-m",
    as: "root",
    script: "$NSENTER -t $1 -m --user=/proc/self/ns/user true",
    says: "nsenter: reassociate to namespace 'ns/user' failed: Invalid argument",
    why: /the caller is in this user namespace already/,
    remedy: /leave --user out/,
  },
  {
    about: "a process that is not there",
    target: "-Ur",
    as: "user",
    script: "$NSENTER -t 99999999 -a true",
    says: "nsenter: cannot open process 99999999: No such process\n" +
      "  step: pidfd_open(99999999, 0) = ESRCH\n",
    why: /there is no process 99999999/,
    remedy: /nido lsns/,
  },
  {
    about: "a PID namespace that has ended",
    target: "-p",
    as: "root",
    script: `f=$(mktemp --tmpdir nido-kept-XXXXXX); unshare --pid=$f -f true
      $NSENTER --pid=$f true; status=$?; umount $f; rm $f; exit $status`,
    says: "nsenter: fork failed: Cannot allocate memory",
    why: /the first process of the PID namespace has ended/,
    remedy: /enter another one/,
  },
  {
    about: "a PID namespace that is not below the caller's",
    target: "-p",
    as: "root",
    script: "exec 3</proc/self/ns/pid; unshare -pf sh -c '$NSENTER --pid=/dev/fd/3 true'",
    says: "nsenter: reassociate to namespace 'ns/pid' failed: Invalid argument",
    why: /none below the caller's own/,
    remedy: /nido who/,
  },
  {
    about: "a file of another kind",
    target: "-u",
    as: "root",
    script: "$NSENTER --uts=/proc/$1/ns/net true",
    says: "nsenter: reassociate to namespace 'ns/uts' failed: Invalid argument",
    why: /it is no uts namespace/,
    remedy: /nido who/,
  },
  {
    about: "a file that is not there",
    target: "-Ur",
    as: "user",
    script: "$NSENTER --uts=/no/such true",
    says: "nsenter: cannot open /no/such: No such file or directory",
    why: /the uts namespace's file is not there/,
    remedy: /nido lsns/,
  },
  {
    about: "a descriptor that the target has not",
    target: "-n",
    as: "root",
    script: "$NSENTER -t $1 -N 99 true",
    says: "nsenter: cannot get descriptor 99 of the target: Bad file descriptor",
    why: /has no descriptor 99/,
    remedy: /ls -l \/proc\/\d+\/fd/,
  },
  {
    about: "a descriptor that is no socket",
    target: "-n",
    as: "root",
    script: "$NSENTER -t $1 -N 0 true",
    says: "nsenter: descriptor 0 of the target: Inappropriate ioctl for device",
    why: /is no socket/,
    remedy: /ls -l \/proc\/\d+\/fd/,
  },
  {
    about: "the parent of the first user namespace",
    target: "-u",
    as: "root",
    script: "$NSENTER -t $1 -u --user-parent true",
    says: "nsenter: failed to open parent namespace: Operation not permitted",
    why: /above it, or there is none/,
    remedy: /leave --user-parent out/,
  },
  {
    about: "a uid that is not mapped",
    target: "-Ur",
    as: "user",
    script: "$NSENTER -t $1 -U -S 5 true",
    says: "nsenter: setuid() failed: Invalid argument",
    why: /uid 5 has no mapping in the user namespace that was joined/,
    remedy: /uid_map/,
  },
  {
    about: "groups that are to be dropped where it is denied",
    target: "-Ur",
    as: "user",
    script: "$NSENTER -t $1 -U -G 0 true",
    says: "nsenter: setgroups failed: Operation not permitted",
    why: /setgroups is denied there/,
    remedy: /leave --setgid out/,
  },
  {
    about: "root without its capabilities",
    target: "-u",
    as: "root",
    script: 'setpriv --bounding-set=-sys_admin sh -c "$NSENTER -t $1 -u true"',
    says: "nsenter: reassociate to namespaces failed: Operation not permitted",
    why: /root lacks CAP_SYS_ADMIN here/,
    remedy: /start it with CAP_SYS_ADMIN/,
  },
];

for (const refusal of REFUSALS) {
  const { about, target: options, as, script, needs } = refusal;
  const needed = requires({
    programs: ["unshare", "setpriv"],
    ...(as === "user" ? { userNamespaces: true } : { root: true }),
    ...needs,
  });
  Deno.test(`joining is refused with its cause and remedy: ${about}`, needed, async () => {
    await using target = await startTarget(options, as === "user" ? { as } : {});
    const outcome = await leavesNothing((env) =>
      shell(script, [`${target.pid}`], {
        env: { ...env, NSENTER: `${nido} nsenter` },
        ...(as === "root" ? {} : { as: "user" }),
      })
    );
    assertRefused(outcome, refusal);
    assertEquals(outcome.stdout, "");
  });
}

/** What a filter refuses, how, and what is said then. */
const FILTERED = [
  {
    about: "a seccomp filter",
    option: "-u",
    filters: [{ syscall: "setns" }],
    says: () => "nsenter: reassociate to namespaces failed: Operation not permitted",
    why: /a seccomp filter refuses setns\(2\) here/,
  },
  {
    about: "all namespaces, where a filter refuses to look which are shared",
    option: "-a",
    filters: [{ syscall: "statx", by: "errno" }, { syscall: "statx", by: "absent" }],
    says: (pid: number) => `nsenter: stat of /proc/${pid}/ns/cgroup failed: `,
    why: /a seccomp filter refuses statx\(2\) here/,
  },
] as const;

for (const { about, option, filters, says, why } of FILTERED) {
  Deno.test(
    `joining is refused with its cause and remedy: ${about}`,
    requires({ root: true, programs: ["unshare"] }),
    async () => {
      await using target = await startTarget("-u");
      const enter = [...NIDO, "nsenter", "-t", `${target.pid}`, option, "true"];
      for (const filter of filters) {
        const outcome = await withFilter(filter, enter, (path) => shell(path));
        assertRefused(outcome, { says: says(target.pid), why, remedy: /allow it outside/ });
      }
    },
  );
}

const FEW = [
  [3, "-t $1 -u", "cannot open process \\d+"],
  [4, "-t $1 -m -r", "cannot open /proc/\\d+/root"],
  [4, "-t $1 -m -w", "cannot open /proc/\\d+/cwd"],
  [4, "-t $1 -u -e", "cannot open /proc/\\d+/environ"],
  [4, "-u/proc/$1/ns/uts -m/proc/$1/ns/mnt", "cannot open /proc/\\d+/ns/mnt"],
  [4, "-t $1 -u -r/usr", "cannot open /usr"],
] as const;

Deno.test(
  "joining is refused with its cause and remedy: too few descriptors",
  requires({ root: true, programs: ["unshare"], front: true }),
  async () => {
    await using target = await startTarget("-um");
    for (const [count, words, says] of FEW) {
      const { stdout, stderr } = await shell(
        `ulimit -n ${count}; exec ${nido} nsenter ${words} true`,
        [`${target.pid}`],
      );
      assertEquals(stdout, "");
      assertMatch(stderr, new RegExp(`^nsenter: ${says}: Too many open files$`, "m"));
      assertMatch(stderr, /^ {2}why: {2}this process may open too few files$/m);
      assertMatch(stderr, /^ {2}try: {2}allow it more: ulimit -n 32$/m);
    }
    const script = `ulimit -n 32; exec ${nido} nsenter -t $1 -a -r -w true`;
    assertEquals((await shell(script, [`${target.pid}`])).code, 0);
  },
);
