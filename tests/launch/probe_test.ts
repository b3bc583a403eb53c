// Probes: what is tried, and what is made of how it ended. Pure; tests/cli/doctor runs them.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { compileFor } from "../../launch/compile.ts";
import { AFTER_FAILURE } from "../../engine/plan.ts";
import { planSteps } from "../../engine/print.ts";
import type { Places, Probe } from "../../launch/probe/probe.ts";
import { neededFor, probesFor } from "../../launch/probe/probes.ts";
import {
  obstacleTo,
  type Outcome,
  overall,
  type ProbeResult,
  resultOf,
  type Verdict,
} from "../../launch/probe/result.ts";
import {
  type Known,
  type MachineFacts,
  machineFactsOf,
  type ProcTexts,
} from "../../launch/probe/machine_facts.ts";
import type { FailureReport } from "../../engine/report.ts";
import { PURE } from "./specs.ts";

const KNOWN: Known = {
  kernel: "6.1.0",
  arch: "x86_64",
  uid: 1000,
  gid: 1001,
  user: "ann",
  uidMap: [{ inner: 0, outer: 0, count: 4294967295 }],
  othersProc: false,
};

const TEXTS: ProcTexts = {
  status: "Name:\tdeno\nCapEff:\t0000000000000000\nNoNewPrivs:\t0\nSeccomp:\t0\n",
  mountinfo: `21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
22 21 0:20 / /proc rw shared:2 - proc proc rw
23 22 0:21 / /proc/sys/fs/binfmt_misc rw shared:3 - autofs systemd-1 rw
24 21 0:22 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw,nsdelegate
`,
  cgroup: "0::/user.slice/user-1000.slice\n",
  label: "unconfined\n",
};

const around = (known: Partial<Known> = {}, texts: Partial<ProcTexts> = {}): MachineFacts =>
  machineFactsOf({ ...KNOWN, ...known }, { ...TEXTS, ...texts });

const HERE = around();

const PLACES: Places = {
  folder: "/mnt",
  folders: ["/tmp", "."],
  cgroup: "/sys/fs/cgroup/user.slice/user-1000.slice/nido-probe-1",
};

Deno.test("an ordinary system has no sign of a sandbox", PURE, () => {
  assertEquals(HERE, {
    ...KNOWN,
    privileged: false,
    noNewPrivs: false,
    seccomp: false,
    label: "unconfined",
    masked: [],
    cgroup: "/sys/fs/cgroup/user.slice/user-1000.slice",
    signs: [],
  });
  const root = around({}, { status: "CapEff:\t000001ffffffffff\n", label: "" });
  assertEquals([root.privileged, root.label], [true, null]);
  const most = around({}, { status: "CapEff:\t000001ffffdfffff\n" });
  assertEquals(most.privileged, false, "CAP_SYS_ADMIN is bit 21");
});

Deno.test("signs of a sandbox are named", PURE, () => {
  const signsOf = (known: Partial<Known>, texts: Partial<ProcTexts> = {}) =>
    around(known, texts).signs;
  const one = { inner: 1000, outer: 1000, count: 1 };
  assertEquals(signsOf({ uidMap: [one] }), ["this user namespace maps one uid only"]);
  assertEquals(signsOf({ uidMap: [one, { inner: 1, outer: 100000, count: 9 }] }), [
    "this user namespace maps 10 uids only",
  ]);
  assertEquals(signsOf({ uidMap: [] }), ["no uid is mapped in this user namespace"]);
  assertEquals(signsOf({}, { status: "Seccomp:\t2\n" }), ["a seccomp filter is at work"]);
  const mask = "30 22 0:5 /null /proc/kcore rw - devtmpfs dev rw\n";
  const masked = around({}, { mountinfo: TEXTS.mountinfo + mask });
  assertEquals([masked.masked, masked.signs], [["/proc/kcore"], ["parts of /proc are covered"]]);
  const chroot = TEXTS.mountinfo.replace(/^.*\n/, "");
  assertEquals(signsOf({}, { mountinfo: chroot }), ["the root directory is a chroot"]);
  assertEquals(signsOf({}, { mountinfo: "" }), [], "nothing is known");
  assertEquals(signsOf({ othersProc: true }), ["/proc is of another PID namespace"]);
});

