/**
 * Transcripts in Markdown: what a page says was typed is typed, and what came out must be what the
 * page shows.
 *
 *     ```console
 *     $ nido unshare --pid --fork --mount-proc bash
 *     # echo $$
 *     1
 *     # exit
 *     ```
 *
 * A line that begins with `$ ` or `# ` is typed, `> ` goes on with it, and all else is output. All
 * is typed into one bash for each section, so that a shell that a line starts takes those that
 * follow, as in a terminal. A block of ```` ```console user ```` is an ordinary user's, and has a
 * bash of its own. A line `…` stands for any lines, ` …` at the end of one for the rest of it. Empty
 * lines do not count.
 */
import { assert } from "@std/assert";
import { packagedProgramsIn, requires } from "../requires.ts";
import { AS_USER, isBinary, NIDO, nido, start, userName } from "../support/nido.ts";
import { turnAt } from "../support/page.ts";

/** A line typed, and what came out before the next one. */
export interface Exchange {
  typed: string;
  readonly output: string[];
  /** The page's line, from 0, behind what is typed. */
  at: number;
}

/** What is typed into one bash. */
export interface Session {
  /** The section's heading. */
  readonly title: string;
  readonly user: boolean;
  readonly exchanges: Exchange[];
}

/** Sent behind each command, and so a line of the output on which the next begins. */
const MARK = "\x1e";
const END = "\x1eend";

const SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin";

/** On some machines there are processes that even root may not look into, and others end meanwhile. */
export const HIDDEN = /^[a-z ]+: \d+ (process|network namespace)(e?s)? could not be .*$/;

/** What a shell says of a job that was killed, if it is waiting for it just then. */
const OF_JOBS = /^bash: line \d+: +\d+ Killed /;

/** What the page shows in place of the folder in which it is replayed. */
const HOME = "/home/me";

