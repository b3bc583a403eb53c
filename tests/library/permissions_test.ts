/** The table of permissions in mod.ts: each function needs those that it is under, and no other. */
import { assert, assertEquals } from "@std/assert";
import { requires } from "../requires.ts";

const ROOT = decodeURI(new URL("../..", import.meta.url).pathname);

const SPEC =
  `const spec = { name: "t", program: "true", argv: ["true"], namespaces: ["user", "uts"] };
  const command = new nido.Command("true", { namespaces: ["user"] });
  const plan = nido.compile(spec);`;

/** A call of each function, by the permissions of its row. What the kernel refuses was allowed by Deno. */
const CALLS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "none": {
    compile: "nido.compile(spec)",
    freeze: `nido.freeze(plan, "aarch64")`,
    planText: "nido.planText(plan)",
    printedSteps: "nido.printedSteps(plan)",
    "Command.freeze()": "command.freeze()",
  },
  "--allow-ffi": {
    clone: "await nido.clone(plan).status",
    probe: "await nido.probe()",
    holders: "nido.holders(nido.namespacesOf(Deno.pid).uts)",
    idMaps: "nido.idMaps(Deno.pid)",
    listNamespaces: "nido.listNamespaces()",
    namespacesOf: "nido.namespacesOf(Deno.pid)",
    pidsOf: "nido.pidsOf(Deno.pid)",
    processTree: "nido.processTree()",
    translatePid: "nido.translatePid(Deno.pid, { to: Deno.pid })",
    watch: "for await (const _ of nido.watch({ signal: AbortSignal.timeout(1) }))",
    unshare: "nido.unshare(nido.CLONE_NEWUSER)",
    setns: "nido.setns(-1)",
    namespaceOf: `nido.namespaceOf("self", "mnt")`,
    mount: `nido.mount("none", "/nonexistent", "tmpfs")`,
    umount: `nido.umount("/nonexistent")`,
    pivotRoot: `nido.pivotRoot("/nonexistent", "/nonexistent")`,
    gethostname: "nido.gethostname()",
    getdomainname: "nido.getdomainname()",
    sethostname: `nido.sethostname("x".repeat(100))`,
    setdomainname: `nido.setdomainname("x".repeat(100))`,
    "Command.plan()": "command.plan()",
  },
  "--allow-ffi --allow-run": {
    "output()": "await command.output()",
    "outputSync()": "command.outputSync()",
    "spawn()": "await command.spawn().status",
  },
};

/** The names of the calls that need a permission which is not among these. */
async function refused(calls: Readonly<Record<string, string>>, flags: readonly string[]) {
  const tries = Object.entries(calls).map(([name, call]) =>
    `try { ${call}; } catch (error) {
      if (error instanceof Deno.errors.NotCapable) refused.push(${JSON.stringify(name)});
      else if (!(error instanceof nido.SyscallError)) throw error;
    }`
  );
  const script = `import * as nido from ${JSON.stringify(`${ROOT}mod.ts`)};
    const refused = []; ${SPEC} ${tries.join("\n")} console.log(JSON.stringify(refused));`;
  const path = await Deno.makeTempFile({ suffix: ".js" });
  try {
    await Deno.writeTextFile(path, script);
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-config", "--no-lock", "--no-prompt", "--quiet", ...flags, path],
      env: { NO_COLOR: "1" },
    }).output();
    assertEquals(new TextDecoder().decode(stderr), "");
    return JSON.parse(new TextDecoder().decode(stdout)) as string[];
  } finally {
    await Deno.remove(path);
  }
}

for (const [row, calls] of Object.entries(CALLS)) {
  const flags = row === "none" ? [] : row.split(" ");
  const needs = requires({ userNamespaces: true });
  Deno.test(
    `what the table says to need permissions: ${row} needs them, and no other`,
    needs,
    async () => {
      assertEquals(await refused(calls, flags), []);
      for (const flag of flags) {
        const others = flags.filter((other) => other !== flag);
        assertEquals(await refused(calls, others), Object.keys(calls), `without ${flag}`);
      }
    },
  );
}

Deno.test("the table of permissions has all functions", async () => {
  const page = await Deno.readTextFile(`${ROOT}mod.ts`);
  const rows = [...page.matchAll(/^ \* \| (none|`--allow-ffi.*?`) \| (.*) \|$/gm)];
  assertEquals(rows.map(([, flags]) => flags!.replaceAll("`", "")), Object.keys(CALLS));
  const listed = rows.flatMap(([, , names]) => [...names!.matchAll(/\{@linkcode (\w+)\}/g)]);
  const primitives = Object.keys(await import("../../ffi/primitives/mod.ts"));
  const names = new Set([...listed.map(([, name]) => name!), ...primitives]);
  for (const [name, value] of Object.entries(await import("../../mod.ts"))) {
    if (typeof value !== "function" || name.endsWith("Error")) continue;
    assert(names.has(name), `${name} is in the table`);
    assert(name === "Command" || Object.values(CALLS).some((calls) => name in calls), name);
  }
});