Deno.test("the folder of the caller's cgroup is where its mount shows it", PURE, () => {
  const folder = (cgroup: string, root = "/", point = "/sys/fs/cgroup") =>
    around({}, {
      cgroup,
      mountinfo: `1 1 0:22 ${root} ${point} rw - cgroup2 none rw\n`,
    }).cgroup;
  assertEquals(folder("0::/\n"), "/sys/fs/cgroup");
  assertEquals(folder("9:pids:/x\n0::/a/b\n", "/", "/cg/unified"), "/cg/unified/a/b");
  assertEquals(folder("0::/a/b\n", "/a"), "/sys/fs/cgroup/b");
  assertEquals(folder("0::/a\n", "/a"), "/sys/fs/cgroup");
  assertEquals(folder("0::/ab\n", "/a"), null);
  assertEquals(folder("0::/../b\n"), null);
  assertEquals(folder("9:pids:/x\n"), null);
  assertEquals(around({}, { mountinfo: "" }).cgroup, null);
});

for (const [name, uid] of [["root", 0], ["an ordinary user", 1000]] as const) {
  const machine = { ...HERE, uid, privileged: uid === 0 };
  const probes = probesFor(machine, PLACES);

  Deno.test(`probes of ${name} have their own names, and needs that come before them`, PURE, () => {
    const seen = new Set<string>();
    for (const { name, needs = [] } of probes) {
      assert(!seen.has(name), `${name} is there twice`);
      for (const need of needs) assert(seen.has(need), `${name} needs ${need}`);
      seen.add(name);
    }
  });

  Deno.test(
    `every probe of ${name} makes the same calls when nobody is told what fails`,
    PURE,
    () => {
      for (const { name, spec, last } of probes) {
        const callsOf = (isMute: boolean) =>
          compileFor(spec, { isMute }, last).steps.filter((step) =>
            step.do === "call" && step.process !== AFTER_FAILURE
          ).map((step) => ({ ...step, failure: undefined }));
        assert(callsOf(true).length > 0, name);
        assertEquals(callsOf(true), callsOf(false), name);
      }
    },
  );

  Deno.test(`every probe of ${name} is a plan that ends by itself`, PURE, () => {
    for (const probe of probes) {
      const { steps } = compileFor(probe.spec, {}, probe.last);
      const labels = steps.flatMap((step) => step.do === "label" ? [step.label] : []);
      assertEquals(new Set(labels).size, labels.length, probe.name);
      for (const step of steps) {
        const goto = step.do === "test"
          ? step.goto
          : step.do === "call" && typeof step.onError === "object"
          ? step.onError.goto
          : undefined;
        if (typeof goto === "string") assert(labels.includes(goto), `${probe.name}: ${goto}`);
      }
    }
  });
}

Deno.test("what root need not have a user namespace for is tried with and without", PURE, () => {
  const namesFor = (privileged: boolean) =>
    probesFor({ ...HERE, privileged }, PLACES).map(({ name }) => name);
  const more = namesFor(true).filter((name) => !namesFor(false).includes(name));
  assertEquals(more, [
    ...["cgroup", "ipc", "mnt", "net", "pid", "time", "uts"],
    ...["proc", "sysfs", "tmpfs", "devpts", "mqueue", "overlay"],
  ]);
  for (const name of more) assert(namesFor(false).includes(`user+${name}`), name);
});

Deno.test("probes that are asked for by name come with those that they need", PURE, () => {
  const probes = probesFor({ ...HERE, privileged: false }, PLACES);
  const namesFor = (...names: string[]) => neededFor(names, probes).map(({ name }) => name);
  assertEquals(namesFor(), []);
  assertEquals(namesFor("user+pid", "user"), ["user", "user+pid"]);
  assertEquals(namesFor("setns", "setgroups"), [
    ...["user", "user+uts"],
    ...[HERE.uid === 0 ? "map-all" : "map-auto", "setgroups", "setns"],
  ]);
});

