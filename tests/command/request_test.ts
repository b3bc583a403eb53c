/** The values of a launch: they come in a request, and launches of one shape share an image. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { imageFor } from "../../command/images.ts";
import { specOf } from "../../command/options.ts";
import { checked } from "../../launch/compile.ts";
import { partsOf } from "../../launch/request_file.ts";
import { Command, type CommandOptions, LaunchError, SpecError } from "../../mod.ts";
import { requires } from "../requires.ts";
import { until } from "../support/patience.ts";
import { textOf } from "./helpers.ts";

const imageOf = (options: CommandOptions, program = "true") =>
  imageFor(partsOf(checked(specOf(program, options))).shape);

async function outputOf(program: string, options: CommandOptions): Promise<string> {
  const { code, stdout, stderr } = await new Command(program, options).output();
  assertEquals([code, textOf(stderr)], [0, ""]);
  return textOf(stdout);
}

Deno.test("launches with other arguments, variables, folders, roots and names share an image", () => {
  const named = { namespaces: ["uts", "mnt"], mapRootUser: true } as const;
  for (
    const [one, other] of [
      [{}, { args: ["a", new Uint8Array([0xff])] }],
      [{ env: { A: "1" } }, { env: { B: "2", C: "3" } }],
      [
        { environment: [{ set: "A", value: "1" }, { unset: "B" }] },
        { environment: [{ clear: true }, { set: "A", value: "2" }, { set: "C", value: "" }] },
      ],
      [{ env: { PATH: "/a" } }, { env: { B: "2", PATH: "/b" } }],
      [{ cwd: "/" }, { cwd: "/tmp" }],
      [{ ...named, hostname: "a", domainname: "b" }, { ...named, hostname: "c", domainname: "d" }],
      [{ ...named, root: "/", wd: "/tmp" }, { ...named, root: "/usr", wd: "/bin" }],
      [{ ...named, root: "/" }, { ...named, root: "/usr" }],
    ] as [CommandOptions, CommandOptions][]
  ) {
    assert(imageOf(one) === imageOf(other), JSON.stringify(other));
  }
});

Deno.test("launches of another program, or with other options, have images of their own", () => {
  const image = imageOf({ mapRootUser: true });
  assert(image !== imageOf({ mapRootUser: true }, "false"));
  assert(image !== imageOf({ mapRootUser: true, cwd: "/" }));
  assert(image !== imageOf({ mapRootUser: true, env: { A: "1" } }));
  assert(image !== imageOf({ mapCurrentUser: true }));
});

Deno.test("arguments arrive as they are: empty, not ASCII, not UTF-8, with newlines, many, and long", async () => {
  const script = 'printf "%s\\0" "$@"';
  const longest = "x".repeat(128 * 1024 - 1);
  for (
    const args of [
      [],
      ["", "a b", "ü €", "\n", "'\"\\", ""],
      Array.from({ length: 1000 }, (_, i) => `${i}`),
      ...Array.from({ length: 40 }, (_, i) => ["y".repeat(800 + 8 * i), ""]),
      [longest, "behind"],
      Array.from({ length: 8 }, () => longest),
    ]
  ) {
    const output = await outputOf("bash", { args: ["-c", script, "name", ...args] });
    assertEquals(output.split("\0").slice(0, -1), args.length ? args : [""]);
  }
  const bytes = new Uint8Array([0xff, 0x80, 0x41]);
  const { stdout } = await new Command("printf", { args: ["%s", bytes] }).output();
  assertEquals(stdout, bytes);
});

Deno.test("variables arrive as they are, and replace their namesakes", async () => {
  Deno.env.set("NIDO_TEST", "outside");
  try {
    const env = { NIDO_TEST: "ü\n=", NIDO_EMPTY: "", NIDO: "x" };
    const output = await outputOf("env", { args: ["-0"], env });
    const found = output.split("\0").filter((one) => /^NIDO(_EMPTY|_TEST)?=/.test(one)).sort();
    assertEquals(found, ["NIDO=x", "NIDO_EMPTY=", "NIDO_TEST=ü\n="]);
    assertEquals(await outputOf("/usr/bin/env", { clearEnv: true, env: { A: "1" } }), "A=1\n");
    const big = "y".repeat(100_000);
    assertEquals(await outputOf("/usr/bin/env", { clearEnv: true, env: { A: big } }), `A=${big}\n`);
  } finally {
    Deno.env.delete("NIDO_TEST");
  }
});

Deno.test("changes of the environment arrive as they are, in their order, for each launch", async () => {
  for (const value of ["", "ü\n=", "y".repeat(100_000)]) {
    const environment = [{ set: "A", value: "0" }, { clear: true }, { set: "B", value: "1" }, {
      set: "A",
      value,
    }, { unset: "B" }] as const;
    assertEquals(await outputOf("/usr/bin/env", { args: ["-0"], environment }), `A=${value}\0`);
  }
  const environment = Array.from({ length: 500 }, (_, i) => ({ set: `V${i}`, value: `${i}` }));
  const args = ["-c", 'echo "$V0 $V250 $V499"'];
  assertEquals(await outputOf("sh", { args, environment }), "0 250 499\n");
});

Deno.test("PATH among the variables decides where the program is found, for each launch", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "nido-path-" });
  try {
    for (const name of ["one", "two"]) {
      Deno.mkdirSync(`${folder}/${name}`);
      Deno.writeTextFileSync(`${folder}/${name}/nido-x`, `#!/bin/sh\necho ${name}\n`, {
        mode: 0o755,
      });
    }
    for (const name of ["one", "two", "one"]) {
      assertEquals(await outputOf("nido-x", { env: { PATH: `${folder}/${name}` } }), `${name}\n`);
    }
    const error = assertThrows(
      () => new Command("nido-x", { env: { PATH: "/nowhere" } }).spawn(),
      LaunchError,
    );
    assertEquals(error.code, "ENOENT");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test(
  "folders, roots and names arrive, for each launch",
  requires({ userNamespaces: true }),
  async () => {
    const folder = Deno.makeTempDirSync({ prefix: "nido-ü-" });
    try {
      for (const cwd of ["/", folder, "/usr"]) {
        assertEquals(await outputOf("pwd", { cwd }), `${cwd}\n`);
      }
      for (const name of ["one", "two", "three"]) {
        const output = await outputOf("sh", {
          args: ["-c", "hostname; cat /proc/sys/kernel/domainname; pwd"],
          mapRootUser: true,
          hostname: name,
          domainname: `of-${name}`,
          wd: name === "two" ? folder : "/",
        });
        assertEquals(output, `${name}\nof-${name}\n${name === "two" ? folder : "/"}\n`);
      }
      for (const root of ["/", "/proc/self/root"]) {
        assertEquals(await outputOf("pwd", { mapRootUser: true, root }), "/\n");
      }
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
);

Deno.test("a script without #! gets its arguments", async () => {
  const path = Deno.makeTempFileSync({ prefix: "nido-script-" });
  try {
    Deno.writeTextFileSync(path, 'echo "$#:$1:$2"\n');
    Deno.chmodSync(path, 0o755);
    for (const args of [[], ["a"], ["b", "c d"]]) {
      assertEquals(
        await outputOf(path, { args }),
        `${args.length}:${args[0] ?? ""}:${args[1] ?? ""}\n`,
      );
    }
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test(
  "a hundred launches of one image at once do not mix their values",
  requires({ userNamespaces: true }),
  async () => {
    const one = async (i: number): Promise<string> =>
      await outputOf("sh", {
        args: ["-c", 'echo "$1 $NUMBER"; hostname', "sh", `${i}`],
        env: { NUMBER: `${i}` },
        mapRootUser: true,
        hostname: `host-${i}`,
      });
    const numbers = Array.from({ length: 100 }, (_, i) => i);
    const outputs = await Promise.all(numbers.map(one));
    assertEquals(outputs, numbers.map((i) => `${i} ${i}\nhost-${i}\n`));
  },
);

const contains = (path: string, secret: Uint8Array): boolean => {
  const latin = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);
  return latin(Deno.readFileSync(path)).includes(latin(secret));
};

Deno.test("a secret is on no command line, in no image, and in no descriptor when the program runs", async () => {
  const secret = `secret-${crypto.randomUUID()}`;
  await using child = new Command("sleep", { args: ["60"], env: { SECRET: secret } }).spawn();
  const launcher = Deno.readTextFileSync(`/proc/${child.pid}/status`).match(
    /^PPid:\s+(\d+)$/m,
  )![1]!;
  const bytes = new TextEncoder().encode(secret);
  // The kernel closes what closes on exec, which tells that it runs, before it has the environment.
  await until("it has its environment", () => contains(`/proc/${child.pid}/environ`, bytes));
  for (const pid of [launcher, `${child.pid}`, `${Deno.pid}`]) {
    assertEquals(contains(`/proc/${pid}/cmdline`, bytes), false);
  }
  assertEquals(contains(`/proc/${launcher}/exe`, bytes), false);
  assertEquals(contains(`/proc/${launcher}/environ`, bytes), false);
  for (const pid of [launcher, `${child.pid}`, "self"]) {
    for (const { name } of Deno.readDirSync(`/proc/${pid}/fd`)) {
      const path = `/proc/${pid}/fd/${name}`;
      let file = "";
      try {
        file = Deno.readLinkSync(path);
      } catch {
        // The descriptor by which the folder is read.
      }
      if (file.startsWith("/memfd:")) assertEquals(contains(path, bytes), false, path);
    }
  }
});

const LONG = `/${"x".repeat(5000)}`;

Deno.test(
  "errors name the values of their launch, however long, and the step has them",
  requires({ userNamespaces: true }),
  () => {
    const error = (program: string, options: CommandOptions): LaunchError =>
      assertThrows(() => new Command(program, options).spawn(), LaunchError);
    for (const wd of ["/no/such/one", "/no/such/two", LONG, "/no/ü\x1b"]) {
      const { message, step, path, code } = error("true", { wd });
      assertEquals([path, code], [wd, wd === LONG ? "ENAMETOOLONG" : "ENOENT"]);
      if (wd === LONG) assertStringIncludes(message, `cannot change directory to ${LONG}: `);
      else assertEquals(step.startsWith('chdir("/no/'), true, step);
    }
    for (const cwd of ["/no/such/one", LONG]) assertEquals(error("true", { cwd }).path, cwd);
    for (const root of ["/no/such/one", LONG]) {
      const { message, path } = error("true", { root, mapRootUser: true });
      assertEquals(path, root);
      assertStringIncludes(message, `cannot change root directory to '${root}'`);
    }
    const { why } = error("/bin/true", { root: "/proc", mapRootUser: true });
    assertEquals(why, "/bin/true is not in the new root, /proc");
    const { step } = error("/no/such/program", { args: ["a", "ü"], env: { A: "1" } });
    assertEquals(step, 'execve("/no/such/program")');
    // 32 pages of 64 KiB: no processor has larger ones.
    const tooLong = error("true", { args: ["x".repeat(2048 * 1024)] });
    assertEquals([tooLong.code, tooLong.exitStatus], ["E2BIG", 126]);
  },
);

Deno.test("what a remedy calls the PATH depends on whose it is", () => {
  const folder = Deno.makeTempDirSync({ prefix: "nido-path-" });
  const before = Deno.env.get("PATH")!;
  try {
    Deno.writeTextFileSync(`${folder}/nido-x`, "#!/no/such/interpreter\n", { mode: 0o755 });
    const said = (env: Record<string, string>) => {
      const { why, remedy } = assertThrows(
        () => new Command("nido-x", { env }).spawn(),
        LaunchError,
      );
      return [why, remedy];
    };
    const [, other] = said({ A: "1", PATH: folder });
    assertEquals(other, "look which, and install it: head -n 1 nido-x");
    Deno.env.set("PATH", `/bin:${folder}`);
    for (const env of [{ A: "1" }, {}]) {
      assertEquals(said(env as Record<string, string>), [
        "nido-x, in folder 2 of PATH, exists, but the interpreter that its first line names does not",
        'look which, and install it: head -n 1 "$(echo "$PATH" | cut -d: -f2)"/nido-x',
      ]);
    }
  } finally {
    Deno.env.set("PATH", before);
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("values that cannot be are refused before anything is started, for each launch", () => {
  const start = (options: CommandOptions) => new Command("true", options).spawn();
  for (
    const [options, path] of [
      [{ args: ["a", "b\0"] }, "argv[2]"],
      [{ env: { A: "\0" } }, "env.A"],
      [{ env: { "A=": "" } }, "env.A="],
      [{ cwd: "/\0" }, "cwd"],
      [{ wd: "\0" }, "wd"],
      [{ hostname: "x".repeat(65), mapRootUser: true }, "hostname"],
    ] as [CommandOptions, string][]
  ) {
    const { problems } = assertThrows(() => start(options), SpecError);
    assertEquals(problems.map((one) => one.path), [path]);
  }
});
