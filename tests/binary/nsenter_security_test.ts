/** What is joined may be hostile: its processes get nothing through the one that comes in. */
import { assert, assertEquals } from "@std/assert";
import { OPTION_WORDS } from "../../cli/option_words.ts";
import { nsenter } from "../../cli/nsenter.ts";
import {
  AT_FDCWD,
  F_GET_SEALS,
  F_SEAL_GROW,
  F_SEAL_SEAL,
  F_SEAL_SHRINK,
  F_SEAL_WRITE,
  O_CLOEXEC,
  O_RDONLY,
} from "../../ffi/abi/fcntl.ts";
import { cString, syscall } from "../../ffi/syscall.ts";
import { compileFor } from "../../launch/compile.ts";
import { frozenBytes, openBytes } from "../../launch/freeze.ts";
import type { LaunchSpec } from "../../launch/spec.ts";
import type { Plan, Step } from "../../engine/plan.ts";
import { stepText } from "../../engine/show/operand.ts";
import { withImage } from "../machine/run_image.ts";
import { requires } from "../requires.ts";
import { AS_USER, NIDO, start } from "../support/nido.ts";
import { until } from "../support/patience.ts";
import { runWith, stateOf, stopBefore } from "../support/stop.ts";
import { childrenOf, startTarget } from "../support/target.ts";

/** All that can be tried from inside, on every process there that is called nsenter. */
const ATTACK = `
for p in /proc/[0-9]*; do
  read name <$p/comm && [ "$name" = nsenter ] || continue
  echo seen
  for link in exe cwd root ns/mnt; do readlink $p/$link >/dev/null && echo $link; done
  ls $p/root/ >/dev/null && echo "into root"
  ls $p/cwd/ >/dev/null && echo "into cwd"
  ls $p/fd >/dev/null && echo fd
  head -c 1 $p/exe >/dev/null && echo "read exe"
  [ -n "$(head -c 1 $p/environ)" ] && echo environ
  [ -n "$(head -c 1 $p/maps)" ] && echo maps
  (: <>$p/mem) && echo mem
  for mapped in $p/map_files/*; do head -c 1 "$mapped" >/dev/null && echo "mapped file"; done
  { timeout 20 strace -o /dev/null -p \${p#/proc/} 2>&1 & echo by $!; wait; } |
    while read -r word pid; do
      if [ "$word" = by ]; then tracer=$pid; continue; fi
      case "$word $pid" in *attached*) echo ptrace; kill $tracer ;; esac
    done
done 2>/dev/null`;

