import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { problemOf } from "../../command/failures.ts";
import { copied, prepare } from "../../command/prepared.ts";
import { Command, type CommandOptions, LaunchError, SpecError } from "../../mod.ts";
import { requires } from "../requires.ts";
import { shell } from "../support/nido.ts";
import { until } from "../support/patience.ts";

interface Case {
  readonly title: string;
  readonly program?: string;
  readonly options: CommandOptions;
  readonly error: Partial<LaunchError>;
  readonly root?: boolean;
}

const CASES: readonly Case[] = [
  {
    title: "a program that is not there, behind all namespaces",
    program: "/no/such/program",
    options: { namespaces: ["pid", "uts"], mapRootUser: true, mountProc: true, hostname: "nest" },
    error: {
      syscall: "execve",
      step: 'execve("/no/such/program")',
      code: "ENOENT",
      errno: 2,
      path: "/no/such/program",
      exitStatus: 127,
    },
  },
  {
    title: "a program that is not there in the new root",
    program: "/bin/true",
    options: { mapRootUser: true, root: "/proc" },
    error: {
      code: "ENOENT",
      path: "/bin/true",
      exitStatus: 127,
      why: "/bin/true is not in the new root, /proc",
    },
  },
  {
    title: "a program that is not there in a root of its own, with the caller's ids",
    program: "/bin/true",
    options: { mapCurrentUser: true, newRoot: [{ kind: "tmpfs", destination: "/tmp" }] },
    error: { code: "ENOENT", path: "/bin/true", exitStatus: 127 },
  },
  {
    title: "a source that is not there, with the caller's ids",
    options: {
      mapCurrentUser: true,
      newRoot: [{ kind: "bind", source: "/no/such", destination: "/x" }],
    },
    error: { syscall: "open_tree", code: "ENOENT", why: "there is no such file outside" },
  },
  {
    title: "a root that is not there",
    options: { mapRootUser: true, root: "/no/such/root" },
    error: {
      syscall: "chroot",
      step: 'chroot("/no/such/root")',
      code: "ENOENT",
      path: "/no/such/root",
    },
  },
  {
    title: "a place for proc that is not there",
    options: { mapRootUser: true, mountProc: "/no/such/place" },
    error: { syscall: "mount", code: "ENOENT", path: "/no/such/place", remedy: "create it first" },
  },
  {
    title: "a place to keep a namespace that is not there",
    options: { mapRootUser: true, namespaces: ["uts"], persist: { uts: "/no/such/file" } },
    error: { syscall: "mount", code: "ENOENT", path: "/no/such/file" },
    root: true,
  },
  {
    title: "a working directory that is none",
    options: { cwd: "/etc/passwd" },
    error: { syscall: "chdir", step: 'chdir("/etc/passwd")', code: "ENOTDIR", path: "/etc/passwd" },
  },
  {
    title: "namespaces that take privilege",
    options: { namespaces: ["pid"] },
    error: {
      syscall: "unshare",
      step: "unshare(CLONE_NEWPID)",
      code: "EPERM",
      path: undefined,
      remedy: "add mapRootUser: true, or run as root",
    },
    root: false,
  },
  {
    title: "an id that is not mapped",
    options: { mapRootUser: true, setuid: 4711 },
    error: { syscall: "setuid", step: "setuid(4711)", code: "EINVAL" },
  },
];

for (const { title, program = "true", options, error, root } of CASES) {
  Deno.test(
    `a launch fails with a LaunchError for ${title}`,
    requires({ userNamespaces: true, ...(root === undefined ? {} : { root }) }),
    async () => {
      const command = new Command(program, options);
      const thrown = [
        await assertRejects(() => command.output(), LaunchError),
        assertThrows(() => command.outputSync(), LaunchError),
        assertThrows(() => command.spawn(), LaunchError),
      ];
      for (const one of thrown) {
        for (const [key, value] of Object.entries(error)) {
          assertEquals(one[key as keyof LaunchError], value, key);
        }
        assertStringIncludes(one.message, `Cannot launch ${program}: `);
        assertStringIncludes(one.message, `(${one.code})\n  step: ${one.step}`);
        if (one.path) assertStringIncludes(one.message, one.path);
        if (one.remedy) assertStringIncludes(one.message, `\n  try:  ${one.remedy}`);
      }
    },
  );
}

Deno.test("a failure that is in no plan is a LaunchError all the same", () => {
  const failure = { what: 9999, number: 2, hint: 0, values: [] };
  const told = { open: true, over: true, pid: undefined, pidInside: undefined, failure };
  const error = problemOf(prepare(copied("true", {})), told);
  assertEquals([error instanceof LaunchError, error?.code], [true, "ENOENT"]);
});

