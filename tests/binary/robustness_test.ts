/** Large, odd and broken surroundings. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { requires } from "../requires.ts";
import { withFrozen } from "../support/frozen.ts";
import { NIDO, nido, run, shell, start } from "../support/nido.ts";

const FORKS = ["unshare", "unshare --fork"];

Deno.test("one and a half million bytes of arguments reach the program", async () => {
  // The arguments are counted by the shell and their bytes by the kernel.
  const program = `sh -c 'echo $#; wc -c </proc/$$/cmdline; :' sh "$@"`;
  const words = `set -- $(seq -f %0100.0f 1 15000)`;
  for (const way of FORKS) {
    const { stdout, stderr } = await shell(`${words}; ${program}; ${nido} ${way} ${program}`);
    const [plainCount, plainBytes, count, bytes] = stdout.split("\n");
    assertEquals([count, bytes], [plainCount, plainBytes], stderr);
    assert(Number(bytes) > 1_400_000);
  }
});

Deno.test("the longest argument that the kernel takes reaches the program", async () => {
  const { stdout } = await shell(
    `a=$(head -c 131071 /dev/zero | tr '\\0' a); ${nido} unshare sh -c 'echo \${#1}' sh "$a"; sh -c 'echo \${#1}' sh a"$a" 2>&1 || echo "one more is refused: $?"`,
  );
  const [length, ...more] = stdout.split("\n");
  assertEquals(length, "131071");
  assertMatch(more.join("\n"), /one more is refused: 126/, "it really was the longest");
});

Deno.test("a large environment reaches the program", async () => {
  const { stdout } = await shell(
    `a=$(head -c 100000 /dev/zero | tr '\\0' a); for i in 1 2 3 4 5 6 7 8 9 10; do export V$i="$a"; done; wc -c </proc/self/environ; ${nido} unshare wc -c /proc/self/environ; ${nido} unshare --fork cat /proc/self/environ | wc -c`,
  );
  const [, ...sizes] = stdout.split("\n").map(parseFloat);
  assertEquals(sizes[0], sizes[1]);
  assert(sizes[0]! > 1_000_000);
});

Deno.test("arguments that are too large for the program are said to be, with status 126", () =>
  withFrozen(["--fork", "true", "x".repeat(2048 * 1024)], async (image) => {
    const { code, stderr } = await run([image]);
    assertEquals(code, 126);
    assertStringIncludes(stderr, "unshare: failed to execute true: Argument list too long\n");
    assertStringIncludes(stderr, "why:  arguments and environment together are too large");
    assertEquals(stderr.length < 2000, true, "the message does not repeat them");
  }));

// A runtime opens /dev/null in place of a standard descriptor that is closed when it starts (Rust's
// does, and with it Deno), so that no other file gets its number: the program finds that.
for (const [fd, close] of [[0, "<&-"], [1, ">&-"], [2, "2>&-"]] as const) {
  Deno.test(`closed descriptor ${fd} is closed or /dev/null in the program, and the others are untouched`, async () => {
    const folder = Deno.makeTempDirSync({ prefix: "nido-closed-" });
    try {
      for (const way of FORKS) {
        const list =
          `sh -c 'for fd in 0 1 2 3 4; do readlink /proc/$$/fd/$fd || echo closed; done >${folder}/seen'`;
        await shell(
          `exec 3</etc/passwd; ${list}; cp ${folder}/seen ${folder}/plain; ${nido} ${way} ${list} ${close}`,
        );
        const [plain, seen] = ["plain", "seen"].map((name) =>
          Deno.readTextFileSync(`${folder}/${name}`).split("\n")
        );
        // 1 is the file that is written.
        if (fd !== 1) assertMatch(seen![fd]!, /^(closed|\/dev\/null)$/);
        seen![fd] = plain![fd] = "";
        seen![1] = plain![1] = "";
        assertEquals(seen, plain, way);
      }
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}

Deno.test("a program runs with all three standard descriptors closed", async () => {
  const file = Deno.makeTempFileSync({ prefix: "nido-closed-" });
  try {
    for (const way of FORKS) {
      await shell(
        `${nido} ${way} sh -c 'readlink /proc/$$/fd/3 >${file}; echo ran >>${file}' <&- >&- 2>&-; echo $? >>${file}`,
      );
      assertEquals(Deno.readTextFileSync(file), "ran\n0\n", way);
    }
  } finally {
    Deno.removeSync(file);
  }
});

Deno.test(
  "a million bytes pass through the program's stdin and stdout intact",
  requires({ userNamespaces: true }),
  async () => {
    const bytes = new Uint8Array(1_000_000).map((_, i) => (i * 7919 + (i >> 8)) & 0xff);
    for (
      const way of [["--fork"], ["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]]
    ) {
      const { bytes: echoed, stderr } = await run([...NIDO, "unshare", ...way, "cat"], {
        stdin: bytes,
      });
      assertEquals(stderr, "");
      assertEquals(echoed.length, bytes.length);
      assert(echoed.every((byte, i) => byte === bytes[i]));
    }
  },
);

Deno.test("a slow reader gets all of it", async () => {
  const { stdout } = await shell(
    `${nido} unshare --fork sh -c 'seq 1 100000' | (sleep 0.3; md5sum); seq 1 100000 | md5sum`,
  );
  const [through, plain] = stdout.split("\n");
  assertEquals(through, plain);
});

/** A program that says which signal it got. It is ready when it says so. */
const listener = (...signals: string[]): string[] => [
  "sh",
  "-c",
  `for s in ${
    signals.join(" ")
  }; do trap "echo got $s; exit 3" $s; done; echo ready; while :; do sleep 0.02; done`,
];

