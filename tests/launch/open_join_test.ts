// Joining with options that are open: the same launch comes of them as of those that are known.

import { assert, assertEquals } from "@std/assert";
import { NAMESPACE_TYPES } from "../../ffi/abi/namespaces.ts";
import { decode } from "../../ffi/bytes.ts";
import { runSteps } from "../../engine/print.ts";
import type { Plan } from "../../engine/plan.ts";
import type { Program } from "../../engine/program.ts";
import { verify } from "../../engine/verify.ts";
import { nsenter } from "../../cli/nsenter.ts";
import { OPTION_WORDS } from "../../cli/option_words.ts";
import { checked, compileFor } from "../../launch/compile.ts";
import { dryRunHere, programOf } from "../../launch/run/dry_run.ts";
import type { LaunchSpec } from "../../launch/spec.ts";
import { runPlan } from "../machine/run_image.ts";
import { exists, type Needs, requires } from "../requires.ts";
import { startTarget } from "../support/target.ts";
import { OPEN_JOIN_PATHS, openPlanOf, pathsOf, withoutStep } from "./open_specs.ts";

const IS_ROOT = Deno.uid() === 0;

/** What is looked at of all processes there are, which come and go. */
const OF_ALL =
  /^after a failure: (readlinkat.*\/proc\/\d+\/ns\/mnt"|openat.*\/mountinfo"|read.*&mounts|close\(<file>\))/;

