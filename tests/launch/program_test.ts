// The program: where it is looked for, and which variables it gets, on both architectures.

import { assertEquals } from "@std/assert";
import { type Bytes, concat, decode, encode } from "../../ffi/bytes.ts";
import { compileFor } from "../../launch/compile.ts";
import { eachPath, isBare } from "../../launch/program/search.ts";
import { vector } from "../../engine/operand.ts";
import { Request } from "../../launch/request.ts";
import { Trial } from "../engine/trial.ts";
import { ARCHS, runPlan, runs } from "../machine/run_image.ts";
import { type Asked, PURE, specOf } from "./specs.ts";

// As execvp(3) of glibc looks.
const SEARCHED: readonly (readonly [string, Bytes, Bytes | undefined, readonly string[]])[] = [
  ["in every folder in turn", "ls", "/usr/bin:/bin", ["/usr/bin/ls", "/bin/ls"]],
  ["in one folder", "ls", "/bin", ["/bin/ls"]],
  ["in the default folders without PATH", "ls", undefined, ["/bin/ls", "/usr/bin/ls"]],
  ["in the working directory for an empty PATH", "ls", "", ["ls"]],
  ["in the working directory for empty entries", "ls", ":/bin::", ["ls", "/bin/ls", "ls", "ls"]],
  ["in folders twice, as they are", "ls", "/bin:/bin/", ["/bin/ls", "/bin//ls"]],
  ["in relative folders", "ls", "bin:.", ["bin/ls", "./ls"]],
  ["in no folder whose path is too long", "ls", `/${"x".repeat(4095)}:/bin`, ["/bin/ls"]],
  ["in folders and by names that are not UTF-8", Uint8Array.of(0x61, 0xff), "/\udcfe:/b", [
    "/\udcfe/a\udcff",
    "/b/a\udcff",
  ]],
];

for (const arch of ARCHS) {
  for (const [name, program, path, expected] of SEARCHED) {
    Deno.test(`${arch}: a program is searched ${name}`, runs(arch), async () => {
      const s = new Trial();
      const variables = path === undefined ? ["PATHS=/no"] : ["PATHS=/no", concat("PATH=", path)];
      const environ = s.variable("environ", vector(variables.map(encode), "variables"));
      const searched = { span: program, shown: "" };
      eachPath(s, searched, { environ, shown: "PATH" }, (found) => {
        const end = s.variable("end", found.seek(0));
        const args = [1, found, end.minus(found)];
        s.call("write", args, "tell the path", { fails: "ignored" });
        s.call("write", [1, "\n", 1], "and its end", { fails: "ignored" });
      });
      const { code, stdout, stderr } = await s.outcome(arch);
      assertEquals([code, stderr], [0, ""]);
      assertEquals(decode(stdout).split("\n").slice(0, -1), expected);
    });
  }

  /** What env(1) prints that is run with these variables. */
  const variablesOf = async (asked: Asked, env: Readonly<Record<string, string>>) => {
    const spec = specOf({ namespaces: [], program: "/usr/bin/env", argv: ["env"], ...asked });
    const { stdout } = await runPlan(compileFor(spec, {}), arch, { env });
    return decode(stdout).split("\n").slice(0, -1).filter((line) => !line.startsWith("QEMU_"));
  };

  Deno.test(
    `${arch}: a filtered environment has the variables that are kept, in the order asked for`,
    runs(arch),
    async () => {
      const env = { A: "1", AB: "2", B: "b", C: "", PATH: "/sbin" };
      assertEquals(await variablesOf({ clearEnv: true }, env), []);
      assertEquals(await variablesOf({ whitelistEnv: ["B", "A", "X", "C"] }, env), [
        "B=b",
        "A=1",
        "C=",
      ]);
      assertEquals(await variablesOf({ whitelistEnv: [] }, env), []);
      assertEquals(await variablesOf({ clearEnv: true, whitelistEnv: ["AB"] }, env), ["AB=2"]);
    },
  );

  Deno.test(
    `${arch}: variables that are set take the place of their namesakes`,
    runs(arch),
    async () => {
      const env = { A: "1", AB: "2" };
      assertEquals((await variablesOf({ env: { A: "3", C: "4" } }, env)).sort(), [
        "A=3",
        "AB=2",
        "C=4",
      ]);
      assertEquals(await variablesOf({ clearEnv: true, env: { A: "3" } }, env), ["A=3"]);
    },
  );

  Deno.test(
    `${arch}: a program is searched in the PATH that it will have`,
    runs(arch),
    async () => {
      const tries = async (asked: Asked, PATH: string) => {
        const spec = specOf({ namespaces: [], program: "true", argv: ["true"], ...asked });
        return (await runPlan(compileFor(spec, {}), arch, { env: { PATH } })).code;
      };
      assertEquals(await tries({}, "/nowhere"), 127);
      assertEquals(await tries({ clearEnv: true }, "/nowhere"), 0);
      assertEquals(await tries({ whitelistEnv: ["PATH"] }, "/nowhere"), 127);
      assertEquals(await tries({ env: { PATH: "/nowhere" } }, "/bin"), 127);
      assertEquals(await tries({ env: { PATH: "/bin" } }, "/nowhere"), 0);
    },
  );
}

Deno.test("names with a slash, and an empty one, are searched nowhere", PURE, () => {
  const names = ["ls", "./ls", "/x/ls", "ls/", ""];
  assertEquals(names.map((name) => isBare(name, new Request())), [
    true,
    false,
    false,
    false,
    false,
  ]);
});
