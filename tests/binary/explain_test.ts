/** `nido explain` prints the system calls that the same command makes, as strace(1) sees them. */
import { assertEquals, assertMatch } from "@std/assert";
import type { PrintedStep } from "../../launch/print.ts";
import { type Needs, requires } from "../requires.ts";
import { AS_USER, nido, type Outcome, quote, run } from "../support/nido.ts";
import { Comparison, readTraces, type SeenCall } from "../support/strace.ts";

/** A command line to compare. */
interface Scene {
  /** What it is about. */
  readonly about: string;
  readonly words: readonly string[];
  /** Who runs it: "anyone" is root where the tests are root's. */
  readonly as: "anyone" | "user" | "root";
  readonly needs?: Needs;
  /** The processes of the plan, so that a plan without some is found. */
  readonly processes: readonly string[];
  /** How the program ends: 0 if absent. */
  readonly ends?: number | Deno.Signal;
  /** Run before and after, in the folder of the scene. */
  readonly setup?: string;
  readonly cleanup?: string;
}

const SCENES: readonly Scene[] = [
  { about: "no option", words: ["true"], as: "anyone", processes: ["main"] },
  {
    about: "all namespaces and a link to the waiter",
    words: ["-UrpmuinCf", "--mount-proc", "--kill-child=TERM", "true"],
    as: "user",
    processes: ["main", "waiter", "child"],
  },
  {
    about: "propagation other than private",
    words: ["-Urpf", "--mount-proc=/proc", "--propagation=slave", "--wd=/usr", "true"],
    as: "user",
    processes: ["main", "waiter", "child"],
  },
  {
    about: "kept capabilities",
    words: ["-c", "--keep-caps", "true"],
    as: "user",
    processes: ["main"],
  },
  {
    about: "single maps, root and directory",
    words: ["--map-user=5", "--map-group=6", "--root=/", "--wd=/tmp", "true"],
    as: "user",
    processes: ["main"],
  },
  {
    about: "clocks",
    words: ["-UrTf", "--monotonic=100", "--boottime=-1", "true"],
    as: "user",
    needs: { namespaces: ["time"] },
    processes: ["main", "waiter", "child"],
  },
  {
    about: "an environment of chosen variables",
    words: ["--whitelist-env=PATH,NONE", "env"],
    as: "anyone",
    processes: ["main"],
  },
  {
    about: "a path as program",
    words: ["--fork", "/bin/sh", "-c", 'exit 3 # "\t\\\n\x01\xff'],
    as: "anyone",
    processes: ["main", "waiter", "child"],
    ends: 3,
  },
  {
    about: "a program that dies by a signal",
    words: ["--fork", "sh", "-c", "kill -KILL $$"],
    as: "anyone",
    processes: ["main", "waiter", "child"],
    ends: "SIGKILL",
  },
  {
    about: "signals that are passed on",
    words: ["--forward-signals", "sh", "-c", "kill -TERM $PPID; sleep 5"],
    as: "anyone",
    processes: ["main", "waiter", "child"],
    ends: "SIGTERM",
  },
  {
    about: "a script without an interpreter line",
    words: ["./script", "one"],
    as: "anyone",
    setup: "echo 'exit 5' >script; chmod +x script",
    processes: ["main"],
    ends: 5,
  },
  {
    about: "ranges mapped by newuidmap and newgidmap",
    words: ["--map-auto", "--map-root-user", "--setuid=0", "--setgid=0", "true"],
    as: "user",
    // Only who is root may trace a setuid program.
    needs: { root: true, programs: ["newuidmap"] },
    processes: ["main", "mapper", "newuidmap", "newgidmap"],
  },
  {
    about: "ranges mapped by root, and another user with a link to the waiter",
    words: [
      "--map-users=0:100000:9",
      "--map-groups=0:100000:9",
      "--setuid=1",
      "--setgid=2",
      "--kill-child",
      "true",
    ],
    as: "root",
    processes: ["main", "mapper", "waiter", "child"],
  },
  {
    about: "an owner",
    words: ["--owner=1000:1000", "--map-root-user", "true"],
    as: "root",
    processes: ["main", "mapper"],
  },
  {
    about: "namespaces bound by the process itself",
    words: ["--uts=uts", "--ipc=ipc", "true"],
    as: "root",
    setup: "touch uts ipc",
    cleanup: "umount uts ipc",
    processes: ["main"],
  },
  {
    about: "namespaces bound from outside, with ranges",
    words: ["--user=user", "--uts=uts", "--pid=pid", "--map-users=0:100000:9", "--fork", "true"],
    as: "root",
    setup: "touch user uts pid",
    cleanup: "umount user uts pid",
    processes: ["main", "binder", "mapper", "waiter", "child"],
  },
  {
    about: "interpreters of a user namespace",
    words: ["-Urpf", "--load-interp=:nido:M::nido::/bin/true:", "true"],
    as: "user",
    needs: { filesystems: ["binfmt_misc"], kernel: "6.7" },
    processes: ["main", "waiter", "child"],
  },
];