Deno.test("a program that is in PATH without its interpreter is said to be there", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "nido-exec-" });
  try {
    Deno.writeTextFileSync(`${folder}/tool`, "#!/no/such/sh\n");
    Deno.chmodSync(`${folder}/tool`, 0o755);
    const command = new Command("tool", { env: { PATH: `/no/such:${folder}` } });
    const error = await assertRejects(() => command.output(), LaunchError);
    assertEquals(
      error.why,
      "tool, in folder 2 of the PATH that it gets, exists, but the interpreter that its first line " +
        "names does not",
    );
    assertEquals(error.code, "ENOENT");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test(
  "what a launcher refuses by itself is a LaunchError, too",
  requires({ root: true, programs: ["unshare", "mount"] }),
  async () => {
    const script = `const { Command } = await import(${
      JSON.stringify(new URL("../../mod.ts", import.meta.url).href)
    });
      const join = { target: Deno.pid, namespaces: ["uts"], cgroup: true };
      const command = new Command("true", { join });
      try { console.log((await command.output()).code); }
      catch (error) { console.log(error.name, error.message); }
      try { command.spawn(); } catch (error) { console.log(error.name); }`;
    const { stdout, stderr } = await shell(
      `exec unshare -m sh -c 'mount -t tmpfs none /sys/fs/cgroup; exec "$@"' sh "$@"`,
      [Deno.execPath(), "eval", "--no-check", script],
    );
    assertEquals(
      stdout,
      "LaunchError Cannot launch true: join.cgroup is only supported in cgroup v2\n" +
        "  step: join.cgroup is only supported in cgroup v2\nLaunchError\n",
      stderr,
    );
  },
);

Deno.test("of a launcher that cannot be started the promise tells", async () => {
  const script = `const { Command } = await import(${
    JSON.stringify(new URL("../../mod.ts", import.meta.url).href)
  });
    const run = (options) => {
      const promise = new Command("true", options).output();
      return promise.then(({ code }) => code, ({ code }) => code);
    };
    const told = [await run({})];
    const { signal } = new AbortController();
    const files = [];
    try { for (;;) files.push(Deno.openSync("/dev/null")); } catch {}
    told.push(await run({}), await run({ signal }));
    files.forEach((file) => file.close());
    console.log(...told, await run({}));`;
  const { stdout, stderr } = await shell(
    'ulimit -n 100; exec "$@"',
    [Deno.execPath(), "eval", "--no-check", script],
  );
  assertEquals(stdout, "0 EMFILE EMFILE 0\n", stderr);
});

Deno.test("options that cannot be are a SpecError with all problems, before anything is started", () => {
  const command = new Command("true", {
    namespaces: ["uts"],
    hostname: "x".repeat(65),
    domainname: "a\0b",
    env: { "A=B": "", C: "\0" },
    setuid: -1,
  });
  const error = assertThrows(() => command.output(), SpecError);
  assertEquals(error.problems.map(({ path }) => path), [
    "domainname",
    "hostname",
    "env.A=B",
    "env.C",
    "setuid",
  ]);
  assertThrows(
    () => new Command("true", { fork: false, namespaces: ["pid"] }).spawn(),
    SpecError,
    "fork",
  );
  assertThrows(
    () => new Command("true", { killChild: 99 }).spawn(),
    TypeError,
    "Invalid signal: 99",
  );
});

Deno.test(
  "a failed launch is over when its error is there: no process, no stream, no descriptor",
  requires({ userNamespaces: true }),
  async () => {
    const descriptors = () => [...Deno.readDirSync("/proc/self/fd")].length;
    const options = {
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      mapRootUser: true,
    } as const;
    const before = descriptors();
    for (let i = 0; i < 10; i++) {
      assertThrows(() => new Command("/no/such/program", options).spawn(), LaunchError);
    }
    // Deno closes its side of a child some turns after the end.
    await until("it has closed them", () => descriptors() <= before, 1);
    assertEquals(descriptors(), before);
  },
);

Deno.test(
  "the message of an error is for reading",
  requires({ userNamespaces: true }),
  () => {
    const error = assertThrows(
      () => new Command("true", { mapRootUser: true, mountProc: "/no/such" }).spawn(),
      LaunchError,
    );
    assertEquals(
      error.message,
      `Cannot launch true: mount /no/such failed: No such file or directory (ENOENT)
  step: mount("proc", "/no/such", "proc", MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL)
  why:  there is no such directory to mount on
  try:  create it first`,
    );
    assertEquals(error.name, "LaunchError");
  },
);
