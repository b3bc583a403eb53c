// What nsenter's words ask for is the same read when the plan is made and when it runs.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { UsageError } from "../../cli/getopt.ts";
import { nsenter } from "../../cli/nsenter.ts";
import { OPTION_WORDS } from "../../cli/option_words.ts";
import { runSteps } from "../../engine/print.ts";
import { compileFor, planOf } from "../../launch/compile.ts";
import { SpecError } from "../../launch/errors.ts";
import { ownEnds } from "../../launch/open.ts";
import { typedProblem } from "../../launch/problem_words.ts";
import { readCommand } from "../../launch/request/command.ts";
import { openSpec } from "../../launch/request/open_fields.ts";
import { dryRunHere, programOf } from "../../launch/run/dry_run.ts";
import { withoutStep } from "../launch/open_specs.ts";

const PLAN = planOf(openSpec(nsenter), {
  front: OPTION_WORDS,
  request: (s) => readCommand(s, [{ command: nsenter, isTyped: true }], ownEnds({}), () => {}),
});
const OPEN = programOf(PLAN);

/** The calls of a dry run. */
const callsOf = (program: typeof OPEN, words: readonly string[] = []): string[] =>
  runSteps(dryRunHere(program, ["nsenter", ...words]))
    .map(({ process, call, error = "" }) => `${process}: ${withoutStep(call)} ${error}`)
    .filter((call) => !call.startsWith("after a failure"));

/** The calls of a launch that is known, or what is refused. */
function expected(words: readonly string[]): string[] | string {
  try {
    const spec = nsenter.parse(words);
    if (typeof spec === "string") throw new TypeError("no launch");
    return callsOf(programOf(compileFor(spec, { front: OPTION_WORDS })));
  } catch (error) {
    if (error instanceof SpecError) return typedProblem(error.problems[0]!.message);
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

const OPTIONS: readonly string[] = [
  ...["-a", "-m", "-m/proc/1/ns/mnt", "-u", "-u:7", "--ipc", "-n", "-n=/proc/self/ns/net", "-N3"],
  ...["-p", "-p/proc/self/ns/pid", "--pid=:9", "-C", "-U", "--user=/proc/self/ns/user", "-U:3"],
  ...["--user-parent", "-T", "-Sfollow", "-Gfollow", "-S7", "-G8", "--preserve-credentials"],
  ...["--keep-caps", "-r", "-r/", "-w", "-w=/usr", "-W/x", "-e", "-F", "-c", "-Z"],
  ...["--kill-child", "--kill-child=TERM", "--forward-signals", "--rlimit=core=0"],
];

const TARGET = ["-t", String(Deno.pid)];

/** Each option alone, and some with others. */
const LINES: readonly (readonly string[])[] = [
  [],
  TARGET,
  ["-t", "0", "-u"],
  ["-t", "x", "-u"],
  [...TARGET, ...TARGET, "-u"],
  [...TARGET, "-F", "-p", "-m"],
  [...TARGET, "-m", "-m/proc/self/ns/mnt", "-m:5", "-r"],
  [...TARGET, "-m/proc/self/ns/mnt", "-m", "-w"],
  ...OPTIONS.flatMap((option, i) => [
    [option],
    [...TARGET, option],
    [...TARGET, option, "-u", "-p"],
    [...TARGET, option, OPTIONS[(i * 7 + 3) % OPTIONS.length]!, "-a"],
    [option, OPTIONS[(i * 5 + 1) % OPTIONS.length]!],
    [OPTIONS[(i * 11 + 2) % OPTIONS.length]!, option, ...TARGET, "-n"],
  ]),
].map((words) => [...words, "--", "/bin/true", "-x"]);

for (const words of LINES) {
  Deno.test(`nsenter ${words.join(" ")}: read alike`, () => {
    const wanted = expected(words);
    if (typeof wanted !== "string") return assertEquals(callsOf(OPEN, words), wanted);
    const said = runSteps(dryRunHere(OPEN, ["nsenter", ...words])).map(({ call }) => call);
    assertStringIncludes(said.at(-2)!, JSON.stringify(`nsenter: ${wanted}`).slice(0, -1));
  });
}
