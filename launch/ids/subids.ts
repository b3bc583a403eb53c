/** Steps that find the ranges of subuid(5) and subgid(5): the ids that users may map beside their own. */
import type { Builder } from "../../engine/builder.ts";
import { COLON, NEWLINE } from "../../engine/characters.ts";
import { all, any, not, type When } from "../../engine/condition.ts";
import { type Content, eachLine, nextField, readNumber } from "../../engine/file.ts";
import { constant, type Variable } from "../../engine/value.ts";
import type { Account } from "./account.ts";
import { ALL_IDS } from "./spec.ts";

/** A range of subordinate ids. */
export interface SubidRange {
  readonly start: Variable;
  readonly count: Variable;
}

/** The maps of the user namespace in which their ids count. */
export const MAPS = {
  "/etc/subuid": "/proc/self/uid_map",
  "/etc/subgid": "/proc/self/gid_map",
} as const;

export type SubidFile = keyof typeof MAPS;

/** What a file has for somebody. */
export interface Found extends SubidRange {
  /** The number of the line that should have the range, and has none; 0 if there is no line. */
  readonly wrong: Variable;
}

/** Finds the user's first line, and its range: of no ids if there is none. */
export function findRange(s: Builder, content: Content, account: Account): Found {
  const found = {
    start: s.variable("range start", 0),
    count: s.variable("range count", 0),
    wrong: s.variable("wrong line", 0),
  };
  const number = s.variable("line number", 0);
  eachLine(s, content, (line, { leave, next }) => {
    number.advance();
    s.if(not(isOf(account, line)), next);
    const { start, count } = readRange(s, line);
    found.start.set(start);
    found.count.set(count);
    s.if(count.is(0), () => found.wrong.set(number));
    leave();
  });
  return found;
}

/** Whether a line begins with the user's id or name. */
export function isOf({ uid, line: account, nameLength }: Account, line: Variable): When {
  return any(
    line.isSame(uid.start, uid.length),
    all(nameLength.isNot(0), line.isSame(account, nameLength)),
  );
}

/** Reads the range of a line `NAME:START:COUNT`. The count is 0 if it has none. */
export function readRange(s: Builder, line: Variable): SubidRange {
  return s.subroutine("subordinate range", {
    parameters: ["line"],
    results: ["start", "count"],
  }, ({ line, start, count }) => {
    start.set(0);
    count.set(0);
    s.block(({ leave }) => {
      nextField(s, line);
      start.set(readNumber(s, line, leave));
      s.if(line.byte().isNot(COLON), leave);
      line.advance();
      const many = readNumber(s, line, leave);
      s.if(constant(ALL_IDS).isBelow(start.plus(many)), leave);
      s.if(not(line.byte().isOneOf(COLON, NEWLINE)), leave);
      count.set(many);
    });
  })({ line });
}
