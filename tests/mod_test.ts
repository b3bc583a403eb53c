import { assert, assertEquals } from "@std/assert";
import * as nido from "../mod.ts";
import * as mount from "../ffi/abi/mount.ts";
import { NAMESPACE_FLAGS } from "../ffi/abi/namespaces.ts";
import { requires } from "./requires.ts";

const ROOT = decodeURI(new URL("..", import.meta.url).pathname);

/** What a script writes that runs with these flags and no configuration. */
async function outputOf(script: string, ...flags: readonly string[]): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-config", "--no-lock", "--no-prompt", "--quiet", ...flags, "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();
  const { stdout, stderr } = await child.output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout);
}

/** Serves the repository's sources as a web site would, and notes what is asked for. */
function serve(asked: Set<string>): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const path = new URL(request.url).pathname.slice(1);
    asked.add(path);
    if (!path.endsWith(".ts") || path.includes("..")) return new Response(null, { status: 404 });
    return new Response(await Deno.readTextFile(ROOT + path), {
      headers: { "content-type": "application/typescript" },
    });
  });
}

Deno.test(
  "imported from a URL, by a Deno that has nothing, the library needs --allow-ffi alone",
  requires({ userNamespaces: true }),
  async () => {
    const folder = await Deno.makeTempDir();
    const asked = new Set<string>();
    const server = serve(asked);
    try {
      const host = `127.0.0.1:${server.addr.port}`;
      await Deno.writeTextFile(
        `${folder}/script.ts`,
        `import * as nido from "http://${host}/mod.ts";
        const spec: nido.LaunchSpec = { name: "t", program: "sh",
          argv: ["sh", "-c", "exit $(($$ + 6))"], namespaces: ["user", "pid", "mnt"],
          mapUser: 0, mapGroup: 0, fork: true, mountProc: "/proc" };
        const plan = nido.compile(spec);
        if (!nido.planText(plan).includes("CLONE_NEWUSER")) throw new Error("No plan");
        if (nido.freeze(plan, "aarch64").length < 4096) throw new Error("No image");
        nido.gethostname();
        nido.namespaceOf("self", "mnt");
        try {
          nido.unshare(nido.CLONE_NEWUSER);
        } catch (error) {
          if (!(error instanceof nido.SyscallError && error.code === "EINVAL")) throw error;
        }
        console.log((await nido.clone(plan).status).code);`,
      );
      const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--no-config",
          "--no-lock",
          "--no-prompt",
          "--quiet",
          "--allow-ffi",
          // Not a right of the library, but of the import statement.
          `--allow-import=${host}`,
          "script.ts",
        ],
        cwd: folder,
        env: { DENO_DIR: `${folder}/cache`, HOME: folder, NO_COLOR: "1" },
      }).output();
      assertEquals(new TextDecoder().decode(stderr), "");
      assertEquals(new TextDecoder().decode(stdout), "7\n");
      assertEquals(code, 0);
    } finally {
      await server.shutdown();
      await Deno.remove(folder, { recursive: true });
    }
    assert(asked.has("mod.ts") && asked.has("launch/compile.ts"));
    const outside = [...asked].filter((path) =>
      !/^(mod\.ts$|command\/|engine\/|ffi\/|launch\/|inspect\/)/.test(path)
    );
    assertEquals(outside, []);
  },
);

Deno.test("what looks at namespaces needs --allow-ffi alone", async () => {
  const script = `import * as nido from ${JSON.stringify(`${ROOT}mod.ts`)};
    const own = nido.namespacesOf(Deno.pid);
    const { namespaces } = nido.listNamespaces({ types: ["uts"] });
    const { namespace, holders } = nido.holders(own.uts);
    const all = nido.processTree().flatMap(function list(node) {
      return [node, ...node.children.flatMap(list)];
    });
    console.log(JSON.stringify([
      own.mnt === nido.namespaceOf("self", "mnt").inode,
      namespaces.some(({ ns }) => ns === own.uts),
      namespace.type,
      holders.some(({ kind, pid }) => kind === "process" && pid === Deno.pid),
      all.find(({ pid }) => pid === Deno.pid).namespaces.uts === own.uts,
      nido.pidsOf(Deno.pid)[0] === Deno.pid,
      nido.translatePid(Deno.pid, { to: Deno.pid }) === nido.pidsOf(Deno.pid).at(-1),
      nido.idMaps(Deno.pid).uid.length > 0,
    ]));`;
  const told = JSON.parse(await outputOf(script, "--allow-ffi"));
  assertEquals(told, [true, true, "uts", true, true, true, true, true]);
});

Deno.test("making and printing a plan needs no permission", async () => {
  const script = `import { compile, planText } from ${JSON.stringify(`${ROOT}mod.ts`)};
    const caller = { euid: 1, egid: 1, user: "u", users: {}, groups: {} };
    const plan = compile({ name: "t", program: "x", argv: ["x"], namespaces: ["uts"] }, caller);
    console.log(planText(plan).includes("unshare(CLONE_NEWUTS)"));`;
  assertEquals(await outputOf(script), "true\n");
});

Deno.test("the library has all flags of namespaces and mounts, by the kernel's names", () => {
  const exported: Readonly<Record<string, unknown>> = { ...nido };
  for (const flag of Object.values(NAMESPACE_FLAGS)) {
    assert(Object.values(exported).includes(flag), flag.toString(16));
  }
  for (const [name, value] of Object.entries(mount)) {
    if (/^(MS|MNT|UMOUNT)_/.test(name)) assertEquals(exported[name], value, name);
  }
});
