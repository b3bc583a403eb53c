/** The library's types in projects of others, whose configuration is not the repository's. */
import { assertEquals } from "@std/assert";

const ROOT = decodeURI(new URL("../..", import.meta.url).pathname);

const [, minor = 0] = Deno.version.deno.split(".").map(Number);

/**
 * What a project's compilerOptions may be. Each takes seconds: what is not the default is tried with the newest Deno
 * alone, with which readme_test.ts checks by the default, and "./dev check" as strictly as can be.
 */
const [about, compilerOptions] = minor < 9
  ? ["as they are by default", {}] as const
  : ["that are not strict", { strict: false }] as const;

const SCRIPT = `import { Command, type CommandOptions, listNamespaces } from "${ROOT}mod.ts";
const options: CommandOptions = { namespaces: ["user", "pid"], mapRootUser: true, stdin: "piped" };
const child = new Command("sh", options).spawn();
await child.stdin.close();
for await (const part of child.stdout) console.log(part.length);
console.log((await child.status).code, listNamespaces().namespaces.length);
`;

Deno.test(`the library type-checks with compilerOptions ${about}`, async () => {
  const folder = await Deno.makeTempDir({ prefix: "nido-consumer-" });
  try {
    await Deno.writeTextFile(`${folder}/script.ts`, SCRIPT);
    await Deno.writeTextFile(
      `${folder}/deno.json`,
      JSON.stringify({ compilerOptions, lock: false }),
    );
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "script.ts"],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    assertEquals(new TextDecoder().decode(stderr), "");
    assertEquals(code, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
