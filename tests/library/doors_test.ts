/** The doors of the library: mod.ts, and those of its parts for who needs only one. */
import { assert, assertEquals } from "@std/assert";

const ROOT = decodeURI(new URL("../..", import.meta.url).pathname);

const { exports } = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`)) as {
  exports: Record<string, string>;
};
const PARTS = ["./command", "./inspect", "./primitives"] as const;

interface Graph {
  readonly roots: readonly string[];
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly { readonly code?: { readonly specifier: string } }[];
  }[];
}

/** The modules that are loaded with a door: what only types are imported of is not. */
async function modulesOf(door: string): Promise<ReadonlySet<string>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-config", ROOT + exports[door]!],
  }).output();
  const { roots, modules }: Graph = JSON.parse(new TextDecoder().decode(stdout));
  const found = new Set<string>([roots[0]!]);
  for (const specifier of found) {
    const { dependencies = [] } = modules.find((one) => one.specifier === specifier)!;
    for (const { code } of dependencies) if (code) found.add(code.specifier);
  }
  return new Set([...found].map((url) => decodeURI(new URL(url).pathname).slice(ROOT.length)));
}

Deno.test("the door of a part gives what mod.ts does, and loads less", async () => {
  const whole: Record<string, unknown> = await import(ROOT + "mod.ts");
  const all = await modulesOf(".");
  // Command has what makes and runs a plan: most of the library.
  const most = { "./command": 0.88, "./inspect": 0.25, "./primitives": 0.15 };
  for (const part of PARTS) {
    const given: Record<string, unknown> = await import(ROOT + exports[part]!);
    assert(Object.keys(given).length > 3);
    for (const [name, value] of Object.entries(given)) assertEquals(whole[name], value, name);
    const modules = await modulesOf(part);
    assertEquals([...modules].filter((path) => !all.has(path)), []);
    assert(modules.size < most[part] * all.size, `${part}: ${modules.size} of ${all.size} modules`);
  }
});

Deno.test("who wants Command alone loads no scans, no probes and no bare system calls", async () => {
  const modules = await modulesOf("./command");
  const others = [...modules].filter((path) =>
    /^(inspect\/(scan|namespaces|process_tree|holders)|launch\/probe\/|ffi\/primitives\/)/.test(
      path,
    )
  );
  assertEquals(others, []);
});

/** What becomes of a module's import where `before` has run. */
async function importing(door: string, before: string, after = ""): Promise<string> {
  const script = `${before};
    try {
      const nido = await import(${JSON.stringify(`file://${ROOT}${exports[door]}`)});
      ${after}
    } catch (error) {
      console.log(error.message);
    }`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", "--no-lock", script],
    env: { NO_COLOR: "1" },
  }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

Deno.test("a runtime that is not Deno is told so by each door", async () => {
  for (const agent of ["Node.js/26", "Bun/1.4.5"]) {
    for (const door of [".", ...PARTS]) {
      const before = `delete globalThis.Deno;
        Object.defineProperty(navigator, "userAgent", { value: "${agent}" })`;
      assertEquals(
        await importing(door, before),
        "nido needs Deno 2.4 or newer, whose FFI and subprocesses it works with: this is " +
          `${agent}\n`,
      );
    }
  }
});

Deno.test("what needs Linux says so elsewhere, and plans are made there", async () => {
  const before = `Object.defineProperty(Deno, "build", { value: { ...Deno.build, os: "darwin" } })`;
  const said = "nido needs Linux, whose kernel has namespaces: this is darwin\n";
  for (
    const use of [
      "nido.listNamespaces()",
      "nido.unshare(0)",
      "await new nido.Command('true', {}).output()",
      "new nido.Command('true', { namespaces: ['user'] }).spawn()",
      "new nido.Command('true', { namespaces: ['user'] }).plan()",
      "await nido.probe()",
    ]
  ) {
    assertEquals(await importing(".", before, use), said, use);
  }
  const spec = "{ name: 't', program: 'x', argv: ['x'], namespaces: ['uts'] }";
  const making = `const plan = nido.compile(${spec});
    console.log(nido.freeze(plan, "x86_64").length > 4096,
      nido.planText(plan).includes("CLONE_NEWUTS"),
      new nido.Command("true", { namespaces: ["user"] }).freeze().length > 4096)`;
  assertEquals(await importing(".", before, making), "true true true\n");
});
