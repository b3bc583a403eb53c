/** What `nido doctor --json` answers. */
import { assert, assertEquals } from "@std/assert";
import { nido, type Outcome } from "../../support/nido.ts";

export interface Result {
  readonly name: string;
  readonly group: string;
  readonly does: string;
  readonly verdict: "works" | "refused" | "cannot tell";
  readonly message: string | null;
  readonly step: string | null;
  readonly error: string | null;
  readonly why: string | null;
  readonly try: string | null;
  readonly needs: string | null;
}

export interface Answer {
  readonly verdict: Result["verdict"];
  readonly machine: Readonly<Record<string, unknown>> & {
    readonly signs_of_sandbox: readonly string[];
    readonly cgroup: string | null;
  };
  readonly results: readonly Result[];
}

/** A command line for sh. */
export const DOCTOR = `${nido} doctor --json`;
const STATUS = { works: 0, refused: 1, "cannot tell": 2 };

/** What the doctor has answered; everything that is always so is checked here. */
export function answerIn({ stdout, stderr, code }: Outcome): Answer {
  assertEquals(stderr, "");
  const answer: Answer = JSON.parse(stdout);
  assertEquals(code, STATUS[answer.verdict]);
  for (const { name, verdict, why, try: remedy } of answer.results) {
    assertEquals(why === null, verdict === "works", name);
    assert(remedy === null || verdict === "refused", name);
  }
  return answer;
}

/** What it says of one thing. */
export function resultOf({ results }: Answer, name: string): Result {
  const result = results.find((one) => one.name === name);
  assert(result, `${name} is tried`);
  return result;
}
