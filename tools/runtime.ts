/**
 * Finds a runtime for `deno compile`: the part of Deno that goes into the binary ("denort").
 *
 * Deno fetches it from its download server, which some networks do not reach. npm has no package of
 * it, but one that is a compiled program, and so begins with it.
 *
 * @module
 */

import { ensureDir, exists } from "@std/fs";
import { patchEntry } from "./entry/patch.ts";
import { fixRoot } from "./root.ts";
import { unzip } from "./unzip.ts";

/** The compiler and the runtime. */
export interface Runtime {
  /** The Deno to run `compile` with; its version is that of the runtime. */
  deno: string;
  /** The file with the runtime. */
  denort: string;
  /** Where it comes from, in words. */
  source: string;
}

/** A file of a package on npm, and the package's hash, as `npm view NAME dist.integrity` says it. */
interface Packed {
  readonly name: string;
  readonly integrity: string;
  readonly file: string;
}

/** The newest runtime that npm has. The Deno that compiles must be of the same version. */
const NPM = {
  version: "2.4.2",
  target: "x86_64-unknown-linux-gnu",
  deno: {
    name: "@deno/linux-x64-glibc@2.4.2",
    integrity:
      "sha512-LzDLyrROm2oxt2g8sjG6niYWaZas/HLBk4Ns5qEhf2bGaDr8Lcq24VTnThZLepLUKt8cTfT3NGX3MZZWKwSVmA==",
    file: "package/deno",
  },
  program: {
    name: "@vltpkg/cli-linux-x64@0.0.0-18",
    integrity:
      "sha512-eQvsTLNKsoA/sH80Nn1iEKu+Lh24kmbB97dDjhn34py23Xc6+/uI48UNG2k/TQFIcVf7Sckwnrk80L00Hx1eXA==",
    file: "package/vlt",
  },
};

/** Deno's name for this machine: its target triple. */
export const HOST = `${Deno.build.arch}-unknown-linux-gnu`;

