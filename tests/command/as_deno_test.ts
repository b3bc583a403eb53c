/** What Deno.Command does, Command does: without namespaces, in a user namespace, and as PID 1 in three. */
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { Command, type CommandOptions } from "../../mod.ts";
import { requires } from "../requires.ts";
import { textOf } from "./helpers.ts";
import { withFolder } from "../support/folder.ts";

type Options = Omit<Deno.CommandOptions, "uid" | "gid">;

/** What both have: the same function makes a command of either. */
type Make = (program: string | URL, options?: Options) => Deno.Command | Command;

const inside = (form: CommandOptions): Make => (program, options) =>
  new Command(program, { ...options, ...form });

const [, minor] = Deno.version.deno.split(".").map(Number);

const FORMS: Readonly<Record<string, Make>> = {
  // Older ones lack some of it, or have it wrong.
  ...minor! >= 9
    ? {
      "Deno.Command": (program: string | URL, options?: Options) =>
        new Deno.Command(program, options),
    }
    : {},
  "Command": inside({}),
  "Command in a user namespace": inside({ namespaces: ["user"], mapCurrentUser: true }),
  "Command in user, pid and mnt namespaces": inside({
    namespaces: ["user", "pid", "mnt"],
    mapRootUser: true,
    mountProc: true,
  }),
};

const sh = (script: string, options: Options = {}): [string, Options] => [
  "/bin/sh",
  { ...options, args: ["-c", script] },
];
const SLEEPER: [string, Options] = [
  "sleep",
  { args: ["60"], stdin: "null", stdout: "null", stderr: "null" },
];

const plain = ({ success, code, signal }: Deno.CommandStatus) => ({ success, code, signal });
const exited = (code: number) => ({ success: code === 0, code, signal: null });
const killed = (number: number, signal: Deno.Signal) => ({
  success: false,
  code: 128 + number,
  signal,
});

