// `nido doctor`: what it answers, and how.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { requires } from "../../requires.ts";
import { leavesNothing } from "../../support/leftovers.ts";
import { AS_USER, nido, quote, shell } from "../../support/nido.ts";
import { nido as runNido, onTerminal, UNSAFE } from "../run_nido.ts";
import { answerIn, DOCTOR, resultOf } from "./answer.ts";

Deno.test(
  "one refusal is said once, and what needs it is not tried",
  requires({ userNamespaces: true }),
  async () => {
    const answer = answerIn(await shell(`${nido} unshare -U ${DOCTOR}`, [], { as: "user" }));
    const user = answer.results.filter(({ group, needs }) => group !== "cgroups" && needs === null);
    assertEquals(user.map(({ name, verdict }) => [name, verdict]), [
      ["user", "refused"],
      ["memfd", "works"],
      ["unnamed file", "works"],
    ]);
    for (const { name, why, verdict } of answer.results.filter(({ needs }) => needs !== null)) {
      assertEquals([why, verdict], ["it needs user, which is refused", "cannot tell"], name);
    }
  },
);

for (const as of ["root", "user"] as const) {
  Deno.test(
    `the doctor of ${
      as === "root" ? "root" : "an ordinary user"
    } leaves nothing, and finds what the tests rely on`,
    requires({ userNamespaces: true, ...(as === "root" ? { root: true } : {}) }),
    async () => {
      const outcome = await leavesNothing((env) =>
        shell(DOCTOR, [], { env, ...(as === "user" ? { as } : {}) })
      );
      const answer = answerIn(outcome);
      for (const name of ["user", "user+pid", "user+net", "map-root-user", "user+proc", "setns"]) {
        assertEquals(resultOf(answer, name).verdict, "works", outcome.stdout);
      }
      assertEquals(answer.results.some(({ name }) => name === "pid"), as === "root");
      assertEquals(answer.machine.cap_sys_admin, as === "root");
      const names = answer.results.map(({ name }) => name);
      assertEquals(new Set(names).size, names.length);
    },
  );
}

Deno.test(
  "the doctor exits with 0 where only what an administrator has to grant is refused",
  requires({ root: true, userNamespaces: true }),
  async () => {
    const [text, json] = await Promise.all(["doctor", "doctor --json"].map((words) =>
      shell(
        `${nido} unshare -m sh -c ${
          quote([`mount --bind /dev/null /etc/subuid; exec ${quote(AS_USER)} ${nido} ${words}`])
        }`,
      )
    ));
    assertEquals([text!.code, json!.code], [0, 0], text!.stdout);
    const answer = answerIn(json!);
    assertEquals([answer.verdict, resultOf(answer, "map-auto").verdict], ["works", "refused"]);
  },
);

Deno.test("the doctor's JSON has these keys", async () => {
  const answer = answerIn(await runNido(["doctor", "--json"]));
  assertEquals(Object.keys(answer), ["verdict", "machine", "results"]);
  assertEquals(Object.keys(answer.machine), [
    "kernel",
    "arch",
    "uid",
    "gid",
    "user",
    "cap_sys_admin",
    "uid_map",
    "no_new_privs",
    "seccomp_filter",
    "label",
    "masked",
    "others_proc",
    "cgroup",
    "signs_of_sandbox",
  ]);
  for (const result of answer.results) {
    assertEquals(Object.keys(result), [
      "name",
      "group",
      "does",
      "verdict",
      "message",
      "step",
      "error",
      "why",
      "try",
      "needs",
    ]);
  }
});

Deno.test(
  "the doctor's lines tell what its JSON tells",
  requires({ userNamespaces: true }),
  async () => {
    const command = `${nido} unshare -U ${nido} doctor`;
    const [text, json] = await Promise.all([
      shell(command, [], { as: "user" }),
      shell(`${command} --json`, [], { as: "user" }),
    ]);
    const answer = answerIn(json);
    assertEquals([text.code, text.stderr], [json.code, ""]);
    for (const { name, verdict, step, error, why, try: remedy, needs } of answer.results) {
      const at = text.stdout.indexOf(`\n  ${verdict.padEnd(13)}${name} `);
      assert(at >= 0, `${name} in ${text.stdout}`);
      const [first, ...rest] = text.stdout.slice(at + 1).split("\n");
      if (verdict === "works") continue;
      if (needs !== null) {
        assert(first!.endsWith(why!), first);
        continue;
      }
      const said = rest.slice(0, 3).map((line) => line.trim());
      // The PID of the doctor is in the names of cgroups.
      if (!step?.includes("nido-probe")) assertEquals(said[0], `step: ${step} = ${error}`);
      assertEquals(said.slice(1), [`why:  ${why}`, `try:  ${remedy}`]);
    }
    assertMatch(
      text.stdout,
      /\n\d+ of \d+ work, \d+ (is|are) refused, \d+ cannot be told from here\n$/,
    );
  },
);

Deno.test(
  "the doctor has colours on a terminal alone, and fits into it",
  requires({ userNamespaces: true, programs: ["script"] }),
  async () => {
    const { stdout } = await onTerminal(["doctor"], 60);
    assert(stdout.includes("\x1b[32mworks"), stdout);
    // deno-lint-ignore no-control-regex -- colours
    const lines = stdout.replace(/\x1b\[\d+m|\r/g, "").split("\n");
    for (const line of lines.filter((one) => /^ {2}\S/.test(one))) assert(line.length <= 60, line);
    const plain = await runNido(["doctor"]);
    assertEquals(UNSAFE.test(plain.stdout), false, plain.stdout);
  },
);

Deno.test("the doctor's mistakes and help", async () => {
  const [help, operand] = await Promise.all([
    runNido(["doctor", "--help"]),
    runNido(["doctor", "me"]),
  ]);
  assertEquals([help.code, help.stderr], [0, ""]);
  assertMatch(
    help.stdout,
    /exit\s+status\s+is\s+0\s+if\s+everything\s+works\s+that\s+an\s+ordinary\s+user\s+may\s+expect,\s+1/,
  );
  assertEquals([operand.code, operand.stdout], [1, ""]);
  assertMatch(operand.stderr, /^nido doctor: what is 'me'\?$/m);
});
