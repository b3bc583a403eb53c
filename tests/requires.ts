/**
 * What a test needs of the machine. A test that cannot run here says why, and is ignored:
 *
 *     Deno.test("mount() makes a mount", requires({ root: true }), () => { … });
 */
import { hasFront } from "../launch/run/front.ts";
import { NAMESPACE_TYPES, type NamespaceType } from "../ffi/abi/namespaces.ts";
import type { Arch } from "../ffi/machine/machine.ts";
import { refusalOfUserNamespaces, refusalToRoot } from "../tools/test/machine.ts";
import { type Lack, type Skip, skipFor } from "./support/skip.ts";

/** All that is named must be there. */
export interface Needs {
  /** Effective user id 0: true to need it, false to need any other. */
  readonly root?: boolean;
  /** An ordinary user, or root, may create user namespaces. */
  readonly userNamespaces?: boolean;
  /** The user running the tests has ranges in /etc/subuid and /etc/subgid, and newuidmap. */
  readonly subids?: boolean;
  /** These namespace types exist. */
  readonly namespaces?: readonly NamespaceType[];
  /** At least this kernel: "5.6". */
  readonly kernel?: string;
  /** File systems that the kernel knows, or can load: "overlay". */
  readonly filesystems?: readonly string[];
  readonly arch?: Arch;
  /** Programs in PATH, or paths of programs. */
  readonly programs?: readonly string[];
  /** A file system of this type is mounted: "cgroup2". */
  readonly mounted?: string;
  /** No proc is mounted elsewhere than on /proc: it would do for a covered one. */
  readonly oneProc?: true;
  /** The tests run on a compiled nido: true to need it, false to need nido from source. */
  readonly binary?: boolean;
  /** The tests run on a compiled nido that launches without Deno. */
  readonly front?: true;
}

/** The version of a kernel release, as one number to be compared: "6.1.0-9" is 6001. */
function version(release: string): number {
  const [major, minor] = release.split(".").map((part) => parseInt(part));
  return 1000 * (major ?? 0) + (minor ?? 0);
}

function succeeds(program: string, ...args: readonly string[]): boolean {
  try {
    return new Deno.Command(program, {
      args: [...args],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).outputSync().success;
  } catch {
    return false;
  }
}

export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function hasProgram(name: string): boolean {
  if (name.includes("/")) return exists(name);
  return (Deno.env.get("PATH") ?? "").split(":").some((folder) => exists(`${folder}/${name}`));
}

/** Programs and files that a minimal Debian has not, each with the package that brings it. */
function packages(): Map<string, string> {
  const text = Deno.readTextFileSync(new URL("packages.txt", import.meta.url));
  return new Map(
    text.split("\n").filter((line) => /^[^#]/.test(line))
      .map((line) => line.split(" ") as [string, string]),
  );
}

/** Those of these programs that a text names. */
export function packagedProgramsIn(text: string): string[] {
  const words = new Set(text.split(/[^\w-]+/));
  return [...packages().keys()].filter((name) => words.has(name));
}

/** The name of a program, and of the Debian package that brings it. */
function described(program: string): string {
  const known = packages();
  const found = known.get(program) ?? known.get(program.slice(program.lastIndexOf("/") + 1));
  return found === undefined ? program : `${program} (Debian package ${found})`;
}

function hasSubids(): boolean {
  const uid = Deno.uid();
  const user = Deno.readTextFileSync("/etc/passwd").split("\n").map((line) => line.split(":"))
    .find((fields) => fields[2] === String(uid))?.[0];
  const owns = (path: string) =>
    exists(path) &&
    Deno.readTextFileSync(path).split("\n").some((line) =>
      line.startsWith(`${user}:`) || line.startsWith(`${uid}:`)
    );
  return owns("/etc/subuid") && owns("/etc/subgid") && hasProgram("newuidmap");
}

/** Once asked, the answer stays: many tests ask the same. */
const answers = new Map<string, unknown>();

function once<T>(question: string, ask: () => T): T {
  if (!answers.has(question)) answers.set(question, ask());
  return answers.get(question) as T;
}

/** What of these is missing. */
export function* lacksOf(needs: Needs): Generator<Lack> {
  const isRoot = Deno.uid() === 0;
  if (needs.root === true && !isRoot) yield { what: "root", forGood: true };
  if (needs.root === true && isRoot) {
    const refusal = once("root", refusalToRoot);
    if (refusal) yield refusal;
  }
  if (needs.root === false && isRoot) yield { what: "an ordinary user", forGood: true };
  if (needs.arch !== undefined && needs.arch !== Deno.build.arch) {
    yield { what: `processor ${needs.arch}`, forGood: true };
  }
  if (needs.kernel !== undefined && version(Deno.osRelease()) < version(needs.kernel)) {
    yield { what: `Linux ${needs.kernel}, this is ${Deno.osRelease()}`, forGood: true };
  }
  for (const type of needs.namespaces ?? []) {
    if (!NAMESPACE_TYPES.includes(type)) throw new TypeError(`No namespace type "${type}"`);
    if (!exists(`/proc/self/ns/${type}`)) yield { what: `${type} namespaces`, forGood: true };
  }
  for (const type of needs.filesystems ?? []) {
    const known = once(
      `filesystem ${type}`,
      () =>
        Deno.readTextFileSync("/proc/filesystems").split(/\s+/).includes(type) ||
        succeeds("modprobe", "--dry-run", type),
    );
    if (!known) yield { what: `file system ${type}`, forGood: true };
  }
  if (needs.userNamespaces) {
    const refusal = once("user namespaces", refusalOfUserNamespaces);
    if (refusal) yield refusal;
  }
  if (needs.subids && !once("subids", hasSubids)) {
    yield { what: "ranges in /etc/subuid and /etc/subgid, and newuidmap", forGood: false };
  }
  const mounted = needs.mounted;
  if (mounted !== undefined) {
    const mounts = Deno.readTextFileSync("/proc/self/mountinfo");
    if (!mounts.includes(` - ${mounted} `)) yield { what: `a mounted ${mounted}`, forGood: true };
  }
  if (needs.oneProc) {
    const mounts = Deno.readTextFileSync("/proc/self/mountinfo").match(/^.* - proc .*$/gm) ?? [];
    const elsewhere = mounts.map((line) => line.split(" ")[4]!).find((path) =>
      !/^\/proc(\/|$)/.test(path)
    );
    if (elsewhere) yield { what: `no other proc than /proc, as on ${elsewhere}`, forGood: true };
  }
  if (needs.binary !== undefined && needs.binary !== (Deno.env.get("NIDO_BIN") !== undefined)) {
    yield { what: needs.binary ? "a compiled nido (NIDO_BIN)" : "nido from source", forGood: true };
  }
  if (needs.front && !once("front", () => hasFront(Deno.env.get("NIDO_BIN") ?? ""))) {
    yield { what: "a compiled nido with a front (NIDO_BIN)", forGood: true };
  }
  for (const name of needs.programs ?? []) {
    if (!once(`program ${name}`, () => hasProgram(name))) {
      yield { what: described(name), forGood: false };
    }
  }
}

/**
 * Options for a test that needs these.
 *
 * @throws as {@linkcode skipFor}.
 */
export function requires(needs: Needs): Skip {
  return skipFor([...lacksOf(needs)]);
}