Deno.test("the flags of an unnamed file are each machine's", PURE, () => {
  const flagsFor = (arch: Known["arch"]): bigint[] => {
    const probe = probesFor(around({ arch }), PLACES).find(({ name }) => name === "unnamed file")!;
    return compileFor(probe.spec, {}, probe.last).steps.flatMap((step) => {
      const flags = step.do === "call" && step.syscall === "openat" ? step.args[2] : undefined;
      return flags?.kind === "number" && (flags.value & 0o20000000n) !== 0n ? [flags.value] : [];
    });
  };
  // O_DIRECTORY is 0200000 on x86-64, and on aarch64 040000.
  assertEquals(flagsFor("x86_64"), PLACES.folders.map(() => 0o22200002n));
  assertEquals(flagsFor("aarch64"), PLACES.folders.map(() => 0o22040002n));
});

Deno.test("a cgroup that is moved into is left and removed again", PURE, () => {
  const probe = probesFor(HERE, PLACES).find(({ group }) => group === "cgroups")!;
  const calls = planSteps(compileFor(probe.spec, {}, probe.last))
    .map(({ process, call }) => `${process}: ${call}`);
  const at = calls.findIndex((call) => call.startsWith("main: mkdirat("));
  assertEquals(calls.slice(at), [
    `main: mkdirat(AT_FDCWD, "${PLACES.cgroup}", 0755)`,
    "main: clone(child_stack=NULL, flags=0)",
    `child: openat(AT_FDCWD, "${PLACES.cgroup}/cgroup.procs", O_WRONLY|O_CLOEXEC)`,
    'child: write(<processes>, "0", 1)',
    "child: exit_group(0)",
    "main: wait4(<child>, &status, __WALL, NULL)",
    `main: unlinkat(AT_FDCWD, "${PLACES.cgroup}", AT_REMOVEDIR)`,
    "main: exit_group(1)",
    "main: exit_group(0)",
  ]);
  const hidden = probesFor({ ...HERE, cgroup: null }, PLACES).find((one) =>
    one.group === "cgroups"
  );
  assertStringIncludes(hidden?.hindered ?? "", "no cgroup v2");
});

const PROBE: Probe = {
  name: "one",
  group: "mounts",
  does: "something",
  spec: { name: "nido", program: "", argv: [], namespaces: [] },
  last: () => {},
};

const FAILURE: FailureReport = {
  message: "mount failed",
  status: 1,
  process: "main",
  step: "mount()",
  errno: 1,
  code: "EPERM",
  why: "it is forbidden",
  remedy: "allow it",
};

const ended = (more: Partial<Outcome & { end: "ended" }>): Outcome => ({
  end: "ended",
  code: 1,
  signal: null,
  said: "",
  ...more,
});

/** What came of a probe, without what is always there. */
function found(outcome: Outcome, machine = HERE): Partial<ProbeResult> {
  const { name: _, group: __, does: ___, ...rest } = resultOf(PROBE, outcome, machine);
  return rest;
}

Deno.test("a probe that runs to its end works", PURE, () => {
  assertEquals(found(ended({ code: 0 })), { verdict: "works" });
});

Deno.test("a refusal whose cause is seen is one; otherwise it cannot be told", PURE, () => {
  assertEquals(found(ended({ failure: FAILURE })), {
    verdict: "refused",
    message: "mount failed",
    step: "mount()",
    code: "EPERM",
    why: "it is forbidden",
    remedy: "allow it",
  });
  const { why: _, remedy: __, ...unexplained } = FAILURE;
  const plain = found(ended({ failure: unexplained }));
  assertEquals([plain.verdict, plain.why, plain.remedy], [
    "cannot tell",
    "nothing that can be seen from here explains it",
    undefined,
  ]);
  const boxed = found(
    ended({ failure: unexplained }),
    around({}, { status: "Seccomp:\t2\n" }),
  );
  assertEquals(boxed.verdict, "cannot tell");
  assertStringIncludes(boxed.why!, "a seccomp filter is at work: what refuses it may be outside");
});

