/** The same options through Command and through Deno.Command: the same results. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Command, LaunchError } from "../../mod.ts";
import { textOf } from "./helpers.ts";

interface Case {
  readonly title: string;
  readonly program: string;
  readonly options?: Deno.CommandOptions;
}

const CASES: readonly Case[] = [
  {
    title: "arguments, one of them empty",
    program: "printf",
    options: { args: ["%s|", "a b", "", "ü"] },
  },
  { title: "an exit status", program: "sh", options: { args: ["-c", "exit 255"] } },
  {
    title: "standard output and error",
    program: "sh",
    options: { args: ["-c", "echo o; echo e >&2"] },
  },
  { title: "death by SIGKILL", program: "sh", options: { args: ["-c", "kill -9 $$"] } },
  {
    title: "death by SIGSEGV",
    program: "sh",
    options: { args: ["-c", "ulimit -c 0; kill -SEGV $$"] },
  },
  { title: "a working directory", program: "pwd", options: { cwd: "/usr/bin" } },
  {
    title: "a working directory by URL",
    program: "pwd",
    options: { cwd: new URL("file:///usr/bin") },
  },
  { title: "a program relative to it", program: "./true", options: { cwd: "/usr/bin" } },
  {
    title: "one more variable",
    program: "sh",
    options: { args: ["-c", "echo $HOME $A"], env: { A: "1 ü" } },
  },
  {
    title: "another value of a variable",
    program: "sh",
    options: { args: ["-c", "echo $HOME"], env: { HOME: "/x" } },
  },
  {
    title: "no variables but one",
    program: "/usr/bin/env",
    options: { clearEnv: true, env: { A: "=" } },
  },
  { title: "no variables", program: "/usr/bin/env", options: { clearEnv: true } },
  {
    title: "the PATH of the program",
    program: "true",
    options: { env: { PATH: "/nope:/usr/bin" } },
  },
  { title: "an empty standard input", program: "cat" },
  {
    title: "signals as they are found",
    program: "grep",
    options: { args: ["^Sig[BIC]", "/proc/self/status"] },
  },
  { title: "no descriptors but three", program: "sh", options: { args: ["-c", "ls /proc/$$/fd"] } },
  {
    title: "an ignored stream",
    program: "sh",
    options: { args: ["-c", "echo o; echo e >&2"], stdout: "null" },
  },
];

async function outcome(command: Deno.Command | Command, sync: boolean): Promise<unknown> {
  const output = sync ? command.outputSync() : await command.output();
  const { success, code, signal } = output;
  const stream = (name: "stdout" | "stderr"): string => {
    try {
      return textOf(output[name]);
    } catch (error) {
      return `${error}`;
    }
  };
  return { success, code, signal, stdout: stream("stdout"), stderr: stream("stderr") };
}

for (const { title, program, options } of CASES) {
  Deno.test(`Command and Deno.Command agree on ${title}`, async () => {
    for (const sync of [false, true]) {
      const [own, denos] = [
        await outcome(new Command(program, options), sync),
        await outcome(new Deno.Command(program, options), sync),
      ];
      assertEquals(own, denos);
    }
  });
}

for (
  const [title, program, options] of [
    ["a program that is not there", "/no/such/program", {}],
    ["a name that is not in PATH", "no-such-program", { env: { PATH: "/usr/bin:/bin" } }],
    ["an empty name", "", {}],
    ["a PATH in which it is not", "true", { env: { PATH: "/nope" } }],
    ["a folder", "/tmp", {}],
    ["a file that is not executable", "/etc/passwd", {}],
    ["a working directory that is not there", "true", { cwd: "/nope" }],
  ] as const
) {
  Deno.test(`Command and Deno.Command fail with the same code for ${title}`, async () => {
    const denos = assertThrows(() => new Deno.Command(program, options).output(), Error);
    const code = (denos as Error & { readonly code: string }).code;
    const command = new Command(program, options);
    const own = await assertRejects(() => command.output(), LaunchError);
    assertEquals(own.code, code);
    assertEquals(assertThrows(() => command.outputSync(), LaunchError).message, own.message);
    assertEquals(assertThrows(() => command.spawn(), LaunchError).message, own.message);
  });
}

Deno.test("output() refuses piped standard input as Deno.Command's does", () => {
  for (const kind of [Command, Deno.Command]) {
    const command = new kind("cat", { stdin: "piped" });
    assertThrows(() => command.output(), TypeError, "Piped stdin is not supported");
    assertThrows(() => command.outputSync(), TypeError, "Piped stdin is not supported");
  }
});

Deno.test("a child's streams that are not piped throw as Deno's do, and its methods are Deno's", async () => {
  const [own, denos] = [new Command("true").spawn(), new Deno.Command("true").spawn()];
  for (const stream of ["stdin", "stdout", "stderr"] as const) {
    const [one, other] = [own, denos].map((child) => assertThrows(() => child[stream], TypeError));
    assertEquals(one!.message, other!.message);
  }
  assertEquals({ ...await own.status }, { ...await denos.status });
  const [late, denosLate] = [own, denos].map((child) =>
    assertThrows(() => child.kill(), TypeError)
  );
  assertEquals(late!.message, denosLate!.message);
  const names = (prototype: object) =>
    Object.getOwnPropertyNames(prototype).filter((name) => name !== "pid" && name !== "status");
  const missing = names(Deno.ChildProcess.prototype).filter((name) => !(name in own));
  assertEquals(missing, []);
  assert(Symbol.asyncDispose in own);
});

Deno.test("an unknown signal is refused as Deno refuses it", async () => {
  for (const kind of [Command, Deno.Command]) {
    const child = new kind("sleep", { args: ["60"] }).spawn();
    assertThrows(() => child.kill("SIGFOO" as Deno.Signal), TypeError, "Invalid signal: SIGFOO");
    child.kill("SIGKILL");
    assertEquals((await child.status).code, 137);
  }
});

Deno.test("death by a real-time signal, for which Deno has no name, is a status and no error", async () => {
  const { success, code, signal } = await new Command("sh", { args: ["-c", "kill -40 $$"] })
    .output();
  assertEquals([success, code, signal], [false, 168, null]);
});
