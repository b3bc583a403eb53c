import { assert, assertEquals } from "@std/assert";
import { effectiveUser } from "../../launch/run/facts.ts";
import { requires } from "../requires.ts";

const ROOT = decodeURI(new URL("../..", import.meta.url).pathname);

const PROGRAM = `const { code, stdout } = await new Command("sh", {
  args: ["-c", "echo $$; hostname; set -- /proc/[0-9]*; echo $#; echo $(id -u; cat /proc/self/uid_map); exit 6"],
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

/**
 * Runs a script that gets Command from a URL, in an empty folder, with nothing but these flags. With several lists of
 * them it is run by each: what the first has fetched is there for the others.
 */
async function runFromUrl(
  script: string,
  lists: readonly (readonly string[])[],
  uid?: number,
): Promise<Run[]> {
  const folder = await Deno.makeTempDir();
  await Deno.chmod(folder, 0o777);
  const server = serve();
  try {
    const host = `127.0.0.1:${server.addr.port}`;
    const source = `import { Command } from "http://${host}/mod.ts";\n${script}`;
    await Deno.writeTextFile(`${folder}/script.ts`, source);
    const runs: Run[] = [];
    for (const flags of lists) {
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
      runs.push({ code, out: out!, err: err! });
    }
    return runs;
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs PROGRAM. Whoever asks is uid 0 inside. */
async function assertRuns(who: number, uid?: number): Promise<void> {
  const [run] = await runFromUrl(PROGRAM, [["--allow-ffi", "--allow-run"]], uid);
  const { code, out, err } = run!;
  assertEquals([code, err, JSON.parse(out)], [0, "", [6, `1\nnest\n1\n0 0 ${who} 1\n`]]);
}

Deno.test(
  "a script that has Command from a URL needs --allow-ffi and --allow-run, and nothing else",
  requires({ userNamespaces: true }),
  () => assertRuns(effectiveUser()),
);

Deno.test(
  "the same script does the same for an ordinary user",
  requires({ userNamespaces: true, root: true }),
  () => assertRuns(1000, 1000),
);

Deno.test("where a flag is missing the error says which", async () => {
  const cases = [
    [["--allow-run"], "--allow-ffi"],
    [["--allow-ffi"], "--allow-run"],
    [["--allow-ffi", "--allow-run=sh"], "--allow-run"],
    [[], "--allow-ffi"],
  ] as const;
  const script = `for (const method of ["output", "outputSync", "spawn"]) {
    try { await new Command("sh")[method](); }
    catch (error) { console.log(error instanceof Deno.errors.NotCapable, error.message); }
  }`;
  const runs = await runFromUrl(script, cases.map(([flags]) => flags));
  for (const [i, { out, err }] of runs.entries()) {
    const [flags, missing] = cases[i]!;
    assertEquals(err, "", flags.join(" "));
    const lines = out.trim().split("\n");
    assertEquals(lines.length, 3, flags.join(" "));
    for (const line of lines) {
      assert(line.startsWith(`true Command needs ${missing}: add that flag`), `${flags}: ${line}`);
    }
  }
});