/** The calls of a dry run. */
const callsOf = (program: Program): string[] =>
  runSteps(dryRunHere(program, ["nsenter"]))
    .map(({ process, call, error = "" }) => `${process}: ${withoutStep(call)} ${error}`)
    .filter((call) => !OF_ALL.test(call))
    // Whether any file of the target's namespaces is there: any of them will do.
    .map((call) => call.replace(/(\/proc\/\d+\/ns\/)\w+(", O_RDONLY\|O_NONBLOCK)/, "$1*$2"));

/** What can be seen of a launch from inside. The arguments are namespaces of who looks. */
const LOOK = `
for type in ${NAMESPACE_TYPES.join(" ")}; do
  test "$(readlink /proc/self/ns/$type)" = "$1" || echo "other $type"; shift
done
grep -E '^(Uid|Gid|Groups|CapAmb|CapEff):' /proc/self/status
cat /proc/self/cgroup /proc/self/limits /proc/sys/kernel/hostname
pwd
readlink /proc/self/root
env | sort
`;

const ENV = { PATH: "/usr/bin:/bin", A: "1", LD_DEBUG: "", SHELL: "/bin/sh" };

const LOOK_WORDS: readonly string[] = [
  ...["/bin/sh", "-c", LOOK, "sh"],
  ...NAMESPACE_TYPES.map((type) => Deno.readLinkSync(`/proc/self/ns/${type}`)),
];

function specOf(words: readonly string[]): LaunchSpec {
  const spec = nsenter.parse(words);
  if (typeof spec === "string") throw new TypeError("no launch");
  return spec;
}

/** What came of a launch. */
async function outcomeOf(plan: Plan | Program): Promise<string> {
  const { code, signal, stdout, stderr } = await runPlan(plan, Deno.build.arch, { env: ENV });
  return [`${code} ${signal}`, withoutStep(stderr), decode(stdout)].join("\n");
}

/** Launches with all options open, and with those of these words, do what the known ones do. */
async function compare(words: readonly string[], program = LOOK_WORDS): Promise<string> {
  const spec = checked(specOf([...words, "--", ...program]));
  const known = programOf(compileFor(spec, { front: OPTION_WORDS }));
  const expected = await outcomeOf(known);
  const given = pathsOf(spec).filter((path) =>
    OPEN_JOIN_PATHS.includes(path) && path !== "program" && path !== "argv"
  );
  for (const open of [OPEN_JOIN_PATHS, given]) {
    const plan = openPlanOf(spec, open);
    // With all open the steps are always the same.
    if (open === given) verify(plan);
    const program = programOf(plan);
    assertEquals(await outcomeOf(program), expected);
    assertEquals(callsOf(program), callsOf(known));
  }
  return expected;
}

Deno.test("a plan with all options of nsenter open is well-formed", () => {
  verify(openPlanOf(checked(specOf(["-t", "1", "-a", "--", "true"])), OPEN_JOIN_PATHS));
});

/** How unshare makes a target that whoever runs the tests may enter. */
const TARGET = IS_ROOT ? "-m -u -i -n -C -p -f" : "-U -r -m -u -i -n -C -p -f";

/** A target in a user namespace, as anybody can make one. */
const INSIDE = "-U -r -m -u -i -n -C -p -f";

/** An option, and what it needs. `PID` stands for the target's. */
interface Case {
  readonly words: string;
  readonly target?: string;
  readonly needs?: Needs;
}

const ROOT: Needs = { root: true };

/** Whether control groups are of the second version alone, without which none can be joined. */
const HAS_CGROUP2 = exists("/sys/fs/cgroup/cgroup.controllers");
const JOINS_CGROUP: Case = { words: "-t PID -u -c", needs: ROOT };

/** Everybody may enter these: an ordinary user with the user namespace that owns them. */
const OWN = IS_ROOT ? "" : "-U ";

const CASES: readonly Case[] = [
  ...["-m", "-u", "-i", "-n", "-C", "-p", "-m -u -i -n -C -p"].map((types) => ({
    words: `-t PID ${OWN}${types}`,
  })),
  { words: "-t PID -u -n", needs: ROOT },
  { words: "-t PID -U", target: INSIDE },
  { words: "-t PID -U -m -u -n -p", target: INSIDE },
  { words: "-t PID -T", target: "-T -f", needs: { root: true, namespaces: ["time"] } },
  { words: "-t PID -a" },
  { words: "-t PID -a", target: INSIDE },
  { words: "-t PID -a -F" },
  { words: "-t PID -a --preserve-credentials", target: INSIDE },
  ...["mnt", "uts", "ipc", "net", "cgroup", "pid"].map((type, i) => ({
    words: `${IS_ROOT ? "" : "-U/proc/PID/ns/user "}-${"muinCp"[i]}/proc/PID/ns/${type}`,
  })),
  { words: "-U/proc/PID/ns/user", target: INSIDE },
  { words: "-t PID -U/proc/PID/ns/user -u -n/proc/PID/ns/net -p", target: INSIDE },
  { words: "-t PID -u/proc/PID/ns/uts -n -m -C/proc/PID/ns/cgroup", needs: ROOT },
  { words: `-t PID ${OWN}-p -F` },
  { words: "-t PID --user-parent -u", target: "-U -r unshare -U -r -u" },
  { words: "--user-parent -u/proc/PID/ns/uts", target: INSIDE },
  { words: `-t PID ${OWN}-u -S 0` },
  { words: "-t PID -u -S 0 -G 0", needs: ROOT },
  { words: "-t PID -u -S 7 -G 8", needs: ROOT },
  { words: `-t PID ${OWN}-u -Sfollow` },
  { words: "-t PID -u -Sfollow -Gfollow", needs: ROOT },
  { words: "-t PID -U -Sfollow -Gfollow", target: INSIDE, needs: ROOT },
  { words: "-t PID -U --preserve-credentials", target: INSIDE },
  { words: "-t PID -U --preserve-credentials -S 0 -G 0", target: INSIDE },
  { words: "-t PID -U --keep-caps", target: INSIDE },
  { words: `-t PID ${OWN}-m -r` },
  { words: `-t PID ${OWN}-m -r/` },
  { words: `-t PID ${OWN}-m -r -w` },
  { words: `-t PID ${OWN}-u -w` },
  { words: `-t PID ${OWN}-u -w/proc` },
  { words: `-t PID ${OWN}-m -W/usr` },
  { words: `-t PID ${OWN}-u -e` },
  { words: "-t PID -U -e --preserve-credentials", target: INSIDE },
  ...(HAS_CGROUP2 ? [JOINS_CGROUP] : []),
  { words: `-t PID ${OWN}-u -Z` },
  { words: `-u/proc/PID/ns/uts -Z`, needs: ROOT },
  { words: `-t PID ${OWN}-u --kill-child` },
  { words: `-t PID ${OWN}-u --kill-child=TERM -S 0` },
  { words: `-t PID ${OWN}-u --forward-signals` },
  { words: `-t PID ${OWN}-u --rlimit core=0` },
];

/** The words of a case. */
const wordsFor = (words: string, pid: number): string[] =>
  words.replaceAll("PID", String(pid)).split(" ");

for (const { words, target = TARGET, needs } of CASES) {
  Deno.test(
    `open nsenter ${words}, target by unshare ${target}`,
    requires({ userNamespaces: true, programs: ["unshare"], ...needs }),
    async () => {
      await using process = await startTarget(target, { env: { ...ENV, B: "2", LD_C: "3" } });
      const expected = await compare(wordsFor(words, process.pid));
      assert(expected.startsWith("0 null\n"), expected);
    },
  );
}

/** Launches that fail, or say something before. */
const FAILING: readonly (Case & { readonly program?: readonly string[] })[] = [
  ...(HAS_CGROUP2 ? [] : [JOINS_CGROUP]),
  { words: "-t 4194303 -u" },
  { words: "-t 4194303 -a" },
  { words: "-t 4194303 -p -U -r -w -e" },
  { words: "-t 4194303 -Sfollow -u" },
  { words: "-t PID:1 -u", needs: { kernel: "6.9" } },
  { words: "-t PID -N 999" },
  { words: "-t PID -N 0" },
  { words: "-t 4194303 -N 0" },
  { words: "-u/nowhere" },
  { words: "-n4711" },
  { words: "-nname -m/nowhere" },
  { words: "-u/proc/PID/ns" },
  { words: "-u/proc/PID" },
  { words: "-u/tmp" },
  { words: "-n/proc/PID/ns/uts" },
  { words: "-p/proc/PID/ns/uts" },
  { words: "-U/proc/PID/ns/uts -u/proc/PID/ns/uts" },
  { words: "-u:4711" },
  { words: "-t PID -U", needs: ROOT },
  { words: "-t PID -U -Gfollow", target: INSIDE, needs: { root: false } },
  { words: "-U/proc/self/ns/user" },
  { words: "-t PID -u -U", target: "-u", needs: ROOT },
  { words: "-t PID -m -u -n", target: INSIDE, needs: { root: false } },
  { words: "-t 1 -u", needs: { root: false } },
  { words: "-t 1 -U -u -n", needs: { root: false } },
  { words: "-t 1 -a", needs: { root: false } },
  { words: "-t 1 -u -e -r", needs: { root: false } },
  { words: "-t PID -U -S 7", target: INSIDE },
  { words: "-t PID -U -G 7", target: INSIDE },
  { words: "-U/proc/PID/ns/user -S 7", target: INSIDE },
  { words: "-t PID -u -S 7 -G 7", needs: { root: false }, target: "-U -r -u" },
  { words: `-t PID ${OWN}-u -r/nowhere` },
  { words: `-t PID ${OWN}-u -w/nowhere` },
  { words: `-t PID ${OWN}-u -W/nowhere` },
  { words: "-t PID --user-parent -u", target: "-u", needs: ROOT },
  { words: `-t PID ${OWN}-m`, program: ["/nowhere"] },
  { words: `-t PID ${OWN}-m`, program: ["nowhere"] },
  { words: `-t PID ${OWN}-m -e`, program: ["nowhere"] },
  { words: `-t PID ${OWN}-m -r`, program: ["nowhere"] },
  { words: "-t PID -a", program: ["nowhere"] },
  { words: `-t PID ${OWN}-u`, program: ["nowhere"] },
  { words: "-m/proc/PID/ns/mnt", program: ["nowhere"], needs: ROOT },
];

for (const { words, target = TARGET, program, needs } of FAILING) {
  Deno.test(
    `open nsenter ${[words, ...program ?? []].join(" ")}: said as if it were known`,
    requires({ userNamespaces: true, programs: ["unshare"], ...needs }),
    async () => {
      await using process = await startTarget(target);
      const expected = await compare(wordsFor(words, process.pid), program ?? ["/bin/true"]);
      assert(/^[1-9]\d* null\n/.test(expected) && expected.includes("\nnsenter: "), expected);
    },
  );
}
