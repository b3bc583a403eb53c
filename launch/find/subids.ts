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
import { type Message, words } from "../../engine/failure.ts";
import { BY_USER } from "../hints/causes.ts";
import { ALL_IDS } from "../id_map.ts";
import type { Hint, Sequence } from "../plan.ts";
import { EXIT_FAILURE, failed } from "../steps/context.ts";
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
const MAPS = {
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
export interface Found {
  readonly file: SubidFile;
  readonly content: Content;
  /** The first range; of no ids if there is none. */
  readonly range: SubidRange;
  /** The number of the line that should have it, and is none; 0 if there is no line. */
  readonly wrong: Variable;
}

/** Reads /etc/subuid or /etc/subgid, and finds the first line that is the user's, and its range. */
export function findRange(s: Sequence, file: SubidFile, { account }: Owner): Found {
  const unreadable = failed(`cannot read ${file}`, [UNREADABLE(file)]);
  const content = readText(s, file, {
    room: TEXT_BYTES,
    note: "the subordinate ids of who starts this",
    cannotOpen: { ENOENT: "ignored", otherwise: unreadable },
    cannotRead: unreadable,
  });
  const range = { start: s.variable("range start", 0), count: s.variable("range count", 0) };
  const [number, wrong] = [s.variable("line number", 0), s.variable("wrong line", 0)];
  eachLine(s, content, (line, { leave, next }) => {
    number.advance();
    s.if(not(isOf(account, line)), next);
    const { start, count } = readRange(s, line);
    range.start.set(start);
    range.count.set(count);
    s.if(count.is(0), () => wrong.set(number));
    leave();
  });
  return { file, content, range, wrong };
}

/** The user's first range. Without one it is said what gives one. */
export function needRange(s: Sequence, file: SubidFile, owner: Owner): SubidRange {
  const found = findRange(s, file, owner);
  s.if(found.range.count.is(0), () => {
    const { user, free, advice } = adviceFor(s, found, owner);
    const fail = (message: Message): void => {
      s.if(free.is(0), () => s.fail({ message, status: EXIT_FAILURE, hints: [] }));
      const hints = [{ remedy: [{ string: advice }] }];
      s.fail({ message, status: EXIT_FAILURE, hints });
    };
    const words = lackOf(found, user);
    s.if(found.wrong.is(0), () => fail(words.none), { otherwise: () => fail(words.wrong) });
  }, { when: "if there are none" });
  return found.range;
}

/** What is said of who has no range, because of no line or of a wrong one. */
export function lackOf(
  { file, wrong }: Found,
  user: Variable,
): { readonly none: Message; readonly wrong: Message } {
  return {
    none: words`no line matching user "${{ string: user }}" in ${file}`,
    wrong: words`line ${{ number: wrong }} of ${file} is not NAME:START:COUNT`,
  };
}

/** Whether a line begins with the user's id or name. */
export function isOf({ uid, line: account, nameLength }: Account, line: Variable): When {
  return any(
    line.isSame(uid.start, uid.length),
    all(nameLength.isNot(0), line.isSame(account, nameLength)),
  );
}

/** Reads the range of a line `NAME:START:COUNT`. The count is 0 if it has none. */
export function readRange(s: Sequence, line: Variable): SubidRange {
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
function findFree(s: Sequence, content: Content, map: string): Variable {
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
      wrong: failed(`failed to parse ${map}`),
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

/** Who has no range, and what gives one. */
export interface Advice {
  /** The address of the user's name, or of the id where there is none. */
  readonly user: Variable;
  /** The first id of a range that nobody has; 0 if there is none. */
  readonly free: Variable;
  /** The address of the command. */
  readonly advice: Variable;
}

/** Works out what gives a range. Names end with a NUL from then on: nobody is found any more. */
export function adviceFor(
  s: Sequence,
  { file, content, wrong }: Pick<Found, "file" | "content" | "wrong">,
  { euid, account: { uid, line, nameLength } }: Owner,
): Advice {
  const free = findFree(s, content, MAPS[file]);
  const user = s.variable("user", line);
  const colon = s.variable("colon", line.plus(nameLength).minus(1));
  s.if(nameLength.is(0), () => {
    user.set(uid.start);
    colon.set(uid.end.minus(1));
  });
  s.store(colon, NUL, { bytes: 1 });

  // The last line may have no end yet.
  const { start, end } = content;
  const isOpen = all(wrong.is(0), start.isNot(end), end.byte(-1).isNot(NEWLINE));
  const advice = new Text(s, "advice", ADVICE_BYTES, failed("there are no subordinate ids"));
  const behind = s.variable("behind", `' >> ${file}`);
  s.if(isOpen, () => {
    advice.append("(echo; ");
    behind.set(`') >> ${file}`);
  });
  s.if(wrong.is(0), () => advice.append("echo '"), {
    otherwise() {
      advice.append("sed -i '");
      advice.appendDecimal(wrong);
      advice.append("s/.*/");
      behind.set(`/' ${file}`);
    },
  });
  advice.appendString(user);
  advice.append(":");
  advice.appendDecimal(free);
  advice.append(`:${SUBID_COUNT}`);
  advice.appendString(behind);
  s.if(euid.isNot(0), () => advice.append(", as root"));
  advice.append("\0");
  return { user, free, advice: s.variable("advice", advice.start) };
}
