/** Steps for who must have a range of subuid(5) or subgid(5), and say what gives one to who has none. */
import { EACCES } from "../../ffi/abi/errno.ts";
import type { Builder } from "../../engine/builder.ts";
import { NEWLINE, NUL } from "../../engine/characters.ts";
import { all, any } from "../../engine/condition.ts";
import { type Hint, type Message, words } from "../../engine/failure.ts";
import { type Content, eachLine, readText } from "../../engine/file.ts";
import { Text } from "../../engine/text.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { BY_USER } from "../causes.ts";
import { EXIT_FAILURE, failed } from "../context.ts";
import { type Account, TEXT_BYTES } from "./account.ts";
import { eachOwnRange } from "./own_map.ts";
import { findRange, MAPS, readRange, type SubidFile, type SubidRange } from "./subids.ts";

/** What a user gets: ids from here on, and so many. @see SUB_UID_MIN and SUB_UID_COUNT in login.defs(5) */
const FIRST_SUBID = 100000;
const SUBID_COUNT = 65536;

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
