/** Root takes no program and no library of another user's process for its own. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { OPTION_WORDS } from "../../cli/option_words.ts";
import { nsenter } from "../../cli/nsenter.ts";
import { frozenBytes } from "../../launch/freeze.ts";
import { requires } from "../requires.ts";
import { AS_USER, NIDO, type Outcome, run, type RunOptions, USER_ID } from "../support/nido.ts";
import { startTarget } from "../support/target.ts";

const ROOT = requires({ root: true, userNamespaces: true, programs: ["unshare"] });

/** Runs `nsenter …words`, and the same frozen; both must do the same. */
async function enter(words: readonly string[], options: RunOptions): Promise<Outcome> {
  const path = Deno.makeTempFileSync({ prefix: "nido-frozen-" });
  try {
    const spec = nsenter.parse(words);
    assert(typeof spec === "object");
    Deno.writeFileSync(path, frozenBytes(spec, Deno.build.arch, OPTION_WORDS));
    Deno.chmodSync(path, 0o755);
    const outcome = await run([...NIDO, "nsenter", ...words], options);
    assertEquals(await run([path], options), outcome);
    return outcome;
  } finally {
    Deno.removeSync(path);
  }
}

const OWN = { PATH: "/usr/bin:/bin", SHELL: "/bin/sh" };
const THEIRS = {
  LD_NIDO: "1",
  LD_LIBRARY_PATH: "/x",
  SHELL: "/bin/echo",
  PATH: "/bin:/nowhere",
  A: "b",
};

const variables = (stdout: string): string[] =>
  stdout.split("\n").filter((line) => /^(LD_|SHELL=|PATH=|A=)/.test(line)).sort();

const GUARDED = ["A=b", `PATH=${OWN.PATH}`, `SHELL=${OWN.SHELL}`];
const ALL = ["A=b", "LD_LIBRARY_PATH=/x", "LD_NIDO=1", "PATH=/bin:/nowhere", "SHELL=/bin/echo"];

const noteOf = (pid: number): string =>
  `nsenter: note: process ${pid} is another user's: LD_*, ENV, BASH* and prompts are left out, and PATH and SHELL are the ` +
  "caller's (-S follow -G follow: run as that user, with all of them)\n";

Deno.test("root gets no LD_*, PATH or SHELL of another user's process", ROOT, async () => {
  await using target = await startTarget("", { as: "user", env: THEIRS });
  for (const which of [["-u"], ["-a"], ["-u", "-S0"]]) {
    const words = ["-t", `${target.pid}`, "-e", ...which];
    const { stdout, stderr } = await enter([...words, "env"], { env: OWN });
    assertEquals([variables(stdout), stderr], [GUARDED, noteOf(target.pid)], `${which}`);
    const script = { stdin: "echo mine $0; exit 4", env: OWN };
    const own = await enter(words, script);
    assertEquals([own.code, own.stdout], [4, "mine -sh\n"], own.stderr);
  }
});

Deno.test("a shell of root runs nothing that another user's variables name", ROOT, async () => {
  const folder = Deno.makeTempDirSync({ prefix: "nido-shell-" });
  try {
    const file = `${folder}/theirs`;
    Deno.chmodSync(folder, 0o755);
    Deno.writeTextFileSync(file, "echo theirs; exit 5\n");
    const env = {
      ...THEIRS,
      ...{ ENV: file, BASH_ENV: file, PS1: "$(. $ENV)", PS4: "$(. $ENV)", SHELLOPTS: "xtrace" },
      ...{ PROMPT_COMMAND: `. ${file}`, "BASH_FUNC_echo%%": `() { . ${file}; }` },
    };
    await using target = await startTarget("", { as: "user", env });
    const words = ["-t", `${target.pid}`, "-e", "-u"];
    const input = { stdin: "echo mine; exit 4\n", env: OWN };
    for (const shell of [["sh", "-i"], ["bash", "-i"], ["bash", "-c", "echo mine; exit 4"]]) {
      const { code, stdout, stderr } = await enter([...words, ...shell], input);
      assertEquals([code, stdout.trim()], [4, "mine"], stderr);
      assert(!stderr.includes("theirs"), stderr);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test(
  "of its own process it gets all, and with the ids of the other user, too",
  ROOT,
  async () => {
    await using other = await startTarget("", { as: "user", env: THEIRS });
    await using own = await startTarget("", { env: THEIRS });
    for (
      const words of [
        ["-t", `${other.pid}`, "-u", "-S", "follow", "-G", "follow"],
        ["-t", `${other.pid}`, "-a", "-S", `${USER_ID}`, "-G", `${USER_ID}`],
        ["-t", `${own.pid}`, "-u"],
      ]
    ) {
      const { stdout, stderr } = await enter([...words, "-e", "env"], { env: OWN });
      assertEquals([variables(stdout), stderr], [ALL, ""], `${words}`);
    }
  },
);

Deno.test(
  "in the other's user namespace it gets all, unless it stays who it is",
  ROOT,
  async () => {
    await using target = await startTarget("-Ur", { as: "user", env: THEIRS });
    for (const which of ["-U", "-a"]) {
      const words = ["-t", `${target.pid}`, which, "-e"];
      const inside = await enter([...words, "env"], { env: OWN });
      assertEquals([variables(inside.stdout), inside.stderr], [ALL, ""]);
      const outside = await enter([...words, "--preserve-credentials", "env"], { env: OWN });
      assertEquals(variables(outside.stdout), GUARDED);
      assertStringIncludes(outside.stderr, noteOf(target.pid));
    }
  },
);

Deno.test(
  "root that stays root of outside in a user namespace is told what that means",
  ROOT,
  async () => {
    await using target = await startTarget("-Ur", { as: "user" });
    const note =
      "nsenter: note: the program stays root of outside, and root of that user namespace may " +
      "trace it: leave --preserve-credentials out\n";
    const words = ["-t", `${target.pid}`, "--preserve-credentials"];
    for (const which of [["-U"], ["-a"]]) {
      const { code, stderr } = await enter([...words, ...which, "true"], {});
      assertEquals([code, stderr], [0, note], `${which}`);
    }
    // Nothing of this is so for who is nobody, does not enter it, or becomes another.
    await using plain = await startTarget("-u");
    for (
      const [command, more] of [
        [[], ["-t", `${plain.pid}`, "-a", "--preserve-credentials"]],
        [[], [...words, "-U", "-S0", "-G0"]],
        [AS_USER, [...words, "-U"]],
      ] as const
    ) {
      const { code, stderr } = await run([...command, ...NIDO, "nsenter", ...more, "true"]);
      assertEquals([code, stderr], [0, ""], `${more}`);
    }
  },
);
