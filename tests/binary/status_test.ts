/** A launch ends as its program ends. */
import { assertEquals, assertMatch } from "@std/assert";
import { requires } from "../requires.ts";
import { withFolder } from "../support/folder.ts";
import { withFrozen } from "../support/frozen.ts";
import { nido, run, shell } from "../support/nido.ts";

const STATUSES = [0, 1, 2, 42, 125, 126, 127, 128, 129, 137, 143, 254, 255];

Deno.test("exit statuses are passed on, without and with --fork", async () => {
  for (const way of ["unshare", "unshare --fork"]) {
    const each = `for s in ${STATUSES.join(" ")}; do ${nido} ${way} sh -c "exit $s"; echo $?; done`;
    const { stdout } = await shell(each);
    assertEquals(stdout, STATUSES.map((status) => `${status}\n`).join(""), way);
  }
});

Deno.test("every exit status from 0 to 255 is passed on by a waiter", async () => {
  for (const words of [["--fork"], ["--forward-signals"], ["--kill-child"]]) {
    await withFrozen([...words, "sh", "-c", "exit $STATUS"], async (image) => {
      const each = `i=0; while [ $i -le 255 ]; do STATUS=$i ${image}; echo $?; i=$((i+1)); done`;
      const { stdout } = await shell(each);
      assertEquals(stdout.trim().split("\n").map(Number), Array.from({ length: 256 }, (_, i) => i));
    });
  }
});

Deno.test("death by each signal is passed on by a waiter", async () => {
  // Others stop or continue a program, or do nothing; glibc keeps 32 and 33 for itself.
  const deadly = Array.from({ length: 64 }, (_, i) => i + 1)
    .filter((signal) => ![17, 18, 19, 20, 21, 22, 23, 28, 32, 33].includes(signal));
  for (const words of [["--fork"], ["--forward-signals"]]) {
    await withFrozen([...words, "sh", "-c", "kill -$SIGNAL $$; sleep 1"], async (image) => {
      const each = `for s in ${deadly.join(" ")}; do SIGNAL=$s ${image}; echo $?; done`;
      const { stdout, stderr } = await shell(`ulimit -c 0; ${each}`);
      assertEquals(stdout.trim().split("\n").map(Number), deadly.map((s) => 128 + s), stderr);
    });
  }
});

Deno.test("death by a signal is passed on by the whole program", async () => {
  for (const signal of ["HUP", "INT", "KILL", "TERM", "USR1", "SEGV"]) {
    const { signal: died } = await run([
      "sh",
      "-c",
      `ulimit -c 0; exec ${nido} unshare --fork sh -c 'kill -${signal} $$'`,
    ]);
    assertEquals(died, `SIG${signal}`);
  }
});

Deno.test("the program dumps its core, and the waiter none of its own", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "nido-core-" });
  try {
    for (const way of ["unshare", "unshare --fork"]) {
      // Two commands, so that the shell waits for the first, and says how it died.
      const { stderr } = await shell(
        `ulimit -c unlimited; ${nido} ${way} sh -c 'kill -QUIT $$'; echo $? >&2`,
        [],
        { cwd: folder },
      );
      assertMatch(stderr, way === "unshare" ? /^Quit \(core dumped\)/m : /^Quit\s*$/m);
      assertMatch(stderr, /^131$/m);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

// A limit would be no help: the kernel gives a core to a program whatever its size may be. @see core(5)
Deno.test(
  "the waiter dumps no core to a program that takes those of the machine",
  requires({ programs: ["strace"] }),
  () =>
    withFolder(async (folder) => {
      const trace = `${folder}/trace`;
      const watched = `strace -o ${trace} -e trace=prctl,kill ${nido}`;
      const { code } = await shell(`${watched} unshare --fork sh -c 'kill -QUIT $$'; exit $?`, [], {
        cwd: folder,
      });
      assertEquals(code, 131);
      const calls = Deno.readTextFileSync(trace);
      assertMatch(calls, /^prctl\(PR_SET_DUMPABLE, SUID_DUMP_DISABLE.*\nkill\(\d+, SIGQUIT\)/m);
    }),
);
