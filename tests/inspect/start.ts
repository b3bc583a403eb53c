/** Processes that tests start to look at. */

const REPOSITORY = new URL("../../", import.meta.url).pathname;

/** A process that runs until it is disposed of. */
export interface Started extends AsyncDisposable {
  readonly pid: number;
  /** What it said before "ready". */
  readonly said: string;
  /** Writes to its standard input. */
  type(text: string): Promise<void>;
  /** The only child of its first thread, or of another of its descendants. */
  childOf(pid?: number): number;
}

/** Starts a program and waits until it, or what it starts, says "ready" on a line. @throws {Error} if it ends before */
export async function start(words: readonly string[]): Promise<Started> {
  const child = new Deno.Command(words[0]!, {
    args: words.slice(1),
    cwd: "/",
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const complaints = new Response(child.stderr).text();
  const input = child.stdin.getWriter();
  const end = async (): Promise<void> => {
    // Shells that `cat` end with their standard input, whatever namespace they are in.
    await input.close().catch(() => {});
    try {
      child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
    await child.status;
    await complaints;
  };
  let said = "";
  for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
    said += piece;
    if (said.includes("ready\n")) break;
  }
  if (!said.includes("ready\n")) {
    await end();
    throw new Error(`It ended before it was ready: ${words.join(" ")}\n${await complaints}`);
  }
  const childOf = (pid: number): number =>
    Number(Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim().split(" ")[0]);
  return {
    pid: child.pid,
    said: said.replace(/ready\n[^]*/, ""),
    type: (text) => input.write(new TextEncoder().encode(text)),
    childOf: (pid = child.pid) => childOf(pid),
    [Symbol.asyncDispose]: end,
  };
}

/** What a shell does to be looked at: it ends when standard input does. */
export const WAIT = ["sh", "-c", "echo ready; read x"];

/** Says the PID of a child that ends when nobody waits for it any more: before, the shell would. */
export const ZOMBIE = [
  "sh",
  "-c",
  '(until [ "$(cat /proc/$$/comm)" = cat ]; do :; done) & echo $!; echo ready; exec cat',
];

/** In Python: ends the first thread while another lives, until standard input ends. */
export const END_FIRST_THREAD = `
def other():
    while open("/proc/self/stat").read().rsplit(")", 1)[1].split()[0] != "Z": pass
    print("ready", flush=True)
    sys.stdin.read()
    os._exit(0)
threading.Thread(target=other).start()
ctypes.CDLL(None).pthread_exit(None)
`;

/** A Python program whose first thread ends while another lives. */
export const LEADERLESS = [
  "python3",
  "-c",
  `
import ctypes, os, sys, threading
${END_FIRST_THREAD}`,
];

/** Words that run what holds namespaces in ways that no shell can. */
export const HOLD = [
  Deno.execPath(),
  "run",
  "-A",
  "--no-check",
  "--quiet",
  `${REPOSITORY}tests/inspect/hold_script.ts`,
];

/** The inode number of a namespace of a process. */
export function inode(pid: number | string, link: string): number {
  return Number(Deno.readLinkSync(`/proc/${pid}/ns/${link}`).match(/\d+/)![0]);
}