/** Tries the known sources. @param store The folder for what npm fetches. */
export async function findRuntime(store: string, target = HOST): Promise<Runtime> {
  const denort = Deno.env.get("DENORT_BIN");
  if (denort) return { deno: Deno.execPath(), denort, source: `DENORT_BIN=${denort}` };
  if (await canDownload(target)) return await download(store, target);
  try {
    if (target !== NPM.target || HOST !== NPM.target) {
      throw new Error(`there is none for ${target}`);
    }
    return await fromNpm(store);
  } catch (cause) {
    throw new Error(
      "Cannot get a Deno runtime: dl.deno.land or github.com does not answer, DENORT_BIN is not set, " +
        `and from npm: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/**
 * The runtime to compile with is a copy, in which arguments need not be UTF-8, see entry/x86_64.s, and
 * TMPDIR does not matter, see root.ts.
 *
 * @throws {Error} where TMPDIR would: nido might run what others put there.
 */
export async function copyRuntime({ denort, source }: Runtime, copy: string): Promise<void> {
  const program = await Deno.readFile(denort);
  try {
    fixRoot(program);
  } catch (error) {
    throw new Error(
      `nido would run what others put below TMPDIR: the runtime (${source}) cannot be patched, ` +
        `${(error as Error).message}. Deno ${NPM.version} and its own can: set DENO and DENORT_BIN`,
    );
  }
  let patched: Uint8Array = program;
  try {
    patched = patchEntry(program);
  } catch (error) {
    const reason = `the runtime cannot be patched, ${(error as Error).message}`;
    console.error(`build: nido will die of arguments that are no UTF-8: ${reason}`);
  }
  await Deno.writeFile(copy, patched, { mode: 0o755 });
}

const nameOf = (target: string): string => `v${Deno.version.deno}/denort-${target}.zip`;
const urlOf = (target: string): string => `https://dl.deno.land/release/${nameOf(target)}`;

/** Where the archive's SHA-256 is: with the release, and so on another server than the archive. */
const sumUrlOf = (target: string): string =>
  `https://github.com/denoland/deno/releases/download/${nameOf(target)}.sha256sum`;

async function answers(url: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(2000);
    return (await fetch(url, { method: "HEAD", signal })).ok;
  } catch {
    return false;
  }
}

/** The archive is used only with its sum. */
async function canDownload(target: string): Promise<boolean> {
  const urls = [urlOf(target), sumUrlOf(target)];
  return (await Promise.all(urls.map(answers))).every(Boolean);
}

async function fetched(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`Cannot fetch ${url}: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

async function digest(algorithm: string, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest(algorithm, bytes));
}

/** Fetches what `deno compile` would fetch, but would not let us patch. */
async function download(store: string, target: string): Promise<Runtime> {
  const denort = `${store}/denort-${Deno.version.deno}-${target}`;
  const runtime = { deno: Deno.execPath(), denort, source: "dl.deno.land" };
  if (await exists(denort)) return runtime;
  console.error(`build: fetching the Deno ${Deno.version.deno} runtime into ${store}`);
  const [archive, sum] = await Promise.all([urlOf(target), sumUrlOf(target)].map(fetched));
  const hex = Array.from(
    await digest("SHA-256", archive!),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
  // As sha256sum(1) writes it: the sum in front of the name.
  if (!new TextDecoder().decode(sum).startsWith(`${hex} `)) {
    throw new Error(`Cannot use ${urlOf(target)}: its SHA-256 is not that of ${sumUrlOf(target)}`);
  }
  const program = await unzip(archive!, "denort");
  await ensureDir(store);
  const part = await Deno.makeTempFile({ dir: store, prefix: "denort-new-" });
  try {
    await Deno.writeFile(part, program);
    await Deno.chmod(part, 0o755);
    await Deno.rename(part, denort);
  } catch (error) {
    await Deno.remove(part);
    throw error;
  }
  return runtime;
}

async function fromNpm(store: string): Promise<Runtime> {
  const folder = `${store}/denort-${NPM.version}`;
  const found = { deno: `${folder}/deno`, denort: `${folder}/denort`, source: NPM.program.name };
  if (await exists(found.deno) && await exists(found.denort)) return found;
  console.error(`build: fetching the Deno ${NPM.version} runtime from npm into ${store}`);
  await ensureDir(store);
  const work = await Deno.makeTempDir({ dir: store, prefix: "denort-new-" });
  try {
    await unpack(work, NPM.program);
    const program = await Deno.readFile(`${work}/${NPM.program.file}`);
    const denort = program.subarray(0, elfEnd(program));
    await Deno.writeFile(`${work}/denort`, denort, { mode: 0o755 });
    await unpack(work, NPM.deno);
    await Deno.rename(`${work}/package/deno`, `${work}/deno`);
    await Deno.chmod(`${work}/deno`, 0o755);
    await Deno.remove(`${work}/package`, { recursive: true });
    await Deno.chmod(work, 0o755);
    await Deno.rename(work, folder);
  } finally {
    await Deno.remove(work, { recursive: true }).catch(() => {});
  }
  return found;
}

/**
 * Fetches a package with npm, which knows its mirrors and certificates, and unpacks one file.
 *
 * @throws {Error} if the package has another hash.
 */
export async function unpack(folder: string, { name, integrity, file }: Packed): Promise<void> {
  const options = ["--cache", `${folder}/cache`, "--pack-destination", folder];
  const args = ["pack", "--ignore-scripts", "--loglevel=error", ...options, name];
  const archive = `${folder}/${(await run("npm", ...args)).trim()}`;
  const hash = await digest("SHA-512", await Deno.readFile(archive));
  if (integrity !== `sha512-${btoa(String.fromCharCode(...hash))}`) {
    throw new Error(`Cannot use ${name}: its bytes are not those of ${integrity}`);
  }
  await run("tar", "-xzf", archive, "-C", folder, file);
  await Deno.remove(archive);
  await Deno.remove(`${folder}/cache`, { recursive: true });
}

async function run(command: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args }).output();
  if (success) return new TextDecoder().decode(stdout);
  const lines = new TextDecoder().decode(stderr).split("\n");
  const reason = lines.find((line) => / request to |404|ENO/.test(line)) ?? lines[0];
  throw new Error(`Cannot run ${command} ${args[0]}: ${reason}`);
}

/** Where an ELF file ends by its own account: behind its section headers, the last thing in it. */
function elfEnd(file: Uint8Array): number {
  const header = new DataView(file.buffer, file.byteOffset, 64);
  const e_shoff = Number(header.getBigUint64(40, true));
  const e_shentsize = header.getUint16(58, true);
  const e_shnum = header.getUint16(60, true);
  return e_shoff + e_shnum * e_shentsize;
}
