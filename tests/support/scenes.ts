/** Command lines that are explained, and run under strace(1): both must tell the same. */
import { assertEquals } from "@std/assert";
import type { PrintedStep } from "../../engine/print.ts";
import { type Needs, requires } from "../requires.ts";
import { AS_USER, nido, type Outcome, quote, run } from "./nido.ts";
import { Comparison } from "./strace.ts";
import { fileCalls, readTraces, type SeenCall } from "./traces.ts";
import { startTarget, type Target } from "./target.ts";

/** A command line to compare. */
export interface Scene {
  /** What it is about. */
  readonly about: string;
  /** unshare if absent. */
  readonly command?: "nsenter";
  readonly words: readonly string[] | ((target: Target) => readonly string[]);
  /** How unshare(1) makes a target that is there meanwhile; the scene's user makes it. */
  readonly target?: string;
  /** Who runs it: "anyone" is root where the tests are root's. */
  readonly as: "anyone" | "user" | "root";
  readonly needs?: Needs;
  /** The processes of the plan, so that a plan without some is found. */
  readonly processes: readonly string[];
  /** How the program ends: 0 if absent. */
  readonly ends?: number | Deno.Signal;
  /** Run before and after, in the folder of the scene. */
  readonly setup?: string;
  readonly cleanup?: string;
}

/** Both are started by a shell with fewer descriptors than Deno gives itself. */
const inShell = (line: string): string[] => ["sh", "-c", `ulimit -Sn 300; ${line}; exit $?`];

const ENV = { PATH: "/no/such:/usr/sbin:/usr/bin:/bin" };

/** What explain says, what the launch gave, and what strace saw of it. */
export interface Take {
  readonly steps: PrintedStep[];
  readonly outcome: Outcome;
  readonly traces: Map<number, SeenCall[]>;
}

/**
 * Whether everything is known before: a dry run takes the program for one that ends with 0. Where it does
 * not, and somebody waits for it, all steps are compared, of which those are left out that say when they are made.
 */
const isExact = ({ ends, processes }: Scene): boolean =>
  ends === undefined || !processes.includes("waiter");

export async function take(scene: Scene): Promise<Take> {
  const folder = Deno.makeTempDirSync({ prefix: "nido-explain-" });
  const traces = `${folder}/traces`;
  const place = `${folder}/place`;
  const as = scene.as === "user" ? AS_USER : [];
  const options = { env: ENV, cwd: place };
  try {
    Deno.chmodSync(folder, 0o755);
    for (const made of [traces, place]) Deno.mkdirSync(made);
    await run(["sh", "-ec", scene.setup ?? ":"], options);
    await using target = scene.target === undefined ? undefined : await startTarget(scene.target, {
      env: ENV,
      ...(scene.as === "user" ? { as: "user" } : {}),
    });
    const words = typeof scene.words === "function" ? scene.words(target!) : scene.words;
    const line = quote([scene.command ?? "unshare", ...words]);
    const all = isExact(scene) ? "" : "--all";
    const strace = ["strace", "-ff", "-v", "-s", "4096", "-o", `${traces}/of`];
    const [explained, outcome] = await Promise.all([
      run([...as, ...inShell(`${nido} explain --json ${all} ${line}`)], options),
      run([...strace, ...as, ...inShell(`${nido} ${line}`)], options),
    ]);
    assertEquals(explained.stderr, "");
    return { steps: JSON.parse(explained.stdout), outcome, traces: readTraces(traces) };
  } finally {
    await run(["sh", "-c", scene.cleanup ?? ":"], options);
    Deno.removeSync(folder, { recursive: true });
  }
}

/** The same of a frozen file: what --list says, and what strace saw. */
async function takeFrozen(scene: Scene): Promise<Take> {
  const folder = Deno.makeTempDirSync({ prefix: "nido-list-" });
  const [traces, file] = [`${folder}/traces`, `${folder}/frozen`];
  const as = scene.as === "user" ? AS_USER : [];
  const options = { env: ENV, cwd: folder };
  try {
    Deno.chmodSync(folder, 0o755);
    Deno.mkdirSync(traces);
    await using target = scene.target === undefined ? undefined : await startTarget(scene.target, {
      env: ENV,
      ...(scene.as === "user" ? { as: "user" } : {}),
    });
    const words = typeof scene.words === "function" ? scene.words(target!) : scene.words;
    const line = quote([scene.command ?? "unshare", ...words]);
    const frozen = await run(["sh", "-c", `${nido} freeze -o ${file} ${line}`], options);
    assertEquals(frozen.stderr, "");
    const strace = ["strace", "-ff", "-v", "-s", "4096", "-o", `${traces}/of`];
    const [listed, outcome] = await Promise.all([
      run([...as, "sh", "-c", `${nido} freeze --json --list ${file}; exit $?`], options),
      run([...strace, ...as, "sh", "-c", `${file}; exit $?`], options),
    ]);
    assertEquals(listed.stderr, "");
    return { steps: JSON.parse(listed.stdout), outcome, traces: readTraces(traces) };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Registers the tests of these scenes for frozen files. */
export function testFrozenScenes(scenes: readonly Scene[]): void {
  for (const scene of scenes) {
    const needs = { ...scene.needs, ...(scene.as === "root" ? { root: true } : {}) };
    const options = requires({ userNamespaces: true, programs: ["strace"], ...needs });
    Deno.test(`freeze --list prints what strace sees: ${scene.about}`, options, async () => {
      const { steps, outcome, traces } = await takeFrozen(scene);
      assertEquals(outcome.code, 0, outcome.stderr);
      const comparison = new Comparison(steps, traces, true, fileCalls);
      assertEquals(comparison.difference(), undefined);
      assertEquals(
        [...new Set(steps.map(({ process }) => process))].sort(),
        [...scene.processes].sort(),
      );
    });
  }
}

/** Registers the tests of these scenes. */
export function testScenes(scenes: readonly Scene[]): void {
  for (const scene of scenes) {
    const needs = { ...scene.needs, ...(scene.as === "root" ? { root: true } : {}) };
    const options = requires({ userNamespaces: true, programs: ["strace"], ...needs });
    Deno.test(`explain prints what strace sees: ${scene.about}`, options, async () => {
      const { steps, outcome, traces } = await take(scene);
      const ends = scene.ends ?? 0;
      const status = typeof ends === "number"
        ? ends
        : { SIGKILL: 137, SIGTERM: 143 }[ends as string];
      assertEquals(outcome.code, status, outcome.stderr);
      const comparison = new Comparison(steps, traces, isExact(scene));
      assertEquals(comparison.difference(), undefined);
      assertEquals(
        [...new Set(steps.map(({ process }) => process))].sort(),
        [...scene.processes].sort(),
      );
    });
  }
}
