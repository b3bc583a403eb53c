// The words of a command line are read twice: by the binary's front, which has no Deno, and by
// JavaScript. Both go by the same tables, and these lines show that they agree.

import { assert, assertEquals, assertGreater } from "@std/assert";
import { nsenter } from "../../cli/nsenter.ts";
import { decode } from "../../ffi/bytes.ts";
import type { LaunchingCommand } from "../../cli/spec_reader.ts";
import { unshare } from "../../cli/unshare.ts";
import { start, WAIT } from "../inspect/start.ts";
import { requires } from "../requires.ts";
import { AS_USER, NIDO, USER_ID } from "../support/nido.ts";
import { imageFor } from "./image_for.ts";
import { isLeftToDeno, SHARE_BY_DENO, SHARE_OF_LEFT, SMALL } from "./left.ts";
import { OBSERVER, withoutNoise } from "./observer.ts";
import { randomFrom, RandomWords } from "./random_words.ts";

/** Random lines of each command. */
const COUNT = Number(Deno.env.get("NIDO_LINES") ?? 1000);
const SEED = Number(Deno.env.get("NIDO_SEED") ?? 1);
const AT_ONCE = navigator.hardwareConcurrency;
const MOST_FAILURES = Number(Deno.env.get("NIDO_FAILURES") ?? 5);
const TIMEOUT_MS = 20_000;

/** Namespaces of the caller. */
const OWN = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"]
  .map((type) => Deno.readLinkSync(`/proc/self/ns/${type}`));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Files that namespaces are bound to. */
  readonly bound: readonly string[];
}

/** A word of bytes as bash reads it. */
const quoted = (word: string): string =>
  `$'${
    word.replace(/[^\w@%+=:,./-]/g, (char) =>
      `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`)
  }'`;

/** A word of bytes as nido has it. */
const decoded = (word: string): string =>
  decode(Uint8Array.from(word, (char) => char.charCodeAt(0)));

/** A way of running a line. */
interface Way {
  readonly isUser: boolean;
  /** A script. */
  readonly setup?: string;
  /** The file. Default: nido. */
  readonly program?: string;
}

/** Runs a line in a folder of its own. */
async function runLine(
  folder: string,
  words: readonly string[],
  { isUser, setup = "", program = NIDO[0]! }: Way,
): Promise<Outcome> {
  const script = `${setup}\nexec -a ${words[0]} ${program} ${words.slice(1).map(quoted).join(" ")}`;
  const file = `${folder}/script`;
  await Deno.writeTextFile(file, script);
  const command = [...(isUser ? AS_USER : []), "bash", file];
  const { code, stdout, stderr } = await new Deno.Command("timeout", {
    args: [`${TIMEOUT_MS / 1000}`, ...command],
    cwd: `${folder}/place`,
    env: { PATH: Deno.env.get("PATH")!, HOME: "/", LC_ALL: "C", X: "y" },
    clearEnv: true,
    stdin: "null",
  }).output();
  const text = new TextDecoder("latin1");
  return {
    code,
    stdout: withoutNoise(text.decode(stdout), OWN),
    stderr: withoutNoise(text.decode(stderr), OWN),
    bound: unbind(`${folder}/place`),
  };
}

/** Undoes what binds namespaces to files of a folder, and gives what was bound. */
function unbind(folder: string): string[] {
  const bound = Deno.readTextFileSync("/proc/self/mountinfo").split("\n")
    .map((line) => line.split(" ")).filter((fields) => fields[4]?.startsWith(`${folder}/`));
  for (const [, , , , point] of bound.toReversed()) {
    new Deno.Command("umount", { args: ["-l", point!] }).outputSync();
  }
  return bound.map(([, , , root, point]) =>
    `${point!.slice(folder.length)} ${root!.replace(/\d+/, "N")}`
  );
}