const BEHAVIOURS: Readonly<Record<string, (make: Make) => void | Promise<void>>> = {
  "spawn() returns while the program runs": async (make) => {
    const child = make(...sh("read line; exit $line", { stdin: "piped" })).spawn();
    const first = await Promise.race([child.status, Promise.resolve("runs")]);
    assertEquals(first, "runs");
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode("84\n"));
    await writer.close();
    assertEquals(plain(await child.status), exited(84));
  },
  "what is written to stdin is read, and the end of it seen": async (make) => {
    const child = make(...sh("test $(cat) = hello", { stdin: "piped", stderr: "null" })).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode("hello"));
    writer.releaseLock();
    await child.stdin.close();
    assertEquals(plain(await child.status), exited(0));
  },
  "streams that are not piped have no getter": async (make) => {
    const child = make("true", { stdin: "null", stdout: "null", stderr: "null" }).spawn();
    for (const name of ["stdin", "stdout", "stderr"] as const) {
      const message = `Cannot get '${name}': '${name}' is not piped`;
      assertThrows(() => child[name], TypeError, message);
    }
    await child.status;
    const output = await make("true", { stdout: "null", stderr: "inherit" }).output();
    assertThrows(() => output.stdout, TypeError, "Cannot get 'stdout': 'stdout' is not piped");
    assertThrows(() => output.stderr, TypeError, "Cannot get 'stderr': 'stderr' is not piped");
  },
  "stdout and stderr are read to their ends": async (make) => {
    for (const [name, script] of [["stdout", "printf hello"], ["stderr", "printf hello >&2"]]) {
      const child = make(...sh(script!, { [name!]: "piped" })).spawn();
      const stream = child[name as "stdout" | "stderr"];
      const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
      assertEquals(await reader.read(), { done: false, value: "hello" });
      assertEquals((await reader.read()).done, true);
      reader.releaseLock();
      assertEquals(plain(await child.status), exited(0));
    }
  },
  "streams are piped to and from files": (make) =>
    withFolder(async (folder) => {
      const path = `${folder}/file`;
      const file = await Deno.open(path, { create: true, write: true });
      const script = sh("echo output; echo error >&2", { stdout: "piped", stderr: "piped" });
      const writing = make(...script).spawn();
      await writing.stdout.pipeTo(file.writable, { preventClose: true });
      await writing.stderr.pipeTo(file.writable);
      await writing.status;
      assertEquals(await Deno.readTextFile(path), "output\nerror\n");

      const reading = make("cat", { stdin: "piped", stdout: "piped" }).spawn();
      await (await Deno.open(path)).readable.pipeTo(reading.stdin, { preventClose: true });
      await reading.stdin.close();
      assertEquals(textOf((await reading.output()).stdout), "output\nerror\n");
    }),
  "a stream gives its bytes, text and JSON": async (make) => {
    const read = async <T>(use: (stream: Deno.SubprocessReadableStream) => Promise<T>) => {
      const child = make("echo", { args: ['{"a":1}'], stdout: "piped" }).spawn();
      const result = await use(child.stdout);
      await child.status;
      return result;
    };
    // Streams are Deno's: 2.4 does not have this.
    if (minor! < 5) return;
    const bytes = new TextEncoder().encode('{"a":1}\n');
    assertEquals(await read((stream) => stream.text()), '{"a":1}\n');
    assertEquals(await read((stream) => stream.json()), { a: 1 });
    assertEquals(await read((stream) => stream.bytes()), bytes);
    assertEquals(new Uint8Array(await read((stream) => stream.arrayBuffer())), bytes);
  },
  "output() of a child whose streams have been read is empty": async (make) => {
    const child = make(...sh("echo o; echo e >&2", { stdout: "piped", stderr: "piped" })).spawn();
    for (const stream of [child.stdout, child.stderr]) {
      for await (const _ of stream) {
        // Read.
      }
    }
    const output = await child.output();
    assertEquals(plain(output), exited(0));
    assertEquals([output.stdout, output.stderr], [new Uint8Array(), new Uint8Array()]);
  },
  "output() of a child whose stream is being read is refused": async (make) => {
    const child = make("true", { stdout: "piped", stderr: "piped" }).spawn();
    const reader = child.stderr.getReader();
    await assertRejects(() => child.output(), TypeError, "'stderr' is locked");
    await reader.cancel();
    await child.stdout.cancel();
    await child.status;
  },
  "memory that output() gives is as large as what was written": async (make) => {
    const { stdout } = await make("head", { args: ["-c", "100000", "/dev/zero"] }).output();
    assertEquals([stdout.length, stdout.buffer.byteLength], [100_000, 100_000]);
  },
  "kill() sends SIGTERM, and takes names and numbers": async (make) => {
    for (
      const [signal, status] of [
        [undefined, killed(15, "SIGTERM")],
        ["SIGKILL", killed(9, "SIGKILL")],
        [9, killed(9, "SIGKILL")],
        [2, killed(2, "SIGINT")],
      ] as const
    ) {
      const child = make(...SLEEPER).spawn();
      // Types of Deno know names alone.
      child.kill(signal as Deno.Signal);
      assertEquals(plain(await child.status), status);
    }
  },
  "kill(0) only asks whether there is somebody": async (make) => {
    const child = make(...SLEEPER).spawn();
    child.kill(0 as unknown as Deno.Signal);
    child.kill();
    assertEquals(plain(await child.status), killed(15, "SIGTERM"));
  },
  "kill() refuses what is no signal": async (make) => {
    const child = make("sleep", { args: ["0.1"] }).spawn();
    assertThrows(() => child.kill("foobar" as Deno.Signal), TypeError, "foobar");
    assertEquals(plain(await child.status), exited(0));
  },
  "kill() after the end throws": async (make) => {
    const child = make("true").spawn();
    await child.status;
    assertThrows(() => child.kill(), TypeError, "Child process has already terminated");
  },
  "disposing of a child ends it": async (make) => {
    let status: Promise<Deno.CommandStatus>;
    {
      await using child = make(...SLEEPER).spawn();
      status = child.status;
    }
    assertEquals(plain(await status), killed(15, "SIGTERM"));
    await using child = make(...SLEEPER).spawn();
    child.kill("SIGTERM");
    await child.status;
  },
  "aborting ends spawn() and output()": async (make) => {
    for (const method of ["spawn", "output"] as const) {
      const controller = new AbortController();
      const command = make(SLEEPER[0], { ...SLEEPER[1], signal: controller.signal });
      const end = method === "spawn" ? command.spawn().status : command.output();
      queueMicrotask(() => controller.abort());
      assertEquals(plain(await end), killed(15, "SIGTERM"));
    }
  },
  "aborting as the program ends, or after, throws nothing": async (make) => {
    for (let i = 0; i < 20; i++) {
      const controller = new AbortController();
      const abort = () => controller.abort();
      Deno.addSignalListener("SIGCHLD", abort);
      const { signal, stdout } = await make("true", { signal: controller.signal }).output();
      // Where it has heard of another child's end it comes earlier.
      assert(signal === null || signal === "SIGTERM");
      assertEquals(stdout, new Uint8Array());
      Deno.removeSignalListener("SIGCHLD", abort);
      controller.abort();
    }
  },
  "output() and outputSync() give the status and what was written": async (make) => {
    for (
      const [script, status] of [
        ["printf o; printf e >&2", exited(0)],
        ["printf o; printf e >&2; exit 42", exited(42)],
      ] as const
    ) {
      const command = make(...sh(script));
      for (const output of [await command.output(), command.outputSync()]) {
        assertEquals(plain(output), status);
        assertEquals([textOf(output.stdout), textOf(output.stderr)], ["o", "e"]);
      }
    }
  },
  "a program by URL": async (make) => {
    const command = make(new URL("file:///bin/echo"), { args: ["hello"] });
    for (const output of [await command.output(), command.outputSync()]) {
      assertEquals(textOf(output.stdout), "hello\n");
    }
  },
  "what cannot be started is thrown with its code": async (make) => {
    const cases = [
      // Where a folder of PATH may not be entered, execvp(3) says so, and Deno does not.
      make("this program is not there", { env: { PATH: "/usr/bin:/bin" } }),
      make("true", { cwd: "/no/such/folder" }),
    ];
    for (const command of cases) {
      const errors = [
        // Deno.Command throws it itself, Command by its promise.
        await assertRejects(async () => await command.output(), Error),
        assertThrows(() => void command.outputSync(), Error),
        assertThrows(() => void command.spawn(), Error),
      ];
      for (const error of errors) assertEquals((error as { code?: string }).code, "ENOENT");
      if (command !== cases[0]) continue;
      for (const { message } of errors) assertStringIncludes(message, "this program is not there");
    }
  },
  "piped stdin is for spawn()": (make) => {
    for (const method of ["output", "outputSync"] as const) {
      assertThrows(
        () => void make("id", { stdin: "piped" })[method](),
        TypeError,
        "Piped stdin is not supported for this function",
      );
    }
  },
  "variables are set, and the others cleared": async (make) => {
    Deno.env.set("NIDO_AS_DENO", "outer");
    try {
      const script = 'echo "$NIDO_AS_DENO $A$B"';
      const env = { A: "0123", B: "4567" };
      for (
        const [clearEnv, said] of [[false, "outer 01234567\n"], [true, " 01234567\n"]] as const
      ) {
        const command = make(...sh(script, { clearEnv, env }));
        for (const output of [await command.output(), command.outputSync()]) {
          assertEquals(textOf(output.stdout), said);
        }
      }
    } finally {
      Deno.env.delete("NIDO_AS_DENO");
    }
  },
  "programs are found by cwd, and in the PATH that is given": (make) =>
    withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/own`, "#!/bin/sh\necho hello\n", { mode: 0o755 });
      for (
        const command of [
          make("./own", { cwd: folder }),
          make("own", { env: { PATH: folder } }),
        ]
      ) {
        assertEquals(textOf((await command.output()).stdout), "hello\n");
      }
    }),
  "working directories: none, relative, by URL, with % in it": (make) =>
    withFolder(async (folder) => {
      const pwd = async (cwd: string | URL) =>
        textOf((await make("/bin/pwd", { cwd }).output()).stdout).trim();
      assertEquals(await pwd(""), Deno.cwd());
      assertEquals(await pwd("tests"), `${Deno.cwd()}/tests`);
      await Deno.mkdir(`${folder}/a%zz b`);
      assertEquals(await pwd(new URL(`file://${folder}/a%zz%20b`)), `${folder}/a%zz b`);
      for (
        const [url, message] of [
          ["file://host/tmp", "Host must be empty"],
          ["https://host/tmp", "Must be a file URL"],
        ] as const
      ) {
        assertThrows(() => void make("pwd", { cwd: new URL(url) }).output(), TypeError, message);
        assertThrows(() => void make(new URL(url)).output(), TypeError, message);
      }
      assertThrows(() => void make(new URL("file:///%ff")).output(), URIError);
    }),
};

for (const [behaviour, check] of Object.entries(BEHAVIOURS)) {
  for (const [form, make] of Object.entries(FORMS)) {
    Deno.test(`${form}: ${behaviour}`, requires({ userNamespaces: true }), () => check(make));
  }
}
