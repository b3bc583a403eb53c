/** What a refusal has to say: one cause, and its one remedy. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Outcome } from "./nido.ts";

export interface Refused {
  /** The start of the line that is said. */
  readonly says: string;
  readonly why: RegExp;
  readonly remedy?: RegExp;
  readonly code?: number;
}

/** Fails unless that is what was said. */
export function assertRefused(
  { stderr, code }: Outcome,
  { says, why, remedy, code: expected = 1 }: Refused,
): void {
  assertStringIncludes(stderr, says);
  const whys = stderr.match(/^ {2}why: {2}.*$/gm) ?? [];
  assertEquals(whys.length, 1, `there is one cause: ${stderr}`);
  assertMatch(whys[0]!, why);
  const remedies = stderr.match(/^ {2}try: {2}.*$/gm) ?? [];
  assertEquals(remedies.length, remedy ? 1 : 0, stderr);
  if (remedy) assertMatch(remedies[0]!, remedy);
  assertEquals(code, expected);
}
