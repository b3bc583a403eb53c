/** Plans as the library gives them: opaque, and each is printed, run and frozen. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  clone,
  Command,
  compile,
  freeze,
  type LaunchSpec,
  type Plan,
  planText,
  printedSteps,
} from "../../mod.ts";
import { requires } from "../requires.ts";

const ROOT = decodeURI(new URL("../..", import.meta.url).pathname);
const ARCHS = ["x86_64", "aarch64"] as const;

const spec = (): LaunchSpec => ({
  name: "sample",
  program: "sh",
  argv: ["sh", "-c", 'exit "$(id -u)"'],
  namespaces: ["user"],
  mapUser: 7,
});

Deno.test("a plan has a name, and nothing else to be seen", () => {
  const plan = compile(spec());
  assertEquals(plan.name, "sample");
  assertEquals(JSON.stringify(plan), '{"name":"sample"}');
  // @ts-expect-error: nobody reaches inside
  assertEquals(plan.steps, undefined);
  // @ts-expect-error: of what a user makes there is no plan
  const made: Plan = { name: "sample" };
  for (const other of [made, { ...plan }, JSON.parse(JSON.stringify(plan)), Object.create(plan)]) {
    for (const use of [planText, printedSteps, clone, (one: Plan) => freeze(one, "x86_64")]) {
      assertThrows(() => use(other), TypeError, "Cannot use this as a plan");
    }
  }
});

Deno.test("the library exports no part of a plan but its printed steps", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", "--quiet", `${ROOT}mod.ts`],
  }).output();
  const text = new TextDecoder().decode(stdout);
  const names = new Set([...text.matchAll(/"name":\s*"(\w+)"/g)].map(([, name]) => name));
  assert(names.has("Plan") && names.has("PrintedStep"));
  const inside = ["CommandPlan", "Compute", "Failure", "Hint", "Operand", "Operation", "Step"];
  assertEquals(inside.filter((name) => names.has(name)), []);
});

Deno.test("freeze() of a Command's plan gives the bytes that the Command's freeze() gives", () => {
  const command = new Command("sh", { args: ["-c", "exit 3"], mapRootUser: true });
  for (const arch of ARCHS) assertEquals(freeze(command.plan(), arch), command.freeze({ arch }));
});

Deno.test("a plan is what the spec was when it was made", () => {
  const changed = spec();
  const plan = compile(changed);
  Object.assign(changed, { name: "other", argv: ["sh", "-c", "exit 1"] });
  for (const arch of ARCHS) assertEquals(freeze(plan, arch), freeze(compile(spec()), arch));
  assertEquals(plan.name, "sample");
});

Deno.test(
  "each plan runs, as a child and as a file: compile()'s, and a Command's",
  requires({ userNamespaces: true }),
  async () => {
    const { program, argv } = spec();
    const args = (argv as readonly string[]).slice(1);
    const command = new Command(String(program), { args, namespaces: ["user"], mapUser: 7 });
    const path = await Deno.makeTempFile();
    try {
      for (const plan of [compile(spec()), command.plan()]) {
        assertEquals((await clone(plan).status).code, 7);
        await Deno.writeFile(path, freeze(plan, Deno.build.arch), { mode: 0o755 });
        await Deno.chmod(path, 0o755);
        assertEquals((await new Deno.Command(path).output()).code, 7);
      }
      assertEquals((await command.output()).code, 7);
    } finally {
      await Deno.remove(path);
    }
  },
);