/** The sessions of a page. */
export function parseTranscripts(markdown: string): Session[] {
  const sessions: Session[] = [];
  let title = "";
  let session: Session | undefined;
  let inside: "console" | "other" | undefined;
  for (const [at, line] of markdown.split("\n").entries()) {
    const fence = line.match(/^```(.*)$/);
    if (inside) {
      if (fence) inside = undefined;
      else if (inside === "console") addLine(session!, line, at);
    } else if (fence) {
      const [language, who] = fence[1]!.split(" ");
      inside = language === "console" ? "console" : "other";
      if (inside === "console" && (who === "user" || !session || session.user)) {
        session = { title, user: who === "user", exchanges: [] };
        sessions.push(session);
      }
    } else if (/^##* /.test(line)) {
      title = line.replace(/^#+ /, "");
      session = undefined;
    }
  }
  return sessions;
}

function addLine({ exchanges }: Session, line: string, at: number): void {
  const last = exchanges.at(-1);
  if (/^[$#] /.test(line)) exchanges.push({ typed: line.slice(2), output: [], at: at + 1 });
  else if (!last) throw new Error(`Output before a command: ${line}`);
  else if (line.startsWith("> ") && last.output.length === 0) {
    last.typed += `\n${line.slice(2)}`;
    last.at = at + 1;
  } else if (line.trim()) last.output.push(line);
}

const SLEEPERS = "pgrep -c -x sleep";
const AWAIT_SLEEPER = `
for ((end = SECONDS + 60; SECONDS < end;)); do
  [ "$(${SLEEPERS})" -gt "$sleepers" ] && break
done`;

/**
 * What is really typed for a command. Behind one in the background it waits, as a reader does who
 * types: until the `sleep` runs that the command must come to.
 */
function typing({ typed }: Exchange): string {
  const command = typed.endsWith("&") ? `sleepers=$(${SLEEPERS})\n${typed}${AWAIT_SLEEPER}` : typed;
  return `${command}\nprintf '${MARK}\\n'\n`;
}

/** What a session uses of what not every machine has. */
function programsOf({ exchanges }: Session): string[] {
  const text = exchanges.map(typing).join("\n");
  const programs = packagedProgramsIn(text);
  return /--map-auto|nido doctor/.test(text) ? [...programs, "newuidmap"] : programs;
}

/** Types a session's commands, and gives what came out behind each. */
export async function replay({ user, exchanges }: Session): Promise<string[][]> {
  using folder = new ProgramFolder();
  const job = start([...(user ? AS_USER : []), "bash", "--norc", "-c", "exec bash --norc 2>&1"], {
    stdin: `${exchanges.map(typing).join("")}printf '${END}\\n'\n`,
    env: { PATH: `${folder.path}:${SYSTEM_PATH}`, SHELL: "/bin/bash", LC_ALL: "C.UTF-8" },
    cwd: folder.path,
  });
  // What still runs in the background holds the output open, and ends with the page. A page may end
  // the shell itself: then there is less than it shows.
  await Promise.race([job.until(`\n${END}\n`), job.child.status]);
  job.signalGroup("SIGKILL");
  const { stdout } = await job.outcome();
  return stdout.replaceAll(folder.path, HOME).replace(OF_USER, "me").split(`${MARK}\n`).slice(0, -1)
    .map((text) =>
      text.split("\n").filter((line) => line.trim() && !HIDDEN.test(line) && !OF_JOBS.test(line))
    );
}

/** A folder for PATH in which `nido` is what is tested, and `pgrep` sees no other test's processes. */
class ProgramFolder implements Disposable {
  readonly path = Deno.makeTempDirSync({ prefix: "nido-transcript-" });

  constructor() {
    Deno.chmodSync(this.path, 0o777);
    // A shell starts the binary by its short name.
    if (isBinary) Deno.symlinkSync(NIDO[0]!, `${this.path}/nido`);
    else this.#write("nido", nido);
    // Only this session's processes: others may run the same on this machine.
    this.#write("pgrep", "/usr/bin/pgrep --session 0");
  }

  #write(name: string, command: string): void {
    const path = `${this.path}/${name}`;
    Deno.writeTextFileSync(path, `#!/bin/sh\nexec ${command} "$@"\n`);
    Deno.chmodSync(path, 0o755);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** The user whom the page calls "me". */
const OF_USER = new RegExp(`\\b${userName() ?? "me"}\\b`, "g");

/**
 * Rows of lsns(8) by their types. The kernel gives a namespace the least number that is free
 * (proc_alloc_inum()), and other tests' namespaces end meanwhile: the order of the numbers, and the
 * tree that it draws, differ from run to run.
 */
export function namespacesByType(lines: readonly string[]): string[] {
  const isRow = (line: string) => /^40\d{8} +[a-z]+ /.test(line);
  const rows = lines.filter(isRow).map((line) => line.replace(/ └─/, " "));
  const type = (row: string) => row.split(/ +/)[1]!;
  rows.sort((a, b) => type(a) < type(b) ? -1 : 1);
  return lines.map((line) => isRow(line) ? rows.shift()! : line);
}

/** Without what differs from run to run: PIDs, inodes, keys, addresses, and the widths that come from them. */
function withoutNumbers(line: string): string {
  return line.replace(/\b0x[0-9a-f]+\b|\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b/g, "N")
    .replace(/\d{2,}|[2-9]/g, "N").replace(/─+/g, "─").replace(/\s+/g, " ").trim();
}

/** Whether what came out is what a page shows. */
export function agrees(shown: readonly string[], output: readonly string[]): boolean {
  const [first, ...rest] = shown;
  if (first === undefined) return output.length === 0;
  if (first === "…" || first.trim() === "…") {
    return output.some((_, i) => agrees(rest, output.slice(i))) || agrees(rest, []);
  }
  const [line, ...others] = output;
  if (line === undefined) return false;
  const [left, right] = [withoutNumbers(first), withoutNumbers(line)];
  const same = left.endsWith(" …") ? right.startsWith(left.slice(0, -2)) : left === right;
  return same && agrees(rest, others);
}

/** Replays the sessions of a page, each as a test. */
export function testPage(name: string): void {
  const page = Deno.readTextFileSync(new URL(`../../${name}`, import.meta.url));
  for (const session of parseTranscripts(page)) {
    const { title, user, exchanges } = session;
    const programs = programsOf(session);
    const needs = user
      ? requires({ userNamespaces: true, programs })
      : requires({ root: true, programs });
    Deno.test(
      `${name} is true: ${title}${user ? ", as an ordinary user" : ""}`,
      needs,
      async () => {
        using _ = await turnAt(name);
        const outputs = await replay(session);
        exchanges.forEach(({ typed, output }, i) => {
          assert(
            agrees(namespacesByType(output), namespacesByType(outputs[i] ?? [])),
            `$ ${typed}\n${(outputs[i] ?? ["(nothing)"]).join("\n")}\n--- but the page shows\n${
              output.join("\n")
            }`,
          );
        });
      },
    );
  }
}