Deno.test("what a program said of its failure is the message", PURE, () => {
  const { process: _, step: __, ...rest } = FAILURE;
  const tool = { ...rest, message: "newuidmap failed", errno: 0, code: "" };
  const result = found(ended({ failure: tool, said: "newuidmap: not allowed" }));
  assertEquals([result.message, result.step, result.code], [
    "newuidmap: not allowed",
    undefined,
    undefined,
  ]);
  assertEquals(found(ended({ failure: tool })).message, "newuidmap failed");
});

Deno.test("death by SIGSYS is a filter's doing, by another signal anybody's", PURE, () => {
  assertEquals(found(ended({ code: 159, signal: "SIGSYS" })).verdict, "refused");
  assertEquals(found(ended({ code: 137, signal: "SIGKILL" })), {
    verdict: "cannot tell",
    why: "something killed it by SIGKILL",
  });
  assertEquals(found(ended({ code: 3 })).verdict, "cannot tell");
  assertEquals(found({ end: "none", why: "no time" }), { verdict: "cannot tell", why: "no time" });
});

Deno.test("no range in /etc/subuid is the cause only where a range could be mapped", PURE, () => {
  const lack = { message: "no line", status: 1, errno: 0, code: "", remedy: "add one" };
  const ended = { end: "ended", code: 1, signal: null, said: "", failure: lack } as const;
  assertEquals(found(ended), {
    verdict: "refused",
    why: "no line",
    remedy: "add one",
  });
  const uidMap = [{ inner: 1000, outer: 1000, count: 1 }];
  const boxed = found(ended, around({ uidMap }));
  assertEquals([boxed.verdict, boxed.remedy], ["cannot tell", undefined]);
});

Deno.test("what needs something that does not work is not tried", PURE, () => {
  const result = (name: string, verdict: Verdict): ProbeResult => ({
    name,
    group: "mounts",
    does: "",
    verdict,
  });
  const probe = { ...PROBE, needs: ["first", "second"] };
  const works = [result("first", "works"), result("second", "works")];
  assertEquals(obstacleTo(probe, works), undefined);
  assertEquals(obstacleTo(PROBE, [result("first", "refused")]), undefined);
  const second = obstacleTo(probe, [result("first", "works"), result("second", "cannot tell")]);
  assertEquals([second?.needs, second?.why], ["second", "it needs second, which cannot be told"]);
  const first = obstacleTo(probe, [result("first", "refused"), result("second", "refused")]);
  assertEquals([first?.verdict, first?.why], ["cannot tell", "it needs first, which is refused"]);
});

Deno.test("one refusal decides the whole, then one that cannot be told", PURE, () => {
  const of = (...verdicts: readonly Verdict[]) =>
    overall(verdicts.map((verdict) => ({ name: "", group: "mounts", does: "", verdict })));
  assertEquals(of("works", "works"), "works");
  assertEquals(of("works", "cannot tell"), "cannot tell");
  assertEquals(of("cannot tell", "refused", "works"), "refused");
});

Deno.test("what an administrator has to grant does not count in the whole", PURE, () => {
  const of = (name: string, verdict: Verdict, needs?: string): ProbeResult => ({
    name,
    group: "id maps",
    does: "",
    verdict,
    ...(needs === undefined ? {} : { needs }),
  });
  const user = of("user", "works");
  const granted = [of("map-auto", "refused"), of("cgroup delegation", "refused")];
  assertEquals(overall([user, ...granted]), "works");
  assertEquals(overall([user, ...granted, of("setgroups", "cannot tell", "map-auto")]), "works");
  assertEquals(overall([user, ...granted, of("setgroups", "cannot tell", "user")]), "cannot tell");
});
