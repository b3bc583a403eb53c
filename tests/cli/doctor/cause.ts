/** Causes that are really there, and scripts that make them. */
import { assertEquals, assertMatch } from "@std/assert";
import { type Needs, requires } from "../../requires.ts";
import { leavesNothing } from "../../support/leftovers.ts";
import { AS_USER, nido, quote, requiresRanges, shell } from "../../support/nido.ts";
import { answerIn, DOCTOR, resultOf } from "./answer.ts";

/** A cause, and what the doctor must say of one thing. */
export interface Cause {
  readonly about: string;
  /** A script for sh that makes it, and runs the doctor. */
  readonly script: string;
  readonly as: "user" | "root";
  readonly name: string;
  readonly verdict?: "cannot tell";
  readonly why: RegExp;
  readonly remedy?: RegExp;
  readonly needs?: Needs;
  readonly ranges?: true;
}

/** Runs the doctor as root of a user namespace that `prepare` changes first. */
export const inside = (prepare: string, more = ""): string =>
  `${nido} unshare -Urm ${more} sh -c ${quote([`${prepare}; exec ${DOCTOR}`])}`;

/** Runs the doctor as that user in a mount namespace that root's `prepare` changes first. */
export const prepared = (prepare: string, under = AS_USER.join(" ")): string =>
  `${nido} unshare -m sh -c ${quote([`${prepare}; exec ${under} ${DOCTOR}`])}`;

/** Tests that the doctor names it. */
export function testCause(
  { about, script, as, name, verdict, why, remedy, needs, ranges }: Cause,
): void {
  const needed = { userNamespaces: true, ...needs, ...(as === "root" ? { root: true } : {}) };
  const options = ranges ? requiresRanges(needed) : requires(needed);
  Deno.test(`the doctor names the cause: ${about}`, options, async () => {
    const outcome = await leavesNothing((env) =>
      shell(script, [], { env, ...(as === "user" ? { as } : {}) })
    );
    const result = resultOf(answerIn(outcome), name);
    assertEquals(result.verdict, verdict ?? "refused", JSON.stringify(result));
    assertMatch(result.why!, why);
    assertEquals(result.try !== null, remedy !== undefined, `${result.try}`);
    if (remedy) assertMatch(result.try!, remedy);
  });
}
