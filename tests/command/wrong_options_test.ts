/** Options that no compiler has looked at. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Command, type CommandOptions, compile, planText, SpecError } from "../../mod.ts";
import { requires } from "../requires.ts";
import { textOf } from "./helpers.ts";

const command = (options: unknown): Command => new Command("true", options as CommandOptions);

for (
  const [options, ...messages] of [
    [{ namespace: ["pid"] }, "unknown option: 'namespace'; did you mean 'namespaces'?"],
    [{ mountproc: true }, "unknown option: 'mountproc'; did you mean 'mountProc'?"],
    [{ maproot: true }, "unknown option: 'maproot'; did you mean 'mapRootUser'?"],
    [
      { toString: 1, argv: ["x"] },
      "unknown option: 'toString'",
      "unknown option: 'argv'; did you mean 'args'?",
    ],
    [{ namespaces: ["mount", "network"] }, [
      "unknown namespace type: 'mount'; did you mean 'mnt'?; " +
      "unknown namespace type: 'network'; did you mean 'net'?",
    ]],
    [{ namespaces: "pid" }, "namespaces: not a list: 'pid'"],
    [{ args: [1] }, "args[0]: not a string or a Uint8Array: 1"],
    [{ args: "a b" }, "args: not a list: 'a b'"],
    [{ env: { A: 1, B: undefined } }, "env.A: not a string: 1", "env.B: not a string: undefined"],
    [{ env: new Map() }, "env: not an object: a Map"],
    [{ mapUsers: [{ inside: 0, outer: 1, count: 1 }] }, [
      "unknown option: 'mapUsers[0].inside'; mapUsers[0].inner: missing",
    ]],
    [
      { mapUsers: ["auo"] },
      "mapUsers[0]: not one of 'auto', 'subids', 'all': 'auo'; " +
      "did you mean 'auto'?",
    ],
    [{ join: { targt: 1 } }, "unknown option: 'join.targt'; did you mean 'target'?"],
    [{ join: { target: "1" } }, "join.target: not a number: '1'"],
    [{ mapRootUser: "yes" }, "mapRootUser: not true or false: 'yes'"],
    [{ mountProc: 1 }, "mountProc: not true, false, a string or a Uint8Array: 1"],
    [{ boottime: 1.5 }, "boottime: not a whole number: 1.5"],
    [{ boottime: "5" }, "boottime: not a whole number: '5'"],
    [{ hostname: null }, "hostname: not a string or a Uint8Array: null"],
    [{ setuid: "root" }, "setuid: not a user or group id, or 'follow': 'root'"],
    [{ mapUser: "root" }, "mapUser: not a user or group id, 'current', or { name }: 'root'"],
    [{ mapUser: { name: 5 } }, "mapUser.name: not a string: 5"],
    [{ mapGroup: { nam: "adm" } }, [
      "unknown option: 'mapGroup.nam'; did you mean 'name'?; mapGroup.name: missing",
    ]],
    [{ uid: "0" }, "uid: not a number: '0'"],
    [
      { propagation: "rshared" },
      "propagation: 'rshared' is none of 'private', 'shared', 'slave', " +
      "'unchanged'; did you mean 'shared'?",
    ],
    [
      { stdout: "pipe" },
      "stdout: not one of 'piped', 'inherit', 'null': 'pipe'; " +
      "did you mean 'piped'?",
    ],
    [{ signal: {} }, "signal: not an AbortSignal: a Object"],
    [{ killChild: true }, "killChild: not the name or number of a signal: true"],
    [{ cwd: 5 }, "cwd: not a string or a URL: 5"],
    [[], "options: not an object: a Array"],
  ] as const
) {
  Deno.test(`Command refuses ${Deno.inspect(options, { breakLength: Infinity })}`, () => {
    for (const method of ["output", "outputSync", "spawn", "plan", "freeze"] as const) {
      const error = assertThrows(() => void command(options)[method](), SpecError);
      assertEquals(error.message, messages.flat().join("; "));
    }
  });
}

Deno.test("a program that is neither a string nor a URL is refused", () => {
  const wrong = new Command(5 as unknown as string);
  assertThrows(() => wrong.spawn(), SpecError, "program: not a string or a URL: 5");
});

Deno.test("compile() refuses what is unknown, too", () => {
  const spec = { name: "x", argv: ["x"], namespaces: ["pid"], mapRootUser: true } as const;
  assertThrows(() => compile(spec), SpecError, "unknown option: 'mapRootUser'");
});

Deno.test("seconds and ids of 64 bits are taken as numbers and as bigints", () => {
  const textWith = (boottime: bigint | number) =>
    planText(
      new Command("true", { namespaces: ["time"], mapRootUser: true, boottime, monotonic: -1 })
        .plan(),
    );
  assertStringIncludes(textWith(5), "CLOCK_BOOTTIME is 5 seconds ahead");
  assertEquals(textWith(5n), textWith(5));
});

Deno.test("options are read once, when the command is made, and are what they were then", () => {
  let reads = 0;
  const args = ["-c", "echo $A"];
  const env = { A: "first" };
  const options = {
    args,
    get env() {
      reads++;
      return env;
    },
  };
  const made = new Command("sh", options);
  args[1] = "echo changed";
  env.A = "second";
  for (let i = 0; i < 2; i++) assertEquals(textOf(made.outputSync().stdout), "first\n");
  assertEquals(reads, 1);
});

Deno.test(
  "options that are inherited, or added to every object, are none",
  requires({ userNamespaces: true }),
  async () => {
    const inherited = Object.create({ mapRootUser: true, args: ["x"] });
    assertEquals(textOf((await new Command("echo", inherited).output()).stdout), "\n");
    const everywhere: Record<string, unknown> = Object.prototype as Record<string, unknown>;
    const added = { clearEnv: true, root: "/no/such", hostname: "x", mapUsers: ["all"], join: {} };
    try {
      for (const [name, value] of Object.entries(added)) {
        Object.defineProperty(everywhere, name, { value, configurable: true, writable: true });
      }
      const { stdout } = await new Command("sh", { args: ["-c", "echo $A"], env: { A: "1" } })
        .output();
      assertEquals(textOf(stdout), "1\n");
    } finally {
      for (const name of Object.keys(added)) delete everywhere[name];
    }
  },
);
