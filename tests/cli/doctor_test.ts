// `nido doctor` under causes that are really there: it names the right one.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { CLONE_NEWUSER } from "../../ffi/abi/sched.ts";
import { inChroot, NOBODY } from "../binary/refusals.ts";
import { type Needs, requires } from "../requires.ts";
import { type Refused, withFilter } from "../support/filter.ts";
import { withFrozen } from "../support/frozen.ts";
import { leavesNothing } from "../support/leftovers.ts";
import {
  AS_USER,
  NIDO,
  nido,
  type Outcome,
  quote,
  requiresRanges,
  run,
  shell,
} from "../support/nido.ts";
import { nido as runNido, onTerminal, UNSAFE } from "./run_nido.ts";

interface Result {
  readonly name: string;
  readonly group: string;
  readonly does: string;
  readonly verdict: "works" | "refused" | "cannot tell";
  readonly message: string | null;
  readonly step: string | null;
  readonly error: string | null;
  readonly why: string | null;
  readonly try: string | null;
  readonly needs: string | null;
}

interface Answer {
  readonly verdict: Result["verdict"];
  readonly machine: Readonly<Record<string, unknown>> & {
    readonly signs_of_sandbox: readonly string[];
    readonly cgroup: string | null;
  };
  readonly results: readonly Result[];
}

const DOCTOR = `${nido} doctor --json`;
const STATUS = { works: 0, refused: 1, "cannot tell": 2 };

/** What the doctor has answered; everything that is always so is checked here. */
function answerIn({ stdout, stderr, code }: Outcome): Answer {
  assertEquals(stderr, "");
  const answer: Answer = JSON.parse(stdout);
  assertEquals(code, STATUS[answer.verdict]);
  for (const { name, verdict, why, try: remedy } of answer.results) {
    assertEquals(why === null, verdict === "works", name);
    assert(remedy === null || verdict === "refused", name);
  }
  return answer;
}

function resultOf({ results }: Answer, name: string): Result {
  const result = results.find((one) => one.name === name);
  assert(result, `${name} is tried`);
  return result;
}

/** A cause, and what the doctor must say of one thing. */
interface Cause {
  readonly about: string;
  /** A script for sh that makes it, and runs the doctor. */
  readonly script: string;
  readonly as: "user" | "root";
  readonly name: string;
  readonly verdict?: "cannot tell";
  readonly why: RegExp;
  readonly remedy?: RegExp;
  readonly needs?: Needs;
  readonly ranges?: true;
}

/** Runs the doctor as root of a user namespace that `prepare` changes first. */
const inside = (prepare: string, more = ""): string =>
  `${nido} unshare -Urm ${more} sh -c ${quote([`${prepare}; exec ${DOCTOR}`])}`;

/** Runs the doctor as that user in a mount namespace that root's `prepare` changes first. */
const prepared = (prepare: string, under = AS_USER.join(" ")): string =>
  `${nido} unshare -m sh -c ${quote([`${prepare}; exec ${under} ${DOCTOR}`])}`;