/** Runs a line both ways. @returns whether Deno had to start. */
async function compare(
  folder: string,
  command: LaunchingCommand,
  words: readonly string[],
  { isUser, byDeno }: { readonly isUser: boolean; readonly byDeno: boolean },
): Promise<boolean> {
  const line = [command.name, ...words];
  const run = (way: Omit<Way, "isUser"> = {}): Promise<Outcome> =>
    runLine(folder, line, { isUser, ...way });
  let byFront = await run({ setup: `ulimit -Sv ${SMALL}` });
  const isLeft = isLeftToDeno(byFront);
  if (isLeft) {
    // Deno reads it then, whichever way it comes: a few of these are enough.
    if (words.join("").length % SHARE_OF_LEFT !== 0) return true;
    byFront = await run();
  }
  const program = `${folder}/image`;
  if (!isLeft && !byDeno) {
    Deno.writeFileSync(program, imageFor(command, words.map(decoded)), { mode: 0o755 });
  }
  const byScript = await run(isLeft || byDeno ? { setup: "export NIDO_FRONT=0" } : { program });
  const shown = line.map((word) => word.length > 200 ? `${word.slice(0, 200)}…` : word);
  assertEquals(byFront, byScript, `as ${isUser ? "user" : "root"}: ${JSON.stringify(shown)}`);
  return isLeft;
}

/** Starts who is joined, in all namespaces but that of control groups: for root and for a user. */
async function startTarget(isUser: boolean): Promise<AsyncDisposable & { readonly pid: number }> {
  const types = [...isUser ? ["-Ur"] : [], "-muinpfT"];
  const started = await start([...(isUser ? AS_USER : []), "unshare", ...types, ...WAIT]);
  return { pid: started.childOf(), [Symbol.asyncDispose]: () => started[Symbol.asyncDispose]() };
}

/** A folder for lines to run in, which a user may enter. */
function makeFolder(): string {
  const folder = Deno.makeTempDirSync({ prefix: "nido-readers-" });
  Deno.chmodSync(folder, 0o755);
  Deno.mkdirSync(`${folder}/place`);
  if (Deno.uid() === 0) Deno.chownSync(`${folder}/place`, USER_ID, USER_ID);
  for (const name of ["here", "file"]) Deno.writeTextFileSync(`${folder}/place/${name}`, "");
  return folder;
}

/** Compares random lines of a command. @param usual Words that most lines begin with. */
function testRandom(command: LaunchingCommand, usual: readonly string[] = []): void {
  const { name, options } = command;
  Deno.test(
    `${COUNT} random lines of ${name} do the same by the front and by JavaScript`,
    requires({ binary: true, userNamespaces: true, programs: ["bash", "timeout"] }),
    async () => {
      await using own = await startTarget(Deno.uid() !== 0);
      await using users = await startTarget(true);
      const lines = new RandomWords(options, randomFrom(SEED), { usual, program: OBSERVER });
      const all = Array.from({ length: COUNT }, () => lines.line());
      const failures: string[] = [];
      let [next, left] = [0, 0];
      const worker = async (): Promise<void> => {
        const folder = makeFolder();
        for (let i = next++; i < COUNT && failures.length < MOST_FAILURES; i = next++) {
          const isUser = Deno.uid() !== 0 || i % 2 === 1;
          const { pid } = isUser ? users : own;
          const words = all[i]!.map((word) => word.replace("TARGET", `${pid}`));
          const byDeno = i % SHARE_BY_DENO === 0;
          try {
            if (await compare(folder, command, words, { isUser, byDeno })) left++;
          } catch (error) {
            failures.push(`line ${i}: ${error}`);
          }
        }
        Deno.removeSync(folder, { recursive: true });
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      assert(failures.length === 0, failures.join("\n\n"));
      console.log(`${name}: Deno had to start for ${left} of ${COUNT}`);
      // Most words are good, and so most lines are launches that are not told to be left.
      assertGreater(COUNT - left, COUNT / 4);
    },
  );
}

testRandom(unshare);
testRandom(nsenter, ["-t", "TARGET"]);
