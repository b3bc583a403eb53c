/** `nido run` and `nido bwrap`: exit statuses, and who is told why. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { requires } from "../requires.ts";
import { NIDO, run } from "../support/nido.ts";

const NEEDS = requires({ userNamespaces: true });
const ALL = ["--ro-bind", "/", "/", "--dev", "/dev"];

const nido = (words: readonly string[], env: Record<string, string> = {}) =>
  run([...NIDO, ...words], { env });

/** Statuses of run, by what is asked for. */
const STATUSES: readonly (readonly [status: number, words: readonly string[]])[] = [
  [7, [...ALL, "sh", "-c", "exit 7"]],
  [137, [...ALL, "sh", "-c", "kill -KILL $$"]],
  [143, [...ALL, "--unshare-pid", "sh", "-c", "kill -TERM $$"]],
  [127, [...ALL, "/no/such/program"]],
  [126, [...ALL, "/etc/passwd"]],
  [125, ["--ro-bind", "/no/such/source", "/", "true"]],
  [125, [...ALL, "--chdir", "/no/such/folder", "true"]],
  [125, ["--no-such-option"]],
  [125, []],
];

for (const [status, words] of STATUSES) {
  Deno.test(`nido run ${words.join(" ")} ends with ${status}`, NEEDS, async () => {
    const { code, stdout } = await nido(["run", ...words]);
    assertEquals([code, stdout], [status, ""]);
  });
}

Deno.test("run says which step was refused, why, and what mends it", NEEDS, async () => {
  const { stderr } = await nido(["run", "--ro-bind", "/no/such/source", "/", "true"]);
  const [message, step, why, remedy] = stderr.split("\n");
  assert(message!.startsWith("nido run: operation 1, ro-bind: cannot open source"), stderr);
  assert(step!.startsWith("  step: ") && step!.endsWith(" = ENOENT"), stderr);
  assertEquals(why, "  why:  there is no such file outside");
  assertEquals(remedy, "  try:  look for it: namei -l /no/such/source");
});

Deno.test("run points to its help where words are wrong", NEEDS, async () => {
  for (const words of [["--uid", "x", "true"], ["--bind", "/"], ["--chmod", "9", "/", "true"]]) {
    const { stderr } = await nido(["run", ...words]);
    assertEquals(stderr.split("\n").slice(1), [
      "Try 'nido run --help' for more information.",
      "",
    ]);
  }
});

Deno.test("bwrap says so where programs read it only if it is asked to", NEEDS, async () => {
  const words = ["bwrap", "--ro-bind", "/no/such/source", "/", "true"];
  const message = "bwrap: Can't find source path /no/such/source: No such file or directory\n";
  assertEquals((await nido(words)).stderr, message);
  assertEquals((await nido(words, { NIDO_EXPLAIN: "0" })).stderr, message);
  const { code, stderr } = await nido(words, { NIDO_EXPLAIN: "1" });
  assertEquals([code, stderr.startsWith(`${message}  step: `)], [1, true]);
  assertStringIncludes(stderr, "\n  why:  ");
  const mistyped = ["bwrap", "--unshare-nett"];
  assertEquals((await nido(mistyped)).stderr, "bwrap: Unknown option --unshare-nett\n");
  assertStringIncludes(
    (await nido(mistyped, { NIDO_EXPLAIN: "1" })).stderr,
    "did you mean '--unshare-net'?",
  );
});

Deno.test("explain prints what bwrap and run would do", NEEDS, async () => {
  for (const name of ["bwrap", "run"]) {
    const { code, stdout, stderr } = await nido(["explain", name, ...ALL, "--unshare-all", "true"]);
    assertEquals([code, stderr], [0, ""]);
    for (const call of ["unshare(", "pivot_root(", "PR_SET_NO_NEW_PRIVS", "execve("]) {
      assertStringIncludes(stdout, call);
    }
  }
});

Deno.test("what bubblewrap waits for without end is refused", NEEDS, async () => {
  for (const option of ["--info-fd", "--json-status-fd", "--userns2"]) {
    const { code, stdout } = await nido(["bwrap", ...ALL, option, "99", "true"]);
    assertEquals([option, code, stdout], [option, 1, ""]);
  }
});
