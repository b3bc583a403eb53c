/** Steps that find the ranges of subuid(5) and subgid(5): the ids that users may map beside their own. */
import { EACCES } from "../../ffi/abi/errno.ts";
import {
  COLON,
  type Content,
  eachLine,
  NEWLINE,
  nextField,
  NUL,
  readNumber,
  readText,
} from "../../engine/file.ts";
import { all, any, not, type When } from "../../engine/condition.ts";
import { Text } from "../../engine/text.ts";
import { constant, type Variable } from "../../engine/value.ts";
import { lacks } from "../../engine/looks.ts";
import { STATUS } from "../hints/causes.ts";
import { ALL_IDS } from "../id_map.ts";
import type { Hint, Sequence } from "../plan.ts";
import { EXIT_FAILURE, failed } from "../steps/context.ts";
import { type Account, TEXT_BYTES } from "./account.ts";

/** A range of subordinate ids. */
export interface SubidRange {
  readonly start: Variable;
  readonly count: Variable;
}

/** What a user gets: ids from here on, and so many. @see SUB_UID_MIN and SUB_UID_COUNT in login.defs(5) */
const FIRST_SUBID = 100000;
const SUBID_COUNT = 65536;

/** What is said of those who have none is no longer than this. */
const SAID_BYTES = 4096;

/** Root may read every file, but for what a security module has against it. */
const UNREADABLE: (file: string) => Hint = (file) => ({
  errno: [EACCES],
  look: [lacks(STATUS, "Uid:\t0\t0")],
  why: `${file} is not for this user to read`,
  remedy: `chmod a+r ${file}, as root`,
});

/** Who is looked for. */
export interface Owner {
  readonly euid: Variable;
  readonly account: Account;
  /** In whose name it is said that there is nothing. */
  readonly name: string;
}

/** Finds the user's first range in /etc/subuid or /etc/subgid. */
export function findRange(s: Sequence, file: string, owner: Owner): SubidRange {
  const unreadable = failed(`cannot read ${file}`, [UNREADABLE(file)]);
  const { start, end } = readText(s, file, {
    room: TEXT_BYTES,
    note: "the subordinate ids of who starts this",
    cannotOpen: { ENOENT: "ignored", otherwise: unreadable },
    cannotRead: unreadable,
  });
  const range = s.subroutine("own range", {
    parameters: ["textStart", "textEnd", "file"],
    results: ["start", "count"],
  }, ({ textStart, textEnd, file, start, count }) => {
    const content = { start: textStart, end: textEnd };
    findOwn(s, { ...owner, content, file }, { start, count });
  })({ textStart: start, textEnd: end, file });
  return range;
}

/** A file, and who is looked for in it. */
interface Search extends Owner {
  readonly content: Content;
  /** Its path. */
  readonly file: Variable;
}

/** Finds the first line that is the user's, and its range. */
function findOwn(s: Sequence, search: Search, own: SubidRange): void {
  const { content, account } = search;
  s.block((found) => {
    const [number, wrong] = [s.variable("line number", 0), s.variable("wrong line", 0)];
    eachLine(s, content, (line, { leave, next }) => {
      number.advance();
      s.if(not(isOf(account, line)), next);
      const { start, count } = readRange(s, line);
      own.start.set(start);
      own.count.set(count);
      s.if(count.isNot(0), found.leave);
      wrong.set(number);
      leave();
    });
    sayLack(s, search, wrong);
  });
}

/** Whether a line begins with the user's id or name. */
function isOf({ uid, line: account, nameLength }: Account, line: Variable): When {
  return any(
    line.isSame(uid.start, uid.length),
    all(nameLength.isNot(0), line.isSame(account, nameLength)),
  );
}

/** Reads the range of a line `NAME:START:COUNT`. The count is 0 if it has none. */
function readRange(s: Sequence, line: Variable): SubidRange {
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

/** The first id of the first range that nobody has; 0 if there is none. */
function findFree(s: Sequence, content: Content): Variable {
  const free = s.variable("free", FIRST_SUBID);
  s.loop((again) => {
    const moved = s.variable("moved", 0);
    eachLine(s, content, (line, { next }) => {
      const { start, count } = readRange(s, line);
      s.if(count.is(0), next);
      const end = s.variable("range end", start.plus(count));
      s.if(any(start.isAtLeast(free.plus(SUBID_COUNT)), free.isAtLeast(end)), next);
      free.set(end);
      moved.set(1);
    });
    s.if(moved.is(0), again.leave);
  });
  s.if(free.plus(SUBID_COUNT - 1).isAtLeast(ALL_IDS), () => free.set(0));
  return free;
}

/**
 * Says what is wrong, and what gives a range if anything does; and exits.
 *
 * @param wrong The number of the user's line, which has no range; 0 if there is none.
 */
function sayLack(
  s: Sequence,
  { content, file, euid, account, name }: Search,
  wrong: Variable,
): void {
  const { uid, line, nameLength } = account;
  const free = findFree(s, content);
  // The user's name, or the id where it has none.
  const user = { start: s.variable("user", line), length: s.variable("user length", nameLength) };
  s.if(nameLength.is(0), () => {
    user.start.set(uid.start);
    user.length.set(uid.length);
  });
  user.length.set(user.length.minus(1));
  const path = { start: file, length: s.variable("path length", file.seek(NUL).minus(file)) };

  const said = new Text(s, "lack", SAID_BYTES, failed("this user has no subordinate ids"));
  s.if(wrong.is(0), () => said.append(`${name}: no line matching user "`, user, '" in ', path), {
    otherwise() {
      said.append(`${name}: line `);
      said.appendDecimal(wrong);
      said.append(" of ", path, " is not NAME:START:COUNT");
    },
  });
  s.if(free.isNot(0), () => {
    // The last line may have no end yet.
    const { start, end } = content;
    const isOpen = all(wrong.is(0), start.isNot(end), end.byte(-1).isNot(NEWLINE));
    const behind = s.variable("behind", "' >> ");
    said.append("\n  try:  ");
    s.if(isOpen, () => {
      said.append("(echo; ");
      behind.set("') >> ");
    });
    s.if(wrong.is(0), () => said.append("echo '"), {
      otherwise() {
        said.append("sed -i '");
        said.appendDecimal(wrong);
        said.append("s/.*/");
        behind.set("/' ");
      },
    });
    said.append(user, ":");
    said.appendDecimal(free);
    said.append(`:${SUBID_COUNT}`);
    said.appendString(behind);
    said.append(path);
    s.if(euid.isNot(0), () => said.append(", as root"));
  });
  said.append("\n");
  const when = "if there are none";
  s.call("write", [2, said.start, said.length], "say that there are no such ids", {
    fails: "ignored",
    when,
  });
  s.exit(EXIT_FAILURE, "exit", { when });
}
