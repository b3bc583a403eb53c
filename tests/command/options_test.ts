import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Command, type CommandOptions, planText } from "../../mod.ts";
import { pathOf, specOf } from "../../command/options.ts";
import { requires } from "../requires.ts";
import { textOf } from "./helpers.ts";

const COMMON = {
  name: "nido",
  program: "x",
  argv: ["x"],
  namespaces: [],
  fork: true,
  killChild: 9,
};

for (
  const [options, spec] of [
    [{}, {}],
    [{ args: ["a"] }, { argv: ["x", "a"] }],
    [{ mapRootUser: true }, { mapUser: 0, mapGroup: 0 }],
    [{ mapRootUser: false, mapAuto: false, mountProc: false }, {}],
    [{ mapCurrentUser: true }, { mapUser: "current", mapGroup: "current" }],
    [{ mapRootUser: true, mapUser: 5 }, { mapUser: 5, mapGroup: 0 }],
    [{ mapAuto: true }, { mapUsers: ["auto"], mapGroups: ["auto"] }],
    [{ mapAuto: true, mapUsers: ["all"] }, { mapUsers: ["all", "auto"], mapGroups: ["auto"] }],
    [{ mountProc: true }, { mountProc: "/proc" }],
    [{ mountProc: "/x" }, { mountProc: "/x" }],
    [{ mountBinfmt: true }, { mountBinfmt: "/proc/sys/fs/binfmt_misc" }],
    [{ killChild: "SIGTERM" }, { killChild: 15 }],
    [{ killChild: 12 }, { killChild: 12 }],
    [{ killChild: false }, { killChild: undefined }],
    [{ fork: false }, { fork: false, killChild: undefined }],
    [{ uid: 1, gid: 2 }, { setuid: 1, setgid: 2 }],
    [{ uid: 1, setuid: 3 }, { setuid: 3 }],
    [{ cwd: "/a" }, { cwd: "/a" }],
    [{ cwd: new URL("file:///a%20b") }, { cwd: "/a b" }],
    [{ hostname: "h", domainname: "d", env: { A: "1" }, clearEnv: true }, {
      hostname: "h",
      domainname: "d",
      env: { A: "1" },
      clearEnv: true,
    }],
    [
      { stdin: "null", stdout: "piped", stderr: "inherit", signal: new AbortController().signal },
      {},
    ],
  ] as const satisfies readonly (readonly [CommandOptions, object])[]
) {
  Deno.test(`${Deno.inspect(options, { breakLength: Infinity })} means ${Deno.inspect(spec)}`, () => {
    const expected = Object.entries({ ...COMMON, ...spec }).filter(([, value]) =>
      value !== undefined
    );
    assertEquals({ ...specOf("x", options) } as object, Object.fromEntries(expected));
  });
}

Deno.test("options of Deno.Command are options of Command", () => {
  const options: Deno.CommandOptions = { args: ["a"], env: { A: "1" }, cwd: "/" };
  assertEquals(specOf("x", options).argv, ["x", "a"]);
});

Deno.test("only file URLs are paths", () => {
  assertEquals(pathOf(new URL("file:///bin/a%2520b")), "/bin/a%20b");
  assertThrows(() => pathOf(new URL("http://h/x")), TypeError, "Must be a file URL");
});

Deno.test("plan() is what runs, and says it in words", () => {
  const text = planText(new Command("true", { hostname: "nest", mapRootUser: true }).plan());
  assertStringIncludes(text, "unshare(CLONE_NEWUTS|CLONE_NEWUSER)");
  assertStringIncludes(text, 'sethostname("nest", 4)');
  assertStringIncludes(text, "rt_sigtimedwait([CHLD RT_31]");
});

Deno.test(
  "freeze() is a file that does the same, and says failures as unshare does",
  requires({ userNamespaces: true }),
  async () => {
    const path = await Deno.makeTempFile();
    try {
      const freeze = (program: string, options: CommandOptions) =>
        Deno.writeFile(path, new Command(program, options).freeze(), { mode: 0o755 });
      const run = () => new Deno.Command(path, { env: { A: "0", B: "2" } }).output();
      await Deno.chmod(path, 0o755);
      await freeze("sh", {
        args: ["-c", "hostname; domainname; echo $$ $A $B; pwd; exit 3"],
        namespaces: ["pid"],
        mapRootUser: true,
        hostname: "nest",
        domainname: "example",
        env: { A: "1" },
        cwd: "/usr",
      });
      const { code, stdout, stderr } = await run();
      assertEquals(textOf(stdout, stderr), "nest\nexample\n1 1 2\n/usr\n");
      assertEquals(code, 3);
      await freeze("/no/such/program", { mapRootUser: true });
      const failed = await run();
      assertEquals(failed.code, 127);
      assertStringIncludes(textOf(failed.stderr), "nido: failed to execute /no/such/program");
    } finally {
      await Deno.remove(path);
    }
  },
);

Deno.test("variables are set over those that there are, and beside a filter", async () => {
  Deno.env.set("NIDO_OPTIONS_TEST", "outer");
  try {
    const value = async (options: CommandOptions): Promise<string> => {
      const script = 'echo "$NIDO_OPTIONS_TEST" "$A" "${HOME+home}"';
      const { stdout } = await new Command("/bin/sh", { ...options, args: ["-c", script] })
        .output();
      return textOf(stdout);
    };
    const home = Deno.env.has("HOME") ? "home" : "";
    assertEquals(await value({}), `outer  ${home}\n`);
    assertEquals(await value({ env: { A: "1" } }), `outer 1 ${home}\n`);
    assertEquals(await value({ env: { NIDO_OPTIONS_TEST: "inner" } }), `inner  ${home}\n`);
    assertEquals(await value({ env: { NIDO_OPTIONS: "x" } }), `outer  ${home}\n`);
    assertEquals(await value({ clearEnv: true, env: { A: "1" } }), " 1 \n");
    assertEquals(await value({ whitelistEnv: ["NIDO_OPTIONS_TEST"] }), "outer  \n");
    assertEquals(
      await value({ whitelistEnv: ["NIDO_OPTIONS_TEST"], env: { NIDO_OPTIONS_TEST: "x", A: "1" } }),
      "x 1 \n",
    );
  } finally {
    Deno.env.delete("NIDO_OPTIONS_TEST");
  }
});
