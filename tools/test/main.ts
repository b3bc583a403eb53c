/**
 * Runs the tests: `./dev test [PATH...] [OPTIONS of "deno test"]`. Each file has a "deno test" and
 * a place of its own, and as many run at once as there are processors.
 *
 * @module
 */

import { parseRequest, type Unit } from "./files.ts";
import { canIsolate, makePlace, type Site } from "./place.ts";
import { report } from "./report.ts";
import { addFailure, readResult, type Result } from "./result.ts";

const ROOT = decodeURI(new URL("../..", import.meta.url).pathname).replace(/\/$/, "");

/** Where Deno keeps what it made of the sources. Without it each nido would make it again. */
function cacheFolder(site: Site): string {
  const given = Deno.env.get("DENO_DIR");
  if (given !== undefined) return given;
  try {
    Deno.mkdirSync(`${ROOT}/.deno/cache`, { recursive: true });
    Deno.writeTextFileSync(`${ROOT}/.deno/cache/probe`, "");
    Deno.removeSync(`${ROOT}/.deno/cache/probe`);
    return `${ROOT}/.deno/cache`;
  } catch {
    return `${site.folder}/cache`;
  }
}

/** The words of a "deno SUBCOMMAND" with the repository's configuration and import map. */
function denoWords(subcommand: string): string[] {
  const hasStandIns = import.meta.resolve("@std/assert").startsWith("file:");
  return [
    Deno.execPath(),
    subcommand,
    `--config=${ROOT}/deno.json`,
    ...hasStandIns ? [`--import-map=${ROOT}/tools/import_map.npm.json`] : [],
  ];
}

/** Everything that a command prints; `show` gets it as it comes. */
async function outputOf(
  words: readonly string[],
  env: Record<string, string>,
  show: (bytes: Uint8Array) => void,
): Promise<{ output: string; isSuccess: boolean }> {
  // One stream for both, so that lines stay in their order.
  const child = new Deno.Command("sh", {
    args: ["-c", 'exec "$@" 2>&1', "sh", ...words],
    cwd: ROOT,
    env,
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const decoder = new TextDecoder();
  let output = "";
  for await (const bytes of child.stdout) {
    show(bytes);
    output += decoder.decode(bytes, { stream: true });
  }
  return { output, isSuccess: (await child.status).success };
}

async function runUnit(
  unit: Unit,
  options: readonly string[],
  site: Site,
  number: number,
): Promise<Result> {
  using place = makePlace(site, String(number));
  const test = [...denoWords("test"), "--allow-all", "--no-check", ...options, ...unit.args];
  const env = { DENO_DIR: cacheFolder(site), TMPDIR: place.temporary };
  const { output, isSuccess } = await outputOf([...place.prefix, ...test], env, () => {});
  const result = readResult(unit.name, output, isSuccess);
  const left = place.leftovers();
  if (left.length > 0) addFailure(result, `${unit.name} leaves ${left.join(" ")}`);
  return result;
}

async function main(args: readonly string[]): Promise<number> {
  Deno.chdir(ROOT);
  const { units, options } = parseRequest(args);
  const folder = Deno.makeTempDirSync({ prefix: "nido-test-" });
  // Others enter it too: tests become other users.
  Deno.chmodSync(folder, 0o755);
  const remove = (): void => Deno.removeSync(folder, { recursive: true });
  for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    Deno.addSignalListener(signal, () => {
      try {
        remove();
      } finally {
        Deno.exit(status);
      }
    });
  }
  const site: Site = { folder, kept: [ROOT, Deno.execPath()], isolated: canIsolate() };
  const results: Result[] = [];
  try {
    const waiting = units.entries();
    const work = async (): Promise<void> => {
      for (const [number, unit] of waiting) {
        const result = await runUnit(unit, options, site, number);
        if (result.log) console.log(result.log);
        results.push(result);
      }
    };
    await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, work));
  } finally {
    remove();
  }
  console.log(report(results));
  return results.some(({ failed }) => failed > 0) ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