/** Runs the doctor with programs of that folder first in PATH; `make` puts them into $d. */
const withTools = (make: string): string =>
  `d=$(mktemp -d --tmpdir nido-tool-XXXXXX) || exit; chmod 755 $d; ${make}; PATH=$d:$PATH ${DOCTOR}; ` +
  `s=$?; rm -r $d; exit $s`;

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
    about: "a user without a line in /etc/subuid",
    script: prepared("mount --bind /dev/null /etc/subuid"),
    as: "root",
    name: "map-auto",
    why: /^no line matching user "\S+" in \/etc\/subuid$/,
    remedy: /^echo '\S+:100000:65536' >> \/etc\/subuid, as root$/,
    ranges: true,
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
    about: "a line in /etc/subuid that is none",
    script: prepared(
      `echo "$(id -un 1000):some:65536" >/dev/shm/nido-subuid; ` +
        "mount --bind /dev/shm/nido-subuid /etc/subuid; rm /dev/shm/nido-subuid",
    ),
    as: "root",
    name: "map-auto",
    why: /^line 1 of \/etc\/subuid is not NAME:START:COUNT$/,
    remedy: /^sed -i '1s\/.*\/\S+:100000:65536\/' \/etc\/subuid, as root$/,
    ranges: true,
  },
  {
    about: "no line in /etc/subuid, in a user namespace with one id",
    script: `${nido} unshare --map-current-user -m --keep-caps sh -c ${
      quote([`mount --bind /dev/null /etc/subuid && exec ${DOCTOR}`])
    }`,
    as: "user",
    name: "map-auto",
    verdict: "cannot tell",
    why: /in \/etc\/subuid; and this user namespace maps one uid only: .*only the outside knows$/,
    ranges: true,
  },
  {
    about: "ranges in a user namespace with one id",
    script: `${nido} unshare --map-current-user ${DOCTOR}`,
    as: "user",
    name: "map-auto",
    why: /^this user namespace has not all ids/,
    remedy: /--map-users=all$/,
    ranges: true,
  },
  {
    about: "no_new_privs",
    script: `setpriv --no-new-privs ${DOCTOR}`,
    as: "user",
    name: "map-auto",
    why: /^no_new_privs is set, so newuidmap cannot gain the privilege/,
    remedy: /outside of what sets no_new_privs/,
    ranges: true,
  },
  {
    about: "newuidmap not being there",
    script: `PATH=/no/such ${DOCTOR}`,
    as: "user",
    name: "map-auto",
    why: /^newuidmap is not installed/,
    remedy: /^install Debian's package uidmap/,
    ranges: true,
  },
  {
    about: "a newuidmap without its setuid bit",
    script: withTools("cp $(command -v newuidmap) $(command -v newgidmap) $d"),
    as: "user",
    name: "map-auto",
    why: /^newuidmap has lost its setuid bit or capability/,
    remedy: /^reinstall/,
    ranges: true,
  },
  {
    about: "a newuidmap that does not end",
    script: withTools(
      "printf '#!/bin/sh\\nexec sleep 60\\n' >$d/newuidmap; chmod 755 $d/newuidmap",
    ),
    as: "user",
    name: "map-auto",
    verdict: "cannot tell",
    why: /^it had not ended after 5 s$/,
    ranges: true,
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

for (const { about, script, as, name, verdict, why, remedy, needs, ranges } of CAUSES) {
  const needed = { userNamespaces: true, ...needs, ...(as === "root" ? { root: true } : {}) };
  const options = ranges ? requiresRanges(needed) : requires(needed);
  Deno.test(`the doctor names the cause: ${about}`, options, async () => {
    const outcome = await leavesNothing((env) =>
      shell(script, [], { env, ...(as === "user" ? { as } : {}) })
    );
    const result = resultOf(answerIn(outcome), name);
    assertEquals(result.verdict, verdict ?? "refused", JSON.stringify(result));
    assertMatch(result.why!, why);
    assertEquals(result.try !== null, remedy !== undefined, `${result.try}`);
    if (remedy) assertMatch(result.try!, remedy);
  });
}

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
    assertEquals(folders().filter((name) => name.startsWith("nido-probe")), []);
  },
);

Deno.test(
  "one refusal is said once, and what needs it is not tried",
  requires({ userNamespaces: true }),
  async () => {
    const answer = answerIn(await shell(`${nido} unshare -U ${DOCTOR}`, [], { as: "user" }));
    const user = answer.results.filter(({ group, needs }) => group !== "cgroups" && needs === null);
    assertEquals(user.map(({ name, verdict }) => [name, verdict]), [
      ["user", "refused"],
      ["memfd", "works"],
      ["unnamed file", "works"],
    ]);
    for (const { name, why, verdict } of answer.results.filter(({ needs }) => needs !== null)) {
      assertEquals([why, verdict], ["it needs user, which is refused", "cannot tell"], name);
    }
  },
);

for (const as of ["root", "user"] as const) {
  Deno.test(
    `the doctor of ${
      as === "root" ? "root" : "an ordinary user"
    } leaves nothing, and finds what the tests rely on`,
    requires({ userNamespaces: true, ...(as === "root" ? { root: true } : {}) }),
    async () => {
      const outcome = await leavesNothing((env) =>
        shell(DOCTOR, [], { env, ...(as === "user" ? { as } : {}) })
      );
      const answer = answerIn(outcome);
      for (const name of ["user", "user+pid", "user+net", "map-root-user", "user+proc", "setns"]) {
        assertEquals(resultOf(answer, name).verdict, "works", outcome.stdout);
      }
      assertEquals(answer.results.some(({ name }) => name === "pid"), as === "root");
      assertEquals(answer.machine.cap_sys_admin, as === "root");
      const names = answer.results.map(({ name }) => name);
      assertEquals(new Set(names).size, names.length);
    },
  );
}

