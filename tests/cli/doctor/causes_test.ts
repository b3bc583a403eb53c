// `nido doctor` under causes that are really there: it names the right one.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { CLONE_NEWUSER } from "../../../ffi/abi/sched.ts";
import { inChroot, NOBODY } from "../../binary/refusals.ts";
import { requires } from "../../requires.ts";
import { type Refused, withFilter } from "../../support/filter.ts";
import { withFrozen } from "../../support/frozen.ts";
import { NIDO, nido, quote, run, shell } from "../../support/nido.ts";
import { until } from "../../support/patience.ts";
import { answerIn, DOCTOR, resultOf } from "./answer.ts";
import { type Cause, inside, prepared, testCause } from "./cause.ts";

/**
 * Runs the doctor as itself where the first unshare(2) of every process fails with EPERM.
 *
 * @param sysctl A file of /proc/sys/kernel that this kernel need not have, and what it says. What is looked at
 * must be of proc: it is the host name, by another path.
 */
const injected = (sysctl?: readonly [name: string, value: string]): string => {
  const [name, value] = sysctl ?? ["none", "0"];
  return `${nido} unshare --map-current-user -mu --keep-caps sh -c ${
    quote([
      `hostname ${value} && mount --bind /proc/sys/kernel /mnt && ` +
      `mount -t tmpfs tmpfs /proc/sys/kernel && ln -s /mnt/hostname /proc/sys/kernel/${name} && ` +
      `exec setpriv --ambient-caps=-all ` +
      `--inh-caps=-all strace -f -qqq -o /dev/null --seccomp-bpf -e trace=unshare ` +
      `-e inject=unshare:error=EPERM:when=1 ${DOCTOR}`,
    ])
  }`;
};

const CAUSES: readonly Cause[] = [
  ...["user", "mnt", "net", "pid"].map((type): Cause => ({
    about: `a limit of no ${type} namespaces`,
    script: inside(`echo 0 >/proc/sys/user/max_${type}_namespaces`),
    as: "user",
    name: type === "user" ? "user" : `user+${type}`,
    why: new RegExp(`^user\\.max_${type}_namespaces is 0 \\(this is not about disk space\\)$`),
    remedy: new RegExp(`^sysctl user\\.max_${type}_namespaces=`),
  })),
  {
    about: "a covered /proc",
    script: inside("mount --bind /dev/null /proc/version"),
    as: "user",
    name: "user+proc",
    why: /^parts of \/proc are covered by other mounts/,
    needs: { oneProc: true },
    remedy: /systempaths=unconfined/,
  },
  {
    about: "a /proc that is read-only",
    script: inside("mount -o remount,ro,bind /proc"),
    as: "user",
    name: "map-root-user",
    why: /^\/proc is mounted read-only here/,
    remedy: /outside/,
  },
  {
    about: "a covered /sys",
    script: inside("mount -t tmpfs tmpfs /sys/kernel"),
    as: "user",
    name: "user+sysfs",
    why: /^parts of \/sys are covered/,
    remedy: /mount --rbind \/sys/,
  },
  {
    about: "a caller whose ids are not mapped",
    script: `${nido} unshare -U ${DOCTOR}`,
    as: "user",
    name: "user",
    why: /^the caller's own uid or gid has no mapping/,
    remedy: /^add --map-current-user to the outer launch$/,
  },
  {
    about: "a chroot",
    script: inChroot("doctor --json"),
    as: "root",
    name: "user",
    why: /^this process is in a chroot/,
    remedy: /pivot_root/,
  },
  {
    about: "a chroot, where mounts have no propagation",
    script: inChroot("doctor --json"),
    as: "root",
    name: "mnt",
    why: /^the root directory is that of a chroot/,
    remedy: /--propagation unchanged/,
  },
  {
    about: "a user without a name or a line in /etc/subuid",
    script: `${NOBODY} ${DOCTOR}`,
    as: "root",
    name: "map-auto",
    why: /^no line matching user "4242"/,
    remedy: /^echo '4242:\d+:65536' >> \/etc\/subuid, as root$/,
  },
  {
    about: "vm.memfd_noexec",
    script: `${nido} unshare -pf --mount-proc sh -c ${
      quote([`echo 2 >/proc/sys/vm/memfd_noexec && exec ${DOCTOR}`])
    }`,
    as: "root",
    name: "memfd",
    why: /^vm\.memfd_noexec is 2 in this PID namespace/,
    remedy: /^sysctl vm\.memfd_noexec=1/,
    needs: { kernel: "6.6" },
  },
  {
    about: "Debian's kernel.unprivileged_userns_clone",
    script: injected(["unprivileged_userns_clone", "0"]),
    as: "user",
    name: "user",
    why: /^kernel\.unprivileged_userns_clone is 0$/,
    remedy: /^sysctl kernel\.unprivileged_userns_clone=1/,
    needs: { programs: ["strace", "hostname"] },
  },
  {
    about: "Ubuntu's restriction by AppArmor",
    script: injected(["apparmor_restrict_unprivileged_userns", "1"]),
    as: "user",
    name: "user",
    why: /^AppArmor takes all capabilities .*apparmor_restrict_unprivileged_userns is 1/,
    remedy: /AppArmor profile with the rule `userns,`/,
    needs: { programs: ["strace", "hostname"] },
  },
  {
    about: "nothing that can be seen",
    script: injected(),
    as: "user",
    name: "user",
    verdict: "cannot tell",
    why: /^nothing that can be seen from here explains it; .*maps one uid only.*outside/,
    needs: { programs: ["strace", "hostname"] },
  },
];

