/**
 * How whole-program tests start nido: the compiled binary that `NIDO_BIN` names, or nido from
 * source. The same tests are run on both.
 */

import { hasFront } from "../../launch/run/front.ts";
import { exists, lacksOf, type Needs } from "../requires.ts";
import { type Lack, type Skip, skipFor } from "./skip.ts";

/** Nothing that a test starts runs longer. */
const TIMEOUT_MS = 120_000;

/** The ordinary user that root's tests become. */
export const USER_ID = 1000;

/** Whether the tests run on a compiled binary. */
export const isBinary: boolean = Deno.env.get("NIDO_BIN") !== undefined;

const REPOSITORY = decodeURI(new URL("../..", import.meta.url).pathname);

/** The words that start nido; a command and its arguments follow them. */
export const NIDO: readonly string[] = isBinary
  ? [Deno.realPathSync(Deno.env.get("NIDO_BIN")!)]
  : [Deno.execPath(), "run", "-A", "--no-check", "--quiet", `${REPOSITORY}cli.ts`];

/** Whether `nido unshare` launches without Deno. */
export const isFronted: boolean = isBinary && Deno.env.get("NIDO_FRONT") !== "0" &&
  hasFront(NIDO[0]);

/** {@linkcode NIDO} for scripts: shells start it as they start any program. */
export const nido: string = quote(NIDO);

/** Words in front of a command that make root's tests an ordinary user's. */
export const AS_USER: readonly string[] = Deno.uid() === 0
  ? ["setpriv", `--reuid=${USER_ID}`, `--regid=${USER_ID}`, "--clear-groups"]
  : [];

/**
 * Options for a test that runs newuidmap as {@linkcode AS_USER}. Skips and fails as requires() does.
 */
export function requiresRanges(needs: Needs = {}): Skip {
  const isRoot = Deno.uid() === 0;
  const lacks = [
    ...lacksOf({ ...needs, userNamespaces: true, subids: !isRoot, programs: ["newuidmap"] }),
  ];
  return skipFor(isRoot && !ownsRanges() ? [...lacks, RANGES] : lacks);
}

const RANGES: Lack = {
  what: `a user with uid ${USER_ID} and ranges in /etc/subuid and /etc/subgid`,
  forGood: false,
};

/** The name of the ordinary user, if it has one. */
export function userName(): string | undefined {
  const passwd = Deno.readTextFileSync("/etc/passwd").split("\n").map((line) => line.split(":"));
  return passwd.find((fields) => fields[2] === String(Deno.uid() || USER_ID))?.[0];
}

function ownsRanges(): boolean {
  const user = userName();
  return ["/etc/subuid", "/etc/subgid"].every((path) =>
    exists(path) &&
    Deno.readTextFileSync(path).split("\n").some((line) => line.startsWith(`${user}:`))
  );
}

/** What came out of a program. */
export interface Outcome {
  readonly code: number;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as it was written. */
  readonly bytes: Uint8Array;
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  /** What comes in, and then no end before the program's own, as where somebody types. */
  readonly typed?: string;
  /** Added to the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A program that is running, in a session of its own. */
export interface Running {
  readonly child: Deno.ChildProcess;
  /** Sends a signal to the program's whole process group, as a terminal does. */
  signalGroup(signal: Deno.Signal): void;
  /** Reads stdout until `text` has come. */
  until(text: string | RegExp): Promise<void>;
  /** Waits for its end, and for that of all that hold its stdout and stderr. */
  outcome(): Promise<Outcome>;
}

/** A folder for what programs write as ordinary user: their HOME. */
let home: string | undefined;

function homeOfUser(): string {
  if (home !== undefined) return home;
  const made = home = Deno.makeTempDirSync({ prefix: "nido-home-" });
  Deno.chmodSync(made, 0o777);
  globalThis.addEventListener("unload", () => Deno.removeSync(made, { recursive: true }));
  return made;
}

/** The environment in which a command runs. A user whom root has become cannot write root's HOME. */
function environmentOf(command: readonly string[]): Record<string, string> {
  return Deno.uid() === 0 && command.some((word) => word.includes("setpriv"))
    ? { HOME: homeOfUser(), DENO_DIR: Deno.env.get("DENO_DIR") ?? `${homeOfUser()}/deno` }
    : {};
}

/** Starts a command. It is a session leader: its PID is also its process group. */
export function start(command: readonly string[], options: RunOptions = {}): Running {
  const input = options.stdin ?? options.typed;
  const child = new Deno.Command("setsid", {
    args: [...command],
    env: { LC_ALL: "C", ...environmentOf(command), ...options.env },
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  }).spawn();
  const signalGroup = (signal: Deno.Signal): void => {
    try {
      Deno.kill(-child.pid, signal);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  };
  const timer = setTimeout(() => signalGroup("SIGKILL"), TIMEOUT_MS);
  const isOver = options.typed === undefined ? undefined : child.status;
  const fed = input === undefined ? undefined : feed(child.stdin, input, isOver);
  const stdout = new Collector(child.stdout);
  const stderr = new Collector(child.stderr);
  return {
    child,
    signalGroup,
    until: (text) => stdout.until(text),
    async outcome() {
      const [{ code, signal }] = await Promise.all([child.status, stdout.end, stderr.end, fed]);
      clearTimeout(timer);
      return { code, signal, stdout: stdout.text, stderr: stderr.text, bytes: stdout.bytes };
    },
  };
}

/** Runs a command to its end. */
export function run(command: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return start(command, options).outcome();
}

/** Runs a script by sh; `"$@"` are the arguments. */
export function shell(
  script: string,
  args: readonly string[] = [],
  options: RunOptions & { readonly as?: "user"; readonly with?: "bash" } = {},
): Promise<Outcome> {
  const user = options.as === "user" ? AS_USER : [];
  return run([...user, options.with ?? "sh", "-c", script, "sh", ...args], options);
}

/** A command line for sh. */
export function quote(words: readonly string[]): string {
  return words.map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
  ).join(" ");
}

async function feed(
  stdin: WritableStream<Uint8Array>,
  input: string | Uint8Array,
  isOver: Promise<unknown> | undefined,
): Promise<void> {
  const writer = stdin.getWriter();
  const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
  // A program that does not read all of its input closes it early.
  await writer.write(bytes).catch(() => {});
  await isOver;
  await writer.close().catch(() => {});
}

/** Collects what a program writes. */
class Collector {
  readonly end: Promise<void>;
  #parts: Uint8Array[] = [];
  #ended = false;
  #news = Promise.withResolvers<void>();

  constructor(stream: ReadableStream<Uint8Array>) {
    this.end = this.#collect(stream);
  }

  async #collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const part of stream) {
      this.#parts.push(part);
      this.#tell();
    }
    this.#ended = true;
    this.#tell();
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  async until(text: string | RegExp): Promise<void> {
    const has = (): boolean =>
      typeof text === "string" ? this.text.includes(text) : text.test(this.text);
    while (!has()) {
      if (this.#ended) throw new Error(`The program ended before it wrote "${text}": ${this.text}`);
      await this.#news.promise;
    }
  }

  get bytes(): Uint8Array {
    const all = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }
}
