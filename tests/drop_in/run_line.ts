/**
 * Runs one command line of a drop-in table and says what came out.
 *
 * The recorder runs the lines with util-linux's programs, the tests run the same lines with nido.
 * Both go through this module, so that whatever differs is the program and nothing else.
 */

import type { Bench } from "./bench.ts";

/** The programs whose command lines are compared. */
export type Tool = "unshare" | "nsenter" | "lsns" | "bwrap";

/** What a line needs that not every machine has. */
export type Need = "subids" | "binfmt" | "root setup" | "binary" | "newuidmap";

/** What came out of a line. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  /** The exit status; 128 + signal where a signal ended the program, as a shell shows it. */
  readonly code: number;
  readonly signal?: string;
}

/** One command line and the world it runs in. */
export interface Line {
  /** A sentence; with `as` it is the key of the recorded outcome. */
  readonly name: string;
  readonly as: "root" | "user";
  /** Arguments of the tool. */
  readonly argv?: readonly string[];
  /** A script for sh, in place of `argv`, where the line needs a shell around the tool. */
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /**
   * Run before by sh -e as the line's user, as root if `needs` says "root setup". Lines
   * `NAME=value` on stdout become environment of the line.
   */
  readonly setup?: string;
  /** Run after by sh, as the same user as the setup. */
  readonly cleanup?: string;
  readonly needs?: readonly Need[];
  /**
   * How stderr is compared. "exact" (the default): byte for byte. "kernel": the kernel refused
   * something, and nido says more about it than util-linux: only the prefix and the errno text
   * must be there.
   */
  readonly stderr?: "exact" | "kernel";
  /** Where nido does better on purpose: why, and what it gives instead of the recorded outcome. */
  readonly differs?: {
    readonly why: string;
    /** Only where Deno starts before the launch. */
    readonly behindDeno?: true;
    readonly stdout?: string;
    readonly code?: number;
    /** null: not ended by a signal although util-linux is. */
    readonly signal?: string | null;
    /** A text that stderr must contain; an empty one asks for an empty stderr. */
    readonly stderr?: string;
  };
}

/** The same line once as root and once as an ordinary user. */
export function both(line: Omit<Line, "as">): Line[] {
  return [{ ...line, as: "root" }, { ...line, as: "user" }];
}

/** @returns the key under which the outcome of `line` is recorded. */
export function keyOf(line: Line): string {
  return `as ${line.as}: ${line.name}`;
}

/** The ordinary user that lines marked "user" run as. */
export const USER_ID = 1000;

const LINE_TIMEOUT_MS = 20_000;
const AS_USER = ["setpriv", `--reuid=${USER_ID}`, `--regid=${USER_ID}`, "--clear-groups"];

/**
 * Runs `line`, with its setup and cleanup, in a new directory of the bench.
 *
 * @param before Words in front of the command, which execute it.
 */
export async function runLine(
  tool: Tool,
  line: Line,
  bench: Bench,
  before: readonly string[] = [],
): Promise<Outcome> {
  const becomeUser = Deno.uid() === 0 && line.as === "user";
  const dir = bench.newLineDirectory(becomeUser ? USER_ID : undefined);
  const env: Record<string, string> = { ...bench.env, HOME: dir, ...line.env };
  // env(1) runs the command so that it is found by PATH and gets its bare name as argv[0].
  const prefix = becomeUser ? AS_USER : ["env"];
  const setupPrefix = line.needs?.includes("root setup") ? ["env"] : prefix;
  if (line.setup !== undefined) {
    const made = await spawn([...setupPrefix, "sh", "-euc", line.setup], dir, env);
    if (made.code !== 0) {
      throw new Error(`Cannot set up "${keyOf(line)}": ${made.stderr.slice(0, 500)}`);
    }
    for (const word of made.stdout.split("\n")) {
      const at = word.indexOf("=");
      if (at > 0) env[word.slice(0, at)] = word.slice(at + 1);
    }
  }
  try {
    const command = line.shell === undefined
      ? [tool, ...(line.argv ?? [])]
      : ["sh", "-c", line.shell];
    const got = await spawn([...before, ...prefix, ...command], dir, env, line.stdin);
    return {
      ...got,
      stdout: got.stdout.replaceAll(dir, "DIR"),
      stderr: got.stderr.replaceAll(dir, "DIR").replace(/(?<=\/proc\/)\d+(?=\/)/g, "PID"),
    };
  } finally {
    if (line.cleanup !== undefined) {
      await spawn([...setupPrefix, "sh", "-uc", line.cleanup], dir, env);
    }
  }
}

async function spawn(
  command: readonly string[],
  cwd: string,
  env: Record<string, string>,
  stdin?: string,
): Promise<Outcome> {
  // A session of its own: so that whatever a line leaves running can be ended with it.
  const child = new Deno.Command("setsid", {
    args: [...command],
    cwd,
    env,
    clearEnv: true,
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (stdin !== undefined) {
    const writer = child.stdin.getWriter();
    // A program that does not read its input closes it early; that is no concern of the line.
    await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
    await writer.close().catch(() => {});
  }
  const timer = setTimeout(() => killSession(child.pid), LINE_TIMEOUT_MS);
  const { code, signal, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const text = new TextDecoder();
  const outcome = { stdout: text.decode(stdout), stderr: text.decode(stderr), code };
  return signal === null ? outcome : { ...outcome, signal };
}

/** Ends a line that hangs. SIGKILL, because unshare blocks SIGTERM while it waits. */
function killSession(leader: number): void {
  try {
    Deno.kill(-leader, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
