/**
 * Runs the tests: `./dev test [PATH...] [OPTIONS of "deno test"]`. Each file has a "deno test" and
 * a place of its own, and two more than there are processors run at once.
 *
 * @module
 */

import { atSignal } from "../at_signal.ts";
import { type Checkout, openCheckout } from "./checkout.ts";
import { parseRequest, type Request, type Unit } from "./files.ts";
import { type Refusal, refusalOfUserNamespaces, refusalToRoot } from "./machine.ts";
import { endGroups, outputOf } from "./group.ts";
import { makePlace, type Place, type Site } from "./place.ts";
import { report } from "./report.ts";
import { addFailure, readResult, type Result } from "./result.ts";
import { makeUser } from "./user.ts";

/** Tests wait more than they compute. */
const AT_ONCE = navigator.hardwareConcurrency + 2;

const ROOT = decodeURI(new URL("../..", import.meta.url).pathname).replace(/\/$/, "");

/**
 * Deno's cache folder. Without it each nido would compile the sources again, also for users without a
 * home.
 */
function cacheFolder({ root }: Checkout, folder: string): string {
  const cache = `${root}/.deno/cache`;
  try {
    Deno.mkdirSync(cache, { recursive: true });
    Deno.removeSync(Deno.makeTempFileSync({ dir: cache }));
    return cache;
  } catch {
    return `${folder}/cache`;
  }
}

/** The words of a "deno test" with the repository's configuration and import map. */
function testWords({ root, deno }: Checkout): string[] {
  const hasStandIns = import.meta.resolve("@std/assert").startsWith("file:");
  const map = hasStandIns ? [`--import-map=${root}/tools/import_map.npm.json`] : [];
  return [deno, "test", `--config=${root}/deno.json`, ...map, "--allow-all", "--no-check"];
}

/** The same binary in the checkout that the tests run from. */
function binaryIn(checkout: Checkout): Record<string, string> {
  const given = Deno.env.get("NIDO_BIN");
  if (given === undefined) return {};
  const path = Deno.realPathSync(given);
  return {
    NIDO_BIN: path.startsWith(`${ROOT}/`) ? checkout.root + path.slice(ROOT.length) : path,
  };
}

/** What all files of one run share. */
function prepare(folder: string): Site {
  const checkout = openCheckout({ root: ROOT, deno: Deno.execPath() }, `${folder}/checkout`);
  const cache = cacheFolder(checkout, folder);
  const binary = binaryIn(checkout);
  const isolated = Deno.uid() === 0 && refusalToRoot() === undefined;
  return {
    folder,
    checkout,
    kept: [checkout.root, checkout.deno, cache, ...Object.values(binary)],
    replaced: isolated ? makeUser(folder) : {},
    isolated,
    env: { DENO_DIR: cache, ...binary },
  };
}

/** Counts what a filter has left out as skipped. */
function skipExamples(result: Result, { what }: Refusal): void {
  result.reasons.push(...Array(result.filtered).fill(what));
  result.skipped += result.filtered;
}

async function runUnit(
  unit: Unit,
  options: readonly string[],
  site: Site,
  place: Place,
): Promise<Result> {
  const words = [...place.prefix, ...testWords(site.checkout), ...options, ...unit.args];
  const env = { ...site.env, TMPDIR: place.temporary };
  // Examples in documentation cannot say what they need.
  const refusal = unit.args.includes("--doc") ? refusalOfUserNamespaces() : undefined;
  if (refusal) words.push("--filter=/^$/");
  const { output, isSuccess } = await outputOf(words, site.checkout.root, env);
  const result = readResult(unit.name, output, isSuccess);
  if (refusal) skipExamples(result, refusal);
  const left = place.leftovers();
  if (left.length > 0) addFailure(result, `${unit.name} leaves ${left.join(" ")}`);
  return result;
}

/** Removes a folder. What cannot be removed is told as a failure: it must not hide another. */
function remove(folder: string, result: Result): void {
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch (error) {
    addFailure(result, `${result.name} leaves what cannot be removed`, String(error));
  }
}

/** Runs a file in a place of its own. Whatever goes wrong there is that file's failure alone. */
async function runInPlace(
  unit: Unit,
  options: readonly string[],
  site: Site,
  number: number,
): Promise<Result> {
  const place = makePlace(site, String(number));
  const start = performance.now();
  let result: Result;
  try {
    result = await runUnit(unit, options, site, place);
  } catch (error) {
    result = readResult(unit.name, error instanceof Error ? error.stack! : String(error), false);
  }
  remove(place.folder, result);
  result.seconds = (performance.now() - start) / 1000;
  return result;
}

/** The files of a run: what came of those that have ended, and those that have not. */
interface Progress {
  readonly results: Result[];
  readonly running: Set<string>;
}

/** Runs all files, some at once. */
async function runAll(
  { units, options }: Request,
  folder: string,
  { results, running }: Progress,
): Promise<void> {
  const site = prepare(folder);
  const waiting = units.entries();
  const work = async (): Promise<void> => {
    for (const [number, unit] of waiting) {
      running.add(unit.name);
      const result = await runInPlace(unit, options, site, number);
      running.delete(unit.name);
      if (result.log) console.log(result.log);
      results.push(result);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** What is known when a signal ends this process is reported, and its folder goes. */
function stop(signal: string, folder: string, { results, running }: Progress): void {
  endGroups();
  const whole = results[0]!;
  addFailure(whole, `${whole.name} was ended by ${signal} during ${[...running].join(" ")}`);
  console.log(report(results, Deno.uid() === 0));
  Deno.removeSync(folder, { recursive: true });
}

async function main(args: readonly string[]): Promise<number> {
  Deno.chdir(ROOT);
  let request: Request;
  try {
    request = parseRequest(args);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`dev test: ${error.message}`);
    return 2;
  }
  const folder = Deno.makeTempDirSync({ prefix: "nido-test-" });
  // Tests run as other users, who must be able to enter it.
  Deno.chmodSync(folder, 0o755);
  const whole = readResult("./dev test", "ok | 0 passed | 0 failed", true);
  const results = [whole];
  const progress = { results, running: new Set<string>() };
  atSignal((signal) => stop(signal, folder, progress));
  try {
    await runAll(request, folder, progress);
  } finally {
    remove(folder, whole);
  }
  console.log(report(results, Deno.uid() === 0));
  return results.some(({ failed }) => failed > 0) ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