CAUSES.forEach(testCause);

const FILTERS: readonly (readonly [Refused, name: string, why: RegExp])[] = [
  [
    { syscall: "unshare", bits: CLONE_NEWUSER },
    "user",
    /^a seccomp filter refuses unshare\(2\) here/,
  ],
  [{ syscall: "mount" }, "user+mnt", /^a seccomp filter refuses mount\(2\) here/],
  [{ syscall: "unshare", by: "kill" }, "user", /^a seccomp filter kills whoever makes/],
];

for (const [refused, name, why] of FILTERS) {
  const { syscall, by } = refused;
  Deno.test(
    `the doctor names the cause: a seccomp filter that ${by ?? "refuse"}s ${syscall}(2)`,
    requires({ userNamespaces: true }),
    () =>
      withFilter(refused, [...NIDO, "doctor", "--json"], async (path) => {
        const answer = answerIn(await shell(path, [], { as: "user" }));
        const result = resultOf(answer, name);
        assertEquals(result.verdict, "refused");
        assertMatch(result.why!, why);
        assertMatch(result.try!, /^allow it outside/);
        assertEquals(answer.machine.seccomp_filter, true);
        assert(answer.machine.signs_of_sandbox.includes("a seccomp filter is at work"));
      }),
  );
}

Deno.test(
  "the doctor names the cause: user namespaces nested too deep",
  requires({ userNamespaces: true }),
  () => {
    const doctor = quote([...NIDO, "doctor", "--json"]);
    const deeper = `D=$((D + 1)); export D; [ $D = 32 ] && exec ${doctor}; exec $IMAGE`;
    return withFrozen(["-Ur", "sh", "-c", deeper], async (image) => {
      Deno.chmodSync(image, 0o755);
      const env = { IMAGE: image, D: "1" };
      const answer = answerIn(await run([...NIDO, "unshare", "-Ur", image], { env }));
      // The tests may be nested themselves.
      const last = [resultOf(answer, "user+user"), resultOf(answer, "user")]
        .find(({ verdict }) => verdict === "refused");
      assertMatch(last?.why ?? "", /nested more than 32 deep; this is not about disk space$/);
    });
  },
);

Deno.test(
  "the doctor names the cause: cgroups that are read-only, or another user's",
  requires({ root: true, mounted: "cgroup2" }),
  async () => {
    const { cgroup } = answerIn(await run([...NIDO, "doctor", "--json"])).machine;
    assert(cgroup !== null);
    const folders = () => [...Deno.readDirSync(cgroup)].map(({ name }) => name);
    const readOnly = `mount --bind ${cgroup} ${cgroup} && mount -o remount,ro,bind ${cgroup}`;
    const locked = resultOf(answerIn(await shell(prepared(readOnly, ""))), "cgroup delegation");
    assertEquals([locked.verdict, locked.error], ["refused", "EROFS"]);
    assertMatch(locked.why!, /^the cgroup file system is mounted read-only/);
    const others = resultOf(answerIn(await shell(`${NOBODY} ${DOCTOR}`)), "cgroup delegation");
    assertEquals([others.verdict, others.error], ["refused", "EACCES"]);
    assertMatch(others.why!, /is not delegated to this user$/);
    // Other tests' doctors have some for a moment.
    const isLeft = (name: string): boolean => name.startsWith("nido-probe");
    await until("no group of a probe is left", () => !folders().some(isLeft));
  },
);
