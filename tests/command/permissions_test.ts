/** What Deno asks its user, and what it denies. */
import { assertEquals } from "@std/assert";
import { requires } from "../requires.ts";

const MODULE = JSON.stringify(new URL("../../mod.ts", import.meta.url));

/** A script that runs two programs by launchers of different images, and so by different descriptors. */
const TWO = `import { Command } from ${MODULE};
  const launch = (word) => new Command("echo", { args: [word] }).output();
  const outputs = await Promise.all([launch("one ran"), launch("two ran")]);
  for (const { stdout } of outputs) console.log(new TextDecoder().decode(stdout));`;

async function withScript<T>(script: string, use: (path: string) => Promise<T>): Promise<T> {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(path, script);
    return await use(path);
  } finally {
    await Deno.remove(path);
  }
}

/** Runs a script on a terminal, and answers each question of Deno's. Gives what the terminal shows. */
async function onTerminal(path: string, flags: string, answer: string): Promise<string> {
  const command =
    `NO_COLOR=1 ${Deno.execPath()} run --no-config --no-lock --no-check ${flags} ${path}`;
  const child = new Deno.Command("script", {
    args: ["-qec", command, "/dev/null"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  let shown = "";
  let answered = 0;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    shown += text;
    if (shown.split("Allow? [").length - 1 === answered) continue;
    answered++;
    // Deno throws away what is typed before it asks.
    await new Promise((resolve) => setTimeout(resolve, 200));
    await writer.write(new TextEncoder().encode(`${answer}\n`));
  }
  await writer.close();
  await child.status;
  return shown;
}

const count = (text: string, part: string): number => text.split(part).length - 1;

for (
  const [flags, questions] of [
    ["", 2],
    ["--allow-ffi", 1],
    ["--allow-ffi --allow-run=sh", 1],
    ["--allow-run --allow-ffi=/nope", 1],
  ] as const
) {
  Deno.test(
    `a yes to each question is enough with ${flags || "no flags"}`,
    requires({ programs: ["script"] }),
    () =>
      withScript(TWO, async (path) => {
        const shown = await onTerminal(path, flags, "y");
        assertEquals([count(shown, "Allow? ["), count(shown, "ran\r\n")], [questions, 2], shown);
      }),
  );
}

Deno.test(
  "a no is an error that says which flag is missing",
  requires({ programs: ["script"] }),
  () =>
    withScript(TWO, async (path) => {
      const shown = await onTerminal(path, "--allow-ffi", "n");
      assertEquals(count(shown, "Command needs --allow-run"), 1, shown);
      assertEquals(count(shown, "ran\r\n"), 0);
    }),
);

Deno.test("programs of --deny-run are not run, by whatever name", async () => {
  const script = `import { Command } from ${MODULE};
    const cases = [["sh"], ["/bin/sh"], ["./sh", "/bin"], ["true"], ["/bin/true"]];
    for (const [program, cwd = "/"] of cases) {
      for (const method of ["output", "outputSync", "spawn"]) {
        try {
          const ran = new Command(program, { args: ["-c", ":"], cwd })[method]();
          await (ran.status ?? ran);
          console.log(program, "ran");
        } catch (error) {
          console.log(error instanceof Deno.errors.NotCapable, error.message);
        }
      }
    }`;
  await withScript(script, async (path) => {
    const flags = ["--allow-ffi", "--allow-run", "--deny-run=sh", "--no-prompt"];
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-config", "--no-lock", "--no-check", ...flags, path],
    }).output();
    assertEquals(new TextDecoder().decode(stderr), "");
    const denied = ["sh", "/bin/sh", "./sh"].map((name) =>
      `true Command may not run ${name}: --deny-run names it`
    );
    const expected = [...denied, "true ran", "/bin/true ran"].flatMap((line) => [line, line, line]);
    assertEquals(new TextDecoder().decode(stdout).trim().split("\n"), expected);
  });
});