Deno.test(
  "the doctor exits with 0 where only what an administrator has to grant is refused",
  requires({ root: true, userNamespaces: true }),
  async () => {
    const [text, json] = await Promise.all(["doctor", "doctor --json"].map((words) =>
      shell(
        `${nido} unshare -m sh -c ${
          quote([`mount --bind /dev/null /etc/subuid; exec ${quote(AS_USER)} ${nido} ${words}`])
        }`,
      )
    ));
    assertEquals([text!.code, json!.code], [0, 0], text!.stdout);
    const answer = answerIn(json!);
    assertEquals([answer.verdict, resultOf(answer, "map-auto").verdict], ["works", "refused"]);
  },
);

Deno.test("the doctor's JSON has these keys", async () => {
  const answer = answerIn(await runNido(["doctor", "--json"]));
  assertEquals(Object.keys(answer), ["verdict", "machine", "results"]);
  assertEquals(Object.keys(answer.machine), [
    "kernel",
    "arch",
    "uid",
    "gid",
    "user",
    "cap_sys_admin",
    "uid_map",
    "no_new_privs",
    "seccomp_filter",
    "label",
    "masked",
    "others_proc",
    "cgroup",
    "signs_of_sandbox",
  ]);
  for (const result of answer.results) {
    assertEquals(Object.keys(result), [
      "name",
      "group",
      "does",
      "verdict",
      "message",
      "step",
      "error",
      "why",
      "try",
      "needs",
    ]);
  }
});

Deno.test(
  "the doctor's lines tell what its JSON tells",
  requires({ userNamespaces: true }),
  async () => {
    const command = `${nido} unshare -U ${nido} doctor`;
    const [text, json] = await Promise.all([
      shell(command, [], { as: "user" }),
      shell(`${command} --json`, [], { as: "user" }),
    ]);
    const answer = answerIn(json);
    assertEquals([text.code, text.stderr], [json.code, ""]);
    for (const { name, verdict, step, error, why, try: remedy, needs } of answer.results) {
      const at = text.stdout.indexOf(`\n  ${verdict.padEnd(13)}${name} `);
      assert(at >= 0, `${name} in ${text.stdout}`);
      const [first, ...rest] = text.stdout.slice(at + 1).split("\n");
      if (verdict === "works") continue;
      if (needs !== null) {
        assert(first!.endsWith(why!), first);
        continue;
      }
      const said = rest.slice(0, 3).map((line) => line.trim());
      // The PID of the doctor is in the names of cgroups.
      if (!step?.includes("nido-probe")) assertEquals(said[0], `step: ${step} = ${error}`);
      assertEquals(said.slice(1), [`why:  ${why}`, `try:  ${remedy}`]);
    }
    assertMatch(
      text.stdout,
      /\n\d+ of \d+ work, \d+ (is|are) refused, \d+ cannot be told from here\n$/,
    );
  },
);

Deno.test(
  "the doctor has colours on a terminal alone, and fits into it",
  requires({ userNamespaces: true, programs: ["script"] }),
  async () => {
    const { stdout } = await onTerminal(["doctor"], 60);
    assert(stdout.includes("\x1b[32mworks"), stdout);
    // deno-lint-ignore no-control-regex -- colours
    const lines = stdout.replace(/\x1b\[\d+m|\r/g, "").split("\n");
    for (const line of lines.filter((one) => /^ {2}\S/.test(one))) assert(line.length <= 60, line);
    const plain = await runNido(["doctor"]);
    assertEquals(UNSAFE.test(plain.stdout), false, plain.stdout);
  },
);

Deno.test("the doctor's mistakes and help", async () => {
  const [help, operand] = await Promise.all([
    runNido(["doctor", "--help"]),
    runNido(["doctor", "me"]),
  ]);
  assertEquals([help.code, help.stderr], [0, ""]);
  assertMatch(
    help.stdout,
    /exit\s+status\s+is\s+0\s+if\s+everything\s+works\s+that\s+an\s+ordinary\s+user\s+may\s+expect,\s+1/,
  );
  assertEquals([operand.code, operand.stdout], [1, ""]);
  assertMatch(operand.stderr, /^nido doctor: unexpected 'me'$/m);
});
