// Launches like one before: what is known of that one is used again, and nothing of its values.

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Command, type CommandOptions, LaunchError, SpecError } from "../../mod.ts";
import { requires } from "../requires.ts";

const OPTIONS: CommandOptions = { namespaces: ["uts"], mapRootUser: true, hostname: "again" };
const SHOW = ["-c", 'printf "%s|" "$@" "$A" "$B" "$(hostname)"', "sh"];

async function said(options: CommandOptions): Promise<string> {
  const { stdout } = await new Command("sh", { ...OPTIONS, ...options }).output();
  return new TextDecoder().decode(stdout);
}

Deno.test(
  "a launch like one before has its own arguments and variables",
  requires({ userNamespaces: true }),
  async () => {
    const env = (A: string) => ({ A, PATH: "/usr/bin:/bin" });
    const bytes = new TextEncoder().encode("bytes");
    for (
      const [args, given, expected] of [
        [["one"], env("1"), "one|1||again|"],
        [["two", "three"], env("a longer value"), "two|three|a longer value||again|"],
        [[], env(""), "||again|"],
        [[bytes], env("4"), "bytes|4||again|"],
        [[bytes], env("4"), ".....|4||again|"],
        [["one"], { ...env("5"), B: "b" }, "one|5|b|again|"],
      ] as const
    ) {
      assertEquals(await said({ args: [...SHOW, ...args], env: given }), expected);
      // Who gave them may change them: what is known is a copy.
      if (expected.startsWith("bytes")) bytes.fill(".".charCodeAt(0));
    }
    const edits = (value: string) => ({ environment: [{ set: "A", value }, { unset: "B" }] });
    assertEquals(await said({ args: SHOW, ...edits("x") }), "x||again|");
    assertEquals(await said({ args: SHOW, ...edits("y") }), "y||again|");
  },
);

Deno.test(
  "launches that differ in one option, in turn, have each their own",
  requires({ userNamespaces: true }),
  async () => {
    const args = ["-c", "hostname; id -u"];
    for (let i = 0; i < 3; i++) {
      for (const hostname of ["one", "two"]) {
        assertEquals(await said({ args, hostname }), `${hostname}\n0\n`);
        assertEquals(await said({ args, hostname, mapUser: 5 }), `${hostname}\n5\n`);
      }
    }
  },
);

Deno.test(
  "a launch like one before searches in the PATH that it has",
  requires({ userNamespaces: true }),
  async () => {
    const run = (env: Record<string, string>) => new Command("true", { ...OPTIONS, env }).output();
    assertEquals((await run({ PATH: "/usr/bin:/bin" })).code, 0);
    await assertRejects(() => run({ PATH: "/nowhere" }), LaunchError, "true");
    assertEquals((await run({ A: "b" })).code, 0);
  },
);

Deno.test(
  "what is wrong is said of a launch like one before as it is of the first",
  requires({ userNamespaces: true }),
  async () => {
    const good = { args: ["-c", ":"], env: { A: "1" }, environment: [{ set: "B", value: "2" }] };
    for (
      const wrong of [
        { args: ["-c", "a\0b"] },
        { args: ["-c", 5] },
        { args: "-c" },
        { env: { "A=": "1" } },
        { env: { A: "1\0" } },
        { env: { A: 1 } },
        { environment: [{ set: "", value: "2" }] },
        { environment: [{ set: "B" }] },
        { environment: [{ set: "B", value: "2", more: 1 }] },
        { environment: [{ set: "B", value: "\0" }] },
        { hostname: "\0" },
        { nothing: 1 },
      ]
    ) {
      const options = { ...OPTIONS, ...good, ...wrong } as unknown as CommandOptions;
      const say = () => assertThrows(() => new Command("sh", options).output(), SpecError).message;
      const first = say();
      await new Command("sh", { ...OPTIONS, ...good }).output();
      assertEquals(say(), first);
    }
  },
);

Deno.test(
  "launches one after the other use the same descriptors, and nothing of a report that was another's",
  requires({ userNamespaces: true }),
  async () => {
    const run = (program: string, argument: string) =>
      new Command(program, { ...OPTIONS, args: ["-c", 'printf %s "$1"', "sh", argument] }).output();
    const descriptors = (): number => [...Deno.readDirSync("/proc/self/fd")].length;
    await run("sh", "first");
    const before = descriptors();
    for (const length of [3, 5000, 3, 100_000, 3]) {
      const { stdout, code } = await run("sh", "x".repeat(length));
      assertEquals([stdout.length, code], [length, 0]);
      const error = await assertRejects(() => run("/no/such/program", ""), LaunchError);
      assertEquals(error.code, "ENOENT");
    }
    assertEquals(new TextDecoder().decode((await run("sh", "last")).stdout), "last");
    assert(descriptors() <= before, "descriptors were left open");
  },
);
