/** Looks whether ranges may be mapped by who asks for them. @see subuid(5), newuidmap(1) */
import { all, not } from "../../engine/condition.ts";
import { eachLine } from "../../engine/file.ts";
import { Text } from "../../engine/text.ts";
import { constant, type Variable } from "../../engine/value.ts";
import { type Account, findAccount, readAccounts } from "../find/account.ts";
import { eachRange, type IdMap } from "../find/id_map.ts";
import { FILES, type Ids } from "../find/ids.ts";
import { adviceFor, findRange, type Found, isOf, readRange } from "../find/subids.ts";
import { type RangeWords, WITHOUT_RANGES } from "../hints/id_maps.ts";
import type { Sequence } from "../plan.ts";
import { failed } from "./context.ts";

/** What is said is no longer than this. */
const SAID_BYTES = 4096;

const TOO_LONG = failed("a name is too long");

const OPTIONS = { uid: "--map-users=auto", gid: "--map-groups=auto" } as const;

/** Gives a plan the look whether the ranges of a map are the caller's. @returns What it says if not. */
export function lookAtRanges(s: Sequence, { euid }: Ids, map: IdMap): RangeWords {
  const { kind } = map;
  const said = { why: s.variable(`${kind}s: why`, ""), remedy: s.variable(`${kind}s: remedy`, "") };
  s.look(WITHOUT_RANGES[kind].kind, () => {
    const isLacking = s.variable("is lacking", 1);
    const account = findAccount(s, readAccounts(s), euid);
    const found = findRange(s, FILES[kind], { euid, account });
    s.if(found.range.count.is(0), () => sayLack(s, found, { euid, account }, said, kind), {
      otherwise: () =>
        s.block(({ leave }) => {
          s.if(ownsAll(s, map, found, account).is(0), () => {
            sayOwn(s, found, account, said, kind);
            leave();
          });
          isLacking.set(0);
        }),
    });
    return isLacking.isNot(0);
  });
  return said;
}

interface Said {
  readonly why: Variable;
  readonly remedy: Variable;
}

/** There are no ranges of this user. */
function sayLack(
  s: Sequence,
  found: Found,
  owner: { readonly euid: Variable; readonly account: Account },
  said: Said,
  kind: keyof typeof OPTIONS,
): void {
  const { user, free, advice } = adviceFor(s, found, owner);
  const why = new Text(s, "why", SAID_BYTES, TOO_LONG);
  s.if(found.wrong.is(0), () => {
    why.append('no line matching user "');
    why.appendString(user);
    why.append(`" in ${found.file}\0`);
  }, {
    otherwise() {
      why.append("line ");
      why.appendDecimal(found.wrong);
      why.append(` of ${found.file} is not NAME:START:COUNT\0`);
    },
  });
  said.why.set(why.start);
  const remedy = new Text(s, "remedy", SAID_BYTES, TOO_LONG);
  s.if(free.isNot(0), () => {
    remedy.appendString(advice);
    remedy.append("; then ");
  });
  remedy.append(`ask for those ids: ${OPTIONS[kind]}\0`);
  said.remedy.set(remedy.start);
}

/** There are, and others are asked for. */
function sayOwn(
  s: Sequence,
  { file, range: { start, count } }: Found,
  { uid, line, nameLength }: Account,
  said: Said,
  kind: keyof typeof OPTIONS,
): void {
  const why = new Text(s, "why", SAID_BYTES, TOO_LONG);
  why.append(`${file} gives `);
  s.if(nameLength.is(0), () => why.append({ start: uid.start, length: uid.length.minus(1) }), {
    otherwise: () => why.append({ start: line, length: nameLength.minus(1) }),
  });
  why.append(" the ids from ");
  why.appendDecimal(start);
  why.append(" to ");
  why.appendDecimal(start.plus(count).minus(1));
  why.append(", and others are asked for\0");
  said.why.set(why.start);
  said.remedy.set(`ask for those ids instead: ${OPTIONS[kind]}`);
}

/** 1 if newuidmap(1) must let the caller map all of a map: its own id, and its subordinate ranges. */
function ownsAll(s: Sequence, map: IdMap, { content }: Found, account: Account): Variable {
  const ownsAll = s.variable("owns all", 1);
  eachRange(s, map, (_, outer, count) => {
    s.block(({ leave }) => {
      const own = map.own?.outer ?? s.variable("own", -1);
      s.if(all(outer.is(own), count.is(1)), leave);
      eachLine(s, content, (line, { next }) => {
        s.if(not(isOf(account, line)), next);
        const range = readRange(s, line);
        const end = range.start.plus(range.count);
        s.if(
          all(outer.isAtLeast(range.start), constant(0).plus(end).isAtLeast(outer.plus(count))),
          leave,
        );
      });
      ownsAll.set(0);
    });
  });
  return ownsAll;
}
