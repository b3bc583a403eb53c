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
import { constant, type Value, type Variable } from "../../engine/value.ts";
import { type Hint, type Message, words } from "../../engine/failure.ts";
import { BY_USER } from "../causes.ts";
import { ALL_IDS } from "./spec.ts";
import type { Builder } from "../../engine/builder.ts";
import { EXIT_FAILURE, failed } from "../context.ts";
import { type Account, TEXT_BYTES } from "./account.ts";
import { eachOwnRange } from "./own_map.ts";

/** A range of subordinate ids. */
export interface SubidRange {
  readonly start: Variable;
  readonly count: Variable;
}

/** What a user gets: ids from here on, and so many. @see SUB_UID_MIN and SUB_UID_COUNT in login.defs(5) */
const FIRST_SUBID = 100000;
const SUBID_COUNT = 65536;

/** The maps of the user namespace in which their ids count. */
export const MAPS = {
  "/etc/subuid": "/proc/self/uid_map",
  "/etc/subgid": "/proc/self/gid_map",
} as const;

export type SubidFile = keyof typeof MAPS;

/** What is advised is no longer than this. */
const ADVICE_BYTES = 4096;

/** Root may read every file, but for what a security module has against it. */
const UNREADABLE: (file: string) => Hint = (file) => ({
  errno: [EACCES],
  look: [BY_USER],
  why: `${file} is not for this user to read`,
  remedy: `chmod a+r ${file}, as root`,
});

/** Who is looked for in a file. */
export interface Owner {
  readonly euid: Variable;
  readonly account: Account;
}

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

/** The user's first range in /etc/subuid or /etc/subgid. Without one it is said what gives one. */
export function needRange(s: Builder, file: SubidFile, owner: Owner): SubidRange {
  const unreadable = failed(`cannot read ${file}`, [UNREADABLE(file)]);
  const content = readText(s, file, {
    room: TEXT_BYTES,
    note: "the subordinate ids of who starts this",
    cannotOpen: { ENOENT: "ignored", otherwise: unreadable },
    cannotRead: unreadable,
  });
  const found = findRange(s, content, owner.account);
  s.if(found.count.is(0), () => {
    const { wrong } = found;
    const { user, advice } = adviceFor(s, { file, map: MAPS[file], content, wrong }, owner);
    const fail = (message: Message): void => {
      s.if(advice.is(0), () => s.fail({ message, status: EXIT_FAILURE, hints: [] }));
      const hints = [{ remedy: [{ string: advice }] }];
      s.fail({ message, status: EXIT_FAILURE, hints });
    };
    s.if(
      wrong.is(0),
      () => fail(words`no line matching user "${{ string: user }}" in ${file}`),
      {
        otherwise: () => fail(words`line ${{ number: wrong }} of ${file} is not NAME:START:COUNT`),
      },
    );
  }, { when: "if there are none" });
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

/** The first id of the first range that nobody has, and the user namespace does; 0 if there is none. */
function findFree(s: Builder, content: Content, map: Value): Variable {
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
  s.block(({ leave }) => {
    eachOwnRange(s, map, {
      note: "the ids that there are",
      // Without /proc all are.
      cannotOpen: leave,
      wrong: leave,
    }, (inner, count) => {
      const isThere = all(
        free.isAtLeast(inner),
        inner.plus(count).isAtLeast(free.plus(SUBID_COUNT)),
      );
      s.if(isThere, leave);
    });
    free.set(0);
  });
  return free;
}

/** A file that has nothing for somebody. */
export interface Lack {
  /** Its path. */
  readonly file: Value;
  /** The map of the user namespace in which its ids count. */
  readonly map: Value;
  readonly content: Content;
  readonly wrong: Variable;
}

/** Who has no range, and what gives one. */
export interface Advice {
  /** The address of the user's name, or of the id where there is none. */
  readonly user: Variable;
  /** The address of the command; 0 if nothing gives a range. */
  readonly advice: Variable;
}

/** Works out what gives a range. Names end with a NUL from then on: nobody is found any more. */
export function adviceFor(s: Builder, { file, map, content, wrong }: Lack, owner: Owner): Advice {
  const { uid, line, nameLength } = owner.account;
  return s.subroutine("advice", {
    parameters: [
      ...["file", "map", "start", "end", "wrong", "euid"] as const,
      ...["uid", "uidEnd", "line", "nameLength"] as const,
    ],
    results: ["user", "advice"],
  }, ({ user, advice, ...given }) => {
    const { file, wrong, start, end } = given;
    const free = findFree(s, { start, end }, given.map);
    user.set(given.line);
    const colon = s.variable("colon", given.line.plus(given.nameLength).minus(1));
    s.if(given.nameLength.is(0), () => {
      user.set(given.uid);
      colon.set(given.uidEnd.minus(1));
    });
    s.store(colon, NUL, { bytes: 1 });
    advice.set(0);
    s.if(free.isNot(0), () => {
      const text = new Text(s, "advice", ADVICE_BYTES, failed("there are no subordinate ids"));
      // The last line may have no end yet.
      const isOpen = all(wrong.is(0), start.isNot(end), end.byte(-1).isNot(NEWLINE));
      const behind = s.variable("behind", "' >> ");
      s.if(isOpen, () => {
        text.append("(echo; ");
        behind.set("') >> ");
      });
      s.if(wrong.is(0), () => text.append("echo '"), {
        otherwise() {
          text.append("sed -i '");
          text.appendDecimal(wrong);
          text.append("s/.*/");
          behind.set("/' ");
        },
      });
      text.appendString(user);
      text.append(":");
      text.appendDecimal(free);
      text.append(`:${SUBID_COUNT}`);
      text.appendString(behind);
      text.appendString(file);
      s.if(given.euid.isNot(0), () => text.append(", as root"));
      text.append("\0");
      advice.set(text.start);
    });
  })({
    file,
    map,
    ...content,
    wrong,
    euid: owner.euid,
    uid: uid.start,
    uidEnd: uid.end,
    line,
    nameLength,
  });
}