/** A shell in new namespaces that attacks for each line it reads. */
async function startAttacker(options: string) {
  const script = `echo ready; while read go; do ${ATTACK}; echo done; done`;
  const child = new Deno.Command("setsid", {
    args: [...AS_USER, "unshare", ...options.split(" "), "sh", "-c", script],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const writer = child.stdin.getWriter();
  let text = "";
  const until = async (word: string): Promise<string[]> => {
    while (!text.endsWith(`${word}\n`)) {
      const { value, done } = await reader.read();
      assert(!done, `the attacker ended: ${text}`);
      text += value;
    }
    const lines = text.split("\n").slice(0, -2);
    text = "";
    return lines;
  };
  await until("ready");
  return {
    pid: childrenOf(child.pid)[0] ?? child.pid,
    /** What could be done. */
    async attack(): Promise<string[]> {
      await writer.write(new TextEncoder().encode("go\n"));
      return await until("done");
    },
    async [Symbol.asyncDispose]() {
      await writer.close();
      await reader.read();
      await reader.cancel();
      await child.status;
    },
  };
}

/** Runs a plan until it has stopped, or its child and with that its waiter, and gives what `look` sees then. */
async function whileStopped<T>(plan: Plan, look: () => Promise<T>): Promise<T> {
  return await withImage(plan, Deno.build.arch, async (image) => {
    Deno.chmodSync(image, 0o755);
    const job = start([...AS_USER, image]);
    const { pid } = job.child;
    let children: number[] = [];
    try {
      await until("all have stopped", () => {
        children = childrenOf(pid);
        return [pid, ...children].every((one) => stateOf(one) === "T");
      });
      return await look();
    } finally {
      // A waiter has to see the end of its child: whoever inherits it may take its time.
      for (const child of children) Deno.kill(child, "SIGKILL");
      Deno.kill(pid, children.length ? "SIGCONT" : "SIGKILL");
      await job.outcome();
    }
  });
}

function planOf(words: readonly string[], more: Partial<LaunchSpec> = {}): Plan {
  const parsed = nsenter.parse(words);
  assert(typeof parsed === "object");
  return compileFor({ ...parsed, ...more }, { front: OPTION_WORDS });
}

/** The steps that every launch makes, from the first that joins to the program. */
function stepsInside({ steps }: Plan): Step[] {
  const first = steps.findIndex((step) => step.do === "call" && step.syscall === "setns");
  return steps.slice(first).filter((step) =>
    step.do === "call" && step.when === undefined && /^(main|child)$/.test(step.process)
  );
}

const NEEDS = requires({ userNamespaces: true, programs: ["strace", "unshare"] });

const SCENES: readonly {
  about: string;
  options: string;
  words: readonly string[];
  more?: Partial<LaunchSpec>;
}[] = [
  {
    about: "a container of its own, but with the PIDs of the host",
    options: "-Urm",
    words: ["-U", "-m", "-r", "-w/", "-e", "/bin/sleep", "1"],
  },
  {
    about: "a container of its own",
    options: "-Urmpf --mount-proc",
    words: ["-U", "-m", "-p", "-r", "-w/", "--kill-child", "/bin/sleep", "1"],
  },
  {
    about: "a container of its own, to create namespaces in it",
    options: "-Urm",
    words: ["-U", "-m", "-r", "-w/", "-e", "/bin/sleep", "1"],
    more: { namespaces: ["time", "uts"], boottime: 5n },
  },
];

for (const { about, options, words, more } of SCENES) {
  Deno.test(
    `at no step of joining ${about} can root there look into nsenter, or at its files`,
    NEEDS,
    async () => {
      await using attacker = await startAttacker(options);
      const plan = planOf(["-t", `${attacker.pid}`, ...words], more);
      const steps = stepsInside(plan);
      assert(steps.length > 5, `${steps.length}`);
      let seen = 0;
      for (const step of steps) {
        const got = await whileStopped(stopBefore(plan, step), () => attacker.attack());
        assert(step.do === "call");
        assertEquals(got.filter((one) => one !== "seen"), [], `before ${stepText(step)}`);
        seen += got.length;
      }
      assert(seen > 3, `the attacker has seen nsenter ${seen} times`);
    },
  );

  Deno.test(
    `but for one prctl(2) it could, at the last step of joining ${about}`,
    NEEDS,
    async () => {
      await using attacker = await startAttacker(options);
      const plan = planOf(["-t", `${attacker.pid}`, ...words], more);
      const open = {
        ...plan,
        steps: plan.steps.filter((step) =>
          !(step.do === "call" && stepText(step).startsWith("prctl(PR_SET_DUMPABLE"))
        ),
      };
      const last = stepsInside(open).findLast((step) =>
        step.do === "call" && step.syscall !== "execve"
      );
      const got = await whileStopped(stopBefore(open, last!), () => attacker.attack());
      for (const what of ["exe", "fd", "into root", "into cwd", "maps", "ptrace"]) {
        assert(got.includes(what), `${what} of ${got}`);
      }
      assertEquals(got.includes("mapped file"), false);
    },
  );
}

/** What a process holds. */
function held(pid: number) {
  const link = (name: string): string => Deno.readLinkSync(`/proc/${pid}/${name}`);
  const fds = [...Deno.readDirSync(`/proc/${pid}/fd`)].map(({ name }) =>
    `${name} ${link(`fd/${name}`).replace(/:\[\d+\]$/, "")}`
  );
  return { fds: fds.sort(), cwd: link("cwd"), root: link("root") };
}

/** A shell that has opened all that it needs. */
const STAYS = ["sh", "-c", "echo ready; kill -STOP $$"];

/** What a waiter and its program hold. */
async function heldWhile(words: readonly string[], options: { cwd: string }) {
  const job = start(
    [...NIDO, "nsenter", ...words, ...STAYS],
    options,
  );
  try {
    await job.until("ready");
    return { waiter: held(job.child.pid), program: held(childrenOf(job.child.pid)[0]!) };
  } finally {
    job.signalGroup("SIGKILL");
    await job.outcome();
  }
}

Deno.test(
  "neither the waiter nor the program holds a directory or a descriptor that is not asked for",
  requires({ root: true, programs: ["unshare"] }),
  async () => {
    const cwd = "/opt";
    const plain = start(STAYS, { cwd });
    await using target = await startTarget("-mpf --mount-proc --wd=/usr");
    try {
      await plain.until("ready");
      const { fds } = held(plain.child.pid);
      const all = ["-t", `${target.pid}`, "-a", "--kill-child"];
      for (
        const [words, place] of [
          [all, "/"],
          [[...all, "-r", "-e"], "/"],
          [[...all, "-r", "-w"], "/usr"],
          [[...all, "-w/opt"], "/opt"],
          [[...all, "-r/usr"], "/usr"],
          [["-t", `${target.pid}`, "-p"], cwd],
        ] as const
      ) {
        const { waiter, program } = await heldWhile(words, { cwd });
        assertEquals(program.fds, fds, `${words}`);
        assertEquals(
          waiter.fds.filter((fd) => !fd.endsWith("anon_inode:[pidfd]")),
          fds,
          `${words}`,
        );
        assertEquals([waiter.cwd, program.cwd], [place, place], `${words}`);
        assertEquals(waiter.root, program.root, `${words}`);
      }
    } finally {
      plain.signalGroup("SIGKILL");
      await plain.outcome();
    }
  },
);

const SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

/** The seals of the file that a process runs from. */
function sealsOf(pid: number): number {
  const fd = syscall("openat", AT_FDCWD, cString(`/proc/${pid}/exe`), O_RDONLY | O_CLOEXEC, 0);
  try {
    return syscall("fcntl", fd, F_GET_SEALS) & SEALS;
  } finally {
    syscall("close", fd);
  }
}

/** A launcher in a file that joins is a sealed copy of itself while it does. */
async function assertSealed(bytes: Uint8Array, words: readonly string[]): Promise<void> {
  const path = await Deno.makeTempFile({ prefix: "nido-frozen-" });
  await Deno.writeFile(path, bytes);
  await Deno.chmod(path, 0o755);
  const job = start([path, ...words]);
  await job.until("in\n");
  try {
    const exe = Deno.readLinkSync(`/proc/${job.child.pid}/exe`);
    assertEquals(exe, "/memfd:nsenter (deleted)");
    assertEquals(sealsOf(job.child.pid), SEALS);
  } finally {
    job.signalGroup("SIGKILL");
    await job.outcome();
    await Deno.remove(path);
  }
}

/** Words that enter a target, and stay there. */
const entering = (
  pid: number,
): string[] => ["-t", String(pid), "-m", "-p", "sh", "-c", "echo in; sleep 60"];

Deno.test(
  "a frozen launcher that joins is a sealed copy of itself while it does: its file is out of reach",
  requires({ root: true }),
  async () => {
    await using target = await startTarget("-mpf");
    const spec = nsenter.parse(entering(target.pid));
    assert(typeof spec !== "string");
    await assertSealed(frozenBytes(spec, Deno.build.arch, OPTION_WORDS), []);
  },
);

Deno.test(
  "so is a file that is the whole of nsenter",
  requires({ root: true }),
  async () => {
    await using target = await startTarget("-mpf");
    const bytes = openBytes(nsenter, Deno.build.arch, { front: OPTION_WORDS, texts: {} });
    await assertSealed(bytes, entering(target.pid));
  },
);

Deno.test(
  "what maps the binary's front is sealed, and small",
  requires({ root: true, front: true }),
  async () => {
    await using target = await startTarget("-mpf");
    const job = start([...NIDO, "nsenter", ...entering(target.pid)]);
    await job.until("in\n");
    try {
      const exe = `/proc/${job.child.pid}/exe`;
      assertEquals(Deno.readLinkSync(exe), "/memfd:nsenter (deleted)");
      assertEquals(sealsOf(job.child.pid), SEALS);
      assert(Deno.statSync(exe).size < 4096);
    } finally {
      job.signalGroup("SIGKILL");
      await job.outcome();
    }
  },
);

Deno.test("what Deno executes to launch is sealed", requires({ root: true }), async () => {
  const job = start([...NIDO, "unshare", "--fork", "sh", "-c", "echo ready; sleep 60"], {
    env: { NIDO_FRONT: "0" },
  });
  await job.until("ready\n");
  try {
    assertEquals(sealsOf(job.child.pid), SEALS);
  } finally {
    job.signalGroup("SIGKILL");
    await job.outcome();
  }
});

/** A process of an ordinary user that goes into namespaces of its own when it is told to. */
async function startMover() {
  const child = new Deno.Command("setsid", {
    args: [...AS_USER, "sh", "-c", "read go; exec unshare -Urm sleep 60"],
    stdin: "piped",
  }).spawn();
  const { pid } = child;
  const writer = child.stdin.getWriter();
  const ns = (who: number | "self", type: string) => Deno.readLinkSync(`/proc/${who}/ns/${type}`);
  await until(
    "the shell is executed",
    () => Deno.readTextFileSync(`/proc/${pid}/cmdline`).startsWith("sh\0"),
  );
  return {
    pid,
    ns: (type: string) => ns(pid, type),
    async move() {
      await writer.write(new TextEncoder().encode("go\n"));
      await until(
        "it is in namespaces of its own",
        () => ns(pid, "mnt") !== ns("self", "mnt") && ns(pid, "user") !== ns("self", "user"),
      );
    },
    async [Symbol.asyncDispose]() {
      await writer.abort().catch(() => {});
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

Deno.test(
  "whenever a target goes into a user namespace of its own, root with --all does not join what that owns without it",
  requires({ root: true, userNamespaces: true, programs: ["unshare"] }),
  async () => {
    const planFor = (pid: number): Plan => {
      const show = "readlink /proc/self/ns/user /proc/self/ns/mnt";
      const spec = nsenter.parse(["-t", `${pid}`, "-a", "-r", "sh", "-c", show]);
      assert(typeof spec === "object");
      return compileFor(spec, { front: OPTION_WORDS });
    };
    const seen = new Set<string>();
    for (const [i, { do: kind }] of planFor(1).steps.entries()) {
      if (kind !== "call") continue;
      await using mover = await startMover();
      const plan = planFor(mover.pid);
      const step = plan.steps[i]!;
      if (step.do !== "call" || step.process !== "main") break;
      let moved = false;
      const text = await runWith(stopBefore(plan, step), async () => {
        await mover.move();
        moved = true;
      });
      if (!moved) continue;
      const [user, mnt] = text.split("\n");
      const at = stepText(step);
      if (mnt === mover.ns("mnt")) assertEquals(user, mover.ns("user"), `before ${at}: ${text}`);
      seen.add(mnt === mover.ns("mnt") ? "joined" : "not joined");
    }
    assertEquals([...seen].sort(), ["joined", "not joined"]);
  },
);