Deno.test("Ctrl-C ends the program, and nido ends as it did", async () => {
  const job = start([...NIDO, "unshare", "--fork", "sh", "-c", "echo ready; exec sleep 20"]);
  await job.until("ready");
  job.signalGroup("SIGINT");
  const { signal } = await job.outcome();
  assertEquals(signal, "SIGINT");
});

Deno.test("after Ctrl-C the program may finish its work, and nido waits for it", async () => {
  const job = start([...NIDO, "unshare", "--fork", ...listener("INT")]);
  await job.until("ready");
  job.signalGroup("SIGINT");
  const { code, signal, stdout } = await job.outcome();
  assertEquals({ code, signal, stdout }, { code: 3, signal: null, stdout: "ready\ngot INT\n" });
});

Deno.test("SIGTERM to the waiter alone reaches the program only with --forward-signals", async () => {
  const forwarding = start([
    ...NIDO,
    "unshare",
    "--fork",
    "--forward-signals",
    ...listener("TERM"),
  ]);
  await forwarding.until("ready");
  forwarding.child.kill("SIGTERM");
  const { code, stdout } = await forwarding.outcome();
  assertEquals({ code, stdout }, { code: 3, stdout: "ready\ngot TERM\n" });

  const plain = start([
    ...NIDO,
    "unshare",
    "--fork",
    "sh",
    "-c",
    "trap 'echo got TERM' TERM; echo ready; sleep 0.3; echo finished",
  ]);
  await plain.until("ready");
  plain.child.kill("SIGTERM");
  assertEquals((await plain.outcome()).stdout, "ready\nfinished\n");
});

Deno.test(
  "--forward-signals reaches the PID 1 of a PID namespace",
  requires({ userNamespaces: true }),
  async () => {
    const job = start([
      ...NIDO,
      "unshare",
      "-Urpf",
      "--forward-signals",
      ...listener("TERM", "INT"),
    ]);
    await job.until("ready");
    job.child.kill("SIGINT");
    const { code, stdout } = await job.outcome();
    assertEquals({ code, stdout }, { code: 3, stdout: "ready\ngot INT\n" });
  },
);

Deno.test("Ctrl-Z stops the program and its waiter, and fg lets both go on", async () => {
  const program = `sh -c 'kill -TSTP 0; echo resumed; exit 7'`;
  const job = [
    "set -m",
    `${nido} unshare --fork ${program}`,
    "echo stopped $?",
    "fg >/dev/null",
    "echo ended $?",
  ].join("\n");
  const folder = Deno.makeTempDirSync({ prefix: "nido-job-" });
  try {
    Deno.writeTextFileSync(`${folder}/job`, job);
    const { stdout } = await shell(`script -qec "sh ${folder}/job" /dev/null </dev/null`);
    const lines = stdout.replaceAll("\r", "").split("\n");
    assertStringIncludes(lines.join("\n"), "stopped 148\n");
    assertStringIncludes(lines.join("\n"), "resumed\nended 7\n");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
