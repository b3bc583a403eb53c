/** Runs each example by the command line that its first comment gives, and no permission more. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { packagedProgramsIn, requires } from "../requires.ts";
import { AS_USER, type Outcome, run, start } from "../support/nido.ts";

const FOLDER = decodeURI(new URL("../../examples/", import.meta.url).pathname);

/** The command of an example's comment: `deno run FLAGS FILE [ARGUMENT...]`, with other arguments. */
function commandOf(file: string, args: readonly string[]): string[] {
  const line = Deno.readTextFileSync(FOLDER + file).match(/^ \* {5}(deno (?:run|test) .*)$/m)?.[1];
  assert(line, `${file} says how it is run`);
  const [, subcommand, ...words] = line.split(" ");
  const flags = words.slice(0, words.indexOf(file));
  return [Deno.execPath(), subcommand!, "--no-check", "--no-config", ...flags, file, ...args];
}

const WHO = [
  { who: "root", as: [], needs: { root: true } },
  { who: "an ordinary user", as: AS_USER, needs: { userNamespaces: true } },
] as const;

/** Runs an example as root and as an ordinary user, and looks at what comes of it. */
function example(
  file: string,
  look: (run: (...args: string[]) => Promise<Outcome>, folder: string) => Promise<void>,
  needs: Parameters<typeof requires>[0] = {},
): void {
  const text = Deno.readTextFileSync(FOLDER + file);
  for (const { who, as, needs: ofWho } of WHO) {
    Deno.test(
      `examples/${file} does as ${who} what it says`,
      requires({ programs: packagedProgramsIn(text), ...ofWho, ...needs }),
      async () => {
        const folder = await Deno.makeTempDir({ prefix: "nido-example-" });
        await Deno.chmod(folder, 0o777);
        try {
          const options = { cwd: FOLDER, env: { NO_COLOR: "1", TMPDIR: folder } };
          await look((...args) => run([...as, ...commandOf(file, args)], options), folder);
        } finally {
          await Deno.remove(folder, { recursive: true });
        }
      },
    );
  }
}

/** Runs an example that prints these lines, and nothing else. */
function prints(file: string, lines: readonly (string | RegExp)[]): void {
  example(file, async (run) => {
    const { stdout, stderr } = await run();
    assertEquals(stderr, "");
    const printed = stdout.trimEnd().split("\n");
    assertEquals(printed.length, lines.length, stdout);
    lines.forEach((line, i) =>
      typeof line === "string" ? assertEquals(printed[i], line) : assertMatch(printed[i]!, line)
    );
  });
}

prints("nested_pids.ts", [/^sleep: \d+ → \d+ → 1$/]);
prints("build_offline.ts", [/^lo +DOWN /, "built"]);
prints("hostname_and_clock.ts", ["nest is up for 30 days"]);
prints("veth_pair.ts", ["they talk"]);
prints("enter_server.ts", ["server", "sh", /^lo +DOWN /]);
prints("judge.ts", [
  "right: accepted",
  "wrong: wrong answer",
  "slow: too slow",
  "stubborn: too slow",
  "broken: exit status 3",
  "nosy: accepted",
]);

example("isolated_tests.ts", async (run) => {
  const { stdout, code } = await run();
  assertEquals(code, 0, stdout);
  assertMatch(stdout, /ok \| 3 passed \| 0 failed/);
});

example("root_shell.ts", async (run, folder) => {
  for (const name of ["bin", "proc"]) await Deno.mkdir(`${folder}/${name}`);
  await Deno.copyFile("/bin/busybox", `${folder}/bin/sh`);
  const { stdout, stderr, code } = await run(folder, "/bin/sh", "-c", "echo $$ /*; exit 5");
  assertEquals([stdout, stderr, code], ["1 /bin /proc\n", "", 5]);
}, { programs: ["/bin/busybox"] });

example("ship_launcher.ts", async (run, folder) => {
  const file = `${folder}/greet`;
  const { stdout, stderr } = await run(file);
  assertEquals(stderr, "");
  assertMatch(stdout, /: \d+ KiB\. Try: /);
  const { code, stdout: greeting } = await new Deno.Command(file, {
    args: ["world"],
    clearEnv: true,
  }).output();
  assertEquals([code, new TextDecoder().decode(greeting)], [0, "hello world from nest, PID 1\n"]);
});

for (const { who, as, needs } of WHO) {
  Deno.test(
    `examples/watch.ts tells ${who} of namespaces that come and go`,
    requires(needs),
    async () => {
      const watch = start([...as, ...commandOf("watch.ts", ["20"])], { cwd: FOLDER });
      try {
        // Until it has looked for the first time, what comes is not new.
        for (let seen = false; !seen;) {
          const child = new Deno.Command(as[0] ?? "unshare", {
            args: [...as.slice(1), ...(as[0] ? ["unshare"] : []), "-Ur", "sleep", "0.4"],
          }).spawn();
          seen = await Promise.race([
            // Other tests make namespaces too, and a busy machine may show only who makes this.
            watch.until(/^\+ user:\[\d+\] with sleep$/m).then(() => true),
            child.status.then(() => false),
          ]);
          await child.status;
        }
        await watch.until("\n- user:[");
      } finally {
        watch.signalGroup("SIGKILL");
      }
      const { stdout } = await watch.outcome();
      assertMatch(stdout, /^\+ user:\[\d+\] with sleep$/m);
      assertMatch(stdout, /^- user:\[\d+\]$/m);
    },
  );
}