/** Both are started by a shell with fewer descriptors than Deno gives itself. */
const inShell = (line: string): string[] => ["sh", "-c", `ulimit -Sn 300; ${line}; exit $?`];

const ENV = { PATH: "/no/such:/usr/sbin:/usr/bin:/bin" };

/** What explain says, what the launch gave, and what strace saw of it. */
interface Take {
  readonly steps: PrintedStep[];
  readonly outcome: Outcome;
  readonly traces: Map<number, SeenCall[]>;
}

async function take(scene: Scene): Promise<Take> {
  const folder = Deno.makeTempDirSync({ prefix: "nido-explain-" });
  const traces = `${folder}/traces`;
  const place = `${folder}/place`;
  const as = scene.as === "user" ? AS_USER : [];
  const options = { env: ENV, cwd: place };
  try {
    Deno.chmodSync(folder, 0o755);
    for (const made of [traces, place]) Deno.mkdirSync(made);
    await run(["sh", "-ec", scene.setup ?? ":"], options);
    const line = quote(scene.words);
    const strace = ["strace", "-ff", "-v", "-s", "4096", "-o", `${traces}/of`];
    const [explained, outcome] = await Promise.all([
      run([...as, ...inShell(`${nido} explain --json unshare ${line}`)], options),
      run([...strace, ...as, ...inShell(`${nido} unshare ${line}`)], options),
    ]);
    assertEquals(explained.stderr, "");
    return { steps: JSON.parse(explained.stdout), outcome, traces: readTraces(traces) };
  } finally {
    await run(["sh", "-c", scene.cleanup ?? ":"], options);
    Deno.removeSync(folder, { recursive: true });
  }
}

for (const scene of SCENES) {
  const needs = { ...scene.needs, ...(scene.as === "root" ? { root: true } : {}) };
  const options = requires({ userNamespaces: true, programs: ["strace"], ...needs });
  Deno.test(`explain prints what strace sees: ${scene.about}`, options, async () => {
    const { steps, outcome, traces } = await take(scene);
    const ends = scene.ends ?? 0;
    const status = typeof ends === "number" ? ends : { SIGKILL: 137, SIGTERM: 143 }[ends as string];
    assertEquals(outcome.code, status, outcome.stderr);
    const comparison = new Comparison(steps, traces);
    assertEquals(comparison.difference(), undefined);
    assertEquals(
      [...new Set(steps.map(({ process }) => process))].sort(),
      [...scene.processes].sort(),
    );
  });
}

Deno.test(
  "the comparison finds a step that explain omits, adds, disorders or words otherwise",
  requires({ userNamespaces: true, programs: ["strace"] }),
  async () => {
    const { steps, traces } = await take(SCENES[1]!);
    const differs = (changed: PrintedStep[]) => new Comparison(changed, traces).difference();
    assertEquals(differs(steps), undefined);
    const certain = steps.filter(({ when }) => when === undefined);
    for (const step of certain) {
      const i = steps.indexOf(step);
      const without = steps.toSpliced(i, 1);
      assertMatch(differs(without) ?? "", /strace saw|never seen|no trace/, `without ${step.call}`);
      const other = { ...step, call: step.call.replace(/\(/, "(1, ") };
      assertMatch(differs(steps.toSpliced(i, 1, other)) ?? "", /strace saw/, step.call);
      assertMatch(differs(steps.toSpliced(i, 0, other)) ?? "", /strace saw/, step.call);
      const next = steps[i + 1];
      if (next?.process === step.process && next.when === undefined && next.call !== step.call) {
        assertMatch(differs(steps.toSpliced(i, 2, next, step)) ?? "", /strace saw/, step.call);
      }
    }
  },
);
