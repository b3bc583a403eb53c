/** Namespaces of PIDs and of mounts that are entered one without the other, by a person at a terminal. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { requires } from "../requires.ts";
import { AS_USER, NIDO, nido, quote, run, shell, start } from "../support/nido.ts";

const HINT = /^.*: hint: .*$/gm;

const REFUSAL = /^(unshare|nsenter): (?!hint: )/m;

const OUTSIDE = "ps and /proc show PIDs outside this PID namespace, but kill takes those inside";
const ANOTHER =
  "ps and /proc show PIDs of another PID namespace, but kill takes those of yours: add -p";

/** The hints that a terminal shows when this line is run in it, and `exit` typed. */
async function hintsOf(line: string, as: readonly string[] = AS_USER): Promise<string[]> {
  // At the end of its input script(1) would wait for two seconds.
  const { stdout } = await run([...as, "script", "-qec", line, "/dev/null"], { typed: "exit\n" });
  const shown = stdout.replaceAll("\r", "");
  assertEquals(REFUSAL.test(shown), false, `${line}: ${shown}`);
  return shown.match(HINT) ?? [];
}

const NEEDS = { userNamespaces: true, programs: ["script", "ps"] } as const;

Deno.test(
  "a new PID namespace without a /proc of its own is said to who types into it",
  requires(NEEDS),
  async () => {
    const said = [`unshare: hint: ${OUTSIDE}: add --mount-proc`];
    for (const program of ["sh", "", "bash --norc", "-- sh -i", "ps", "/bin/ps -e", "pgrep -V"]) {
      const line = `env SHELL=/bin/sh ${nido} unshare -Ur --pid --fork ${program}`;
      assertEquals(await hintsOf(line), said, line);
    }
    assertEquals(
      await hintsOf(`${nido} unshare -Ur --pid --kill-child sh`),
      said,
      "that forks, too",
    );
  },
);

Deno.test("who does not need it hears nothing of /proc", requires(NEEDS), async () => {
  const lines = [
    "--pid --fork --mount-proc sh",
    // A proc may then be mounted by hand.
    "--pid --fork --mount sh",
    "--pid --fork sh -c :",
    "--pid --fork true",
    "--pid --fork sh 2>/dev/null",
    "--mount sh",
    "sh",
  ];
  for (const words of lines) {
    assertEquals(await hintsOf(`${nido} unshare -Ur ${words}`), [], words);
  }
  const { stderr } = await shell(`echo exit | ${nido} unshare -Ur --pid --fork sh`);
  assertEquals(stderr, "", "stderr is no terminal");
});

/** Runs a block with the PID of a process that these options of unshare have made. */
async function withTarget(
  options: readonly string[],
  as: readonly string[],
  body: (pid: number) => Promise<void>,
): Promise<void> {
  const job = start([
    ...as,
    ...NIDO,
    "unshare",
    ...options,
    "sh",
    "-c",
    "echo ready; exec sleep 60",
  ]);
  try {
    await job.until("ready");
    const waiter = job.child.pid;
    const children = Deno.readTextFileSync(`/proc/${waiter}/task/${waiter}/children`);
    await body(Number(children));
  } finally {
    job.signalGroup("SIGKILL");
    await job.outcome();
  }
}

for (
  const [who, as, needs, user] of [
    ["root", [], { ...NEEDS, root: true }, ""],
    ["an ordinary user", AS_USER, NEEDS, "--user "],
  ] as const
) {
  const inUser = user === "" ? [] : ["-Ur"];

  Deno.test(`${who} hears what is odd in half a container`, requires(needs), async () => {
    await withTarget([...inUser, "--pid", "--fork", "--mount-proc"], as, async (pid) => {
      const nsenter = (words: string) =>
        hintsOf(`env SHELL=/bin/sh ${nido} nsenter -t ${pid} ${user}-${words}`, as);
      for (const program of ["", "sh", "ps"]) {
        assertEquals(await nsenter(`p ${program}`), [`nsenter: hint: ${OUTSIDE}: add -m`], program);
        assertEquals(await nsenter(`m ${program}`), [`nsenter: hint: ${ANOTHER}`], program);
      }
      assertEquals(
        await nsenter(`m --root=/proc/${pid}/root sh`),
        [`nsenter: hint: ${ANOTHER}`],
        "whatever its root directory is",
      );
      assertEquals(await nsenter("p -m sh"), [], "all of it is entered");
      assertEquals(await nsenter("a sh"), [], "all of it is entered by --all");
      assertEquals(await nsenter("p sh -c :"), [], "a script is no person");
      assertEquals(await nsenter("m true"), [], "nothing of processes is asked");
    });
  });

  Deno.test(
    `${who} hears no remedy that does not help`,
    requires(needs),
    async () => {
      await withTarget([...inUser, "--pid", "--fork"], as, async (pid) => {
        const nsenter = `${nido} nsenter -t ${pid} ${user}-p`;
        assertEquals(await hintsOf(`${nsenter} sh`, as), [
          `nsenter: hint: ${OUTSIDE}: put 'unshare --mount-proc' in front of the program`,
        ], "the target has no mount namespace of its own");
        const mended = await run([
          ...as,
          "sh",
          "-c",
          `${nsenter} ${nido} unshare --mount-proc sh -c 'readlink /proc/self/ns/pid; exec ps -o comm= 1'`,
        ]);
        assertEquals(mended.stderr, "");
        assertEquals(mended.stdout, `${Deno.readLinkSync(`/proc/${pid}/ns/pid`)}\nsleep\n`);
      });
      await withTarget([...inUser, "--mount", "--fork"], as, async (pid) => {
        const line = `${nido} nsenter -t ${pid} ${user}-m sh`;
        assertEquals(await hintsOf(line, as), [], "its /proc is the caller's");
      });
    },
  );
}

Deno.test(
  "half a container that files name is said, too",
  requires({ ...NEEDS, root: true }),
  async () => {
    await withTarget(["--pid", "--fork", "--mount-proc"], [], async (pid) => {
      const ns = `/proc/${pid}/ns`;
      assertEquals(await hintsOf(`${nido} nsenter --mount=${ns}/mnt sh`, []), [
        `nsenter: hint: ${ANOTHER}`,
      ]);
      const [said] = await hintsOf(`${nido} nsenter --pid=${ns}/pid sh`, []);
      assertMatch(said!, /put 'unshare --mount-proc' in front of the program$/);
    });
  },
);

Deno.test(
  "the hint is as broad as the terminal, and is nothing where nobody sees it",
  requires({ ...NEEDS, root: true }),
  async () => {
    await withTarget(["--pid", "--fork", "--mount-proc"], [], async (pid) => {
      const line = `${nido} nsenter -t ${pid} -p sh`;
      const { stdout } = await run([
        "script",
        "-qec",
        `sh -c ${quote([`stty cols 40; echo 'exit 7' | ${line} >/dev/null; echo "status $?"`])}`,
        "/dev/null",
      ]);
      assertStringIncludes(
        stdout.replaceAll("\r", ""),
        "nsenter: hint: ps and /proc show PIDs\noutside this PID namespace, but kill\n" +
          "takes those inside: add -m\nstatus 7\n",
      );
      const { stderr } = await shell(
        `echo exit | ${line}; echo exit | ${nido} nsenter -t ${pid} -m sh`,
      );
      assertEquals(stderr, "");
    });
  },
);
