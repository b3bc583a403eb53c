import { assert, assertEquals } from "@std/assert";
import { effectiveUser } from "../../launch/run/facts.ts";
import { requires } from "../requires.ts";

const ROOT = decodeURI(new URL("../..", import.meta.url).pathname);

const PROGRAM = `const { code, stdout } = await new Command("sh", {
  args: ["-c", "echo $$; hostname; set -- /proc/[0-9]*; echo $#; exit 6"],
  namespaces: ["user", "pid", "mnt", "uts"],
  mapRootUser: true,
  mountProc: true,
  hostname: "nest",
}).output();
console.log(JSON.stringify([code, new TextDecoder().decode(stdout)]));`;

/** Serves the repository's sources as a web site would. */
function serve(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const path = new URL(request.url).pathname.slice(1);
    if (!path.endsWith(".ts") || path.includes("..")) return new Response(null, { status: 404 });
    return new Response(await Deno.readTextFile(ROOT + path), {
      headers: { "content-type": "application/typescript" },
    });
  });
}

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a script that gets Command from a URL, in an empty folder, with nothing but these flags. */
async function runFromUrl(script: string, flags: readonly string[], uid?: number): Promise<Run> {
  const folder = await Deno.makeTempDir();
  await Deno.chmod(folder, 0o777);
  const server = serve();
  try {
    const host = `127.0.0.1:${server.addr.port}`;
    const source = `import { Command } from "http://${host}/mod.ts";\n${script}`;
    await Deno.writeTextFile(`${folder}/script.ts`, source);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--quiet", `--allow-import=${host}`, ...flags, "script.ts"],
      cwd: folder,
      clearEnv: true,
      env: {
        DENO_DIR: `${folder}/cache`,
        HOME: folder,
        NO_COLOR: "1",
        PATH: Deno.env.get("PATH") ?? "",
      },
      ...(uid === undefined ? {} : { uid, gid: uid }),
    }).output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { code, out: out!, err: err! };
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test(
  "a script that has Command from a URL needs --allow-ffi and --allow-run, and nothing else",
  requires({ userNamespaces: true }),
  async () => {
    const { code, out, err } = await runFromUrl(PROGRAM, ["--allow-ffi", "--allow-run"]);
    assertEquals([code, err, JSON.parse(out)], [0, "", [6, "1\nnest\n1\n"]]);
  },
);

Deno.test(
  "the same script does the same for an ordinary user",
  requires({ userNamespaces: true, root: true }),
  async () => {
    const { code, out, err } = await runFromUrl(PROGRAM, ["--allow-ffi", "--allow-run"], 1000);
    assertEquals([code, err, JSON.parse(out)], [0, "", [6, "1\nnest\n1\n"]]);
  },
);

for (
  const [flags, missing] of [
    [["--allow-run"], "--allow-ffi"],
    [["--allow-ffi"], "--allow-run"],
    [["--allow-ffi", "--allow-run=sh"], "--allow-run"],
    [[], "--allow-ffi"],
  ] as const
) {
  Deno.test(`with ${flags.join(" ") || "no flags"} the error says that ${missing} is missing`, async () => {
    const script = `for (const method of ["output", "outputSync", "spawn"]) {
      try { await new Command("sh")[method](); }
      catch (error) { console.log(error instanceof Deno.errors.NotCapable, error.message); }
    }`;
    const { out, err } = await runFromUrl(script, flags);
    assertEquals(err, "");
    const lines = out.trim().split("\n");
    assertEquals(lines.length, 3);
    for (const line of lines) {
      assert(line.startsWith(`true Command needs ${missing}: add that flag`), line);
    }
  });
}

Deno.test(
  "as root and as the user that runs the tests, uid 0 inside is who asked",
  requires({ userNamespaces: true }),
  async () => {
    const script = `const { stdout } = await new Command("sh",
    { args: ["-c", "id -u; cat /proc/self/uid_map"], mapRootUser: true }).output();
    console.log(new TextDecoder().decode(stdout).trim().split(/\\s+/).join(" "));`;
    const { out, err } = await runFromUrl(script, ["--allow-ffi", "--allow-run"]);
    assertEquals([out, err], [`0 0 ${effectiveUser()} 1\n`, ""]);
  },
);
