/** Looks whether ranges may be mapped by who asks for them. @see subuid(5), newuidmap(1) */
import { textFor } from "../../engine/failure.ts";
import { all, not } from "../../engine/condition.ts";
import { type Content, eachLine } from "../../engine/file.ts";
import { stringAt, Text } from "../../engine/text.ts";
import type { Variable } from "../../engine/value.ts";
import { type Account, findAccount } from "./account.ts";
import type { IdMap } from "./id_map.ts";
import {
  eachLine as eachMapLine,
  MAP_PARAMETERS,
  type MapParameters,
  parametersOf,
} from "./map_lines.ts";
import { FILES, type Ids } from "./caller.ts";
import { readMost } from "./own_map.ts";
import { adviceFor } from "./subid_advice.ts";
import { findRange, isOf, MAPS, readRange, type SubidRange } from "./subids.ts";
import { type RangeWords, WITHOUT_RANGES } from "./hints.ts";
import type { Builder } from "../../engine/builder.ts";
import { option } from "../option.ts";
import { type Context, failed } from "../context.ts";

/** What is said is no longer than this. */
const SAID_BYTES = 4096;

const NOTE = "look for the cause";

/** What asks for the ids that the caller has. */
const OPTIONS = { uid: option("mapUsers", "auto"), gid: option("mapGroups", "auto") } as const;

/** What is looked at: the map, and texts. */
interface Asked extends MapParameters {
  readonly file: Variable;
  /** The map of the caller's user namespace. */
  readonly known: Variable;
  readonly option: Variable;
}

/** What is said: the addresses of texts. */
interface Said {
  /** Why ranges may not be mapped; 0 if they may. */
  readonly why: Variable;
  readonly remedy: Variable;
}

/** Gives a plan the look whether the ranges of a map are the caller's. @returns What it says if not. */
export function lookAtRanges({ s, ids, fronts }: Context, map: IdMap): RangeWords {
  const { kind } = map;
  const said = { why: s.variable(`${kind}s: why`, ""), remedy: s.variable(`${kind}s: remedy`, "") };
  s.look(WITHOUT_RANGES[kind].kind, () => {
    const file = FILES[kind];
    const { why, remedy } = s.subroutine("ranges that are not the caller's", {
      parameters: [...MAP_PARAMETERS, "file", "known", "option"],
      results: ["why", "remedy"],
    }, ({ why, remedy, ...asked }) => look(s, ids, asked, { why, remedy }))({
      ...parametersOf(map),
      file,
      known: MAPS[file],
      option: textFor([OPTIONS[kind]], fronts[0]),
    });
    said.why.set(why);
    said.remedy.set(remedy);
    return why.isNot(0);
  });
  return said;
}

function look(s: Builder, { euid }: Ids, asked: Asked, said: Said): void {
  const texts = {
    why: new Text(s, "why", SAID_BYTES, failed("a name is too long")),
    remedy: new Text(s, "remedy", SAID_BYTES, failed("a name is too long")),
  };
  said.why.set(0);
  said.remedy.set(0);
  s.block(({ leave }) => {
    s.block((lack) => {
      const accounts = readMost(s, "/etc/passwd", { note: NOTE });
      const account = findAccount(s, accounts, euid);
      const content = readMost(s, asked.file, {
        note: NOTE,
        cannotOpen(error) {
          s.if(error.is("EACCES"), () => {
            sayUnreadable(s, euid, asked, texts);
            lack.leave();
          });
        },
      });
      const found = findRange(s, content, account);
      s.if(found.count.isNot(0), () => {
        s.if(ownsAll(s, asked, content, account).is(1), leave);
        sayOthers(s, asked, found, account, texts);
        lack.leave();
      });
      const { file, known: map } = asked;
      const { wrong } = found;
      const { user, advice } = adviceFor(s, { file, map, content, wrong }, { euid, account });
      const path = stringAt(file);
      s.if(wrong.is(0), () => {
        texts.why.append('no line matching user "', stringAt(user), '" in ', path);
      }, {
        otherwise() {
          texts.why.append("line ");
          texts.why.appendDecimal(wrong);
          texts.why.append(" of ", path, " is not NAME:START:COUNT");
        },
      });
      s.if(advice.isNot(0), () => texts.remedy.append(stringAt(advice), "; then "));
      texts.remedy.append("ask for those ids: ", stringAt(asked.option));
    });
    for (const name of ["why", "remedy"] as const) {
      texts[name].append("\0");
      said[name].set(texts[name].start);
    }
  });
}

interface Texts {
  readonly why: Text;
  readonly remedy: Text;
}

function sayUnreadable(s: Builder, euid: Variable, { file, option }: Asked, said: Texts): void {
  said.why.append("cannot read ", stringAt(file), ": Permission denied");
  said.remedy.append("chmod a+r ", stringAt(file));
  s.if(euid.isNot(0), () => said.remedy.append(", as root"));
  said.remedy.append("; then ask for those ids: ", stringAt(option));
}

/** There are ranges, and others are asked for. */
function sayOthers(
  s: Builder,
  { file, option }: Asked,
  { start, count }: SubidRange,
  { uid, line, nameLength }: Account,
  { why, remedy }: Texts,
): void {
  why.append(stringAt(file), " gives ");
  s.if(nameLength.is(0), () => why.append({ start: uid.start, length: uid.length.minus(1) }), {
    otherwise: () => why.append({ start: line, length: nameLength.minus(1) }),
  });
  why.append(" the ids from ");
  why.appendDecimal(start);
  why.append(" to ");
  why.appendDecimal(start.plus(count).minus(1));
  why.append(", and others are asked for");
  remedy.append("ask for those ids instead: ", stringAt(option));
}

/** 1 if newuidmap(1) must let the caller map all of a map: its own id, and its subordinate ranges. */
function ownsAll(s: Builder, map: MapParameters, content: Content, account: Account): Variable {
  const ownsAll = s.variable("owns all", 1);
  eachMapLine(s, map, (_, outer, count) => {
    s.block(({ leave }) => {
      s.if(all(outer.is(map.ownOuter), count.is(1)), leave);
      eachLine(s, content, (line, { next }) => {
        s.if(not(isOf(account, line)), next);
        const range = readRange(s, line);
        const end = s.variable("range end", range.start.plus(range.count));
        s.if(all(outer.isAtLeast(range.start), end.isAtLeast(outer.plus(count))), leave);
      });
      ownsAll.set(0);
    });
  });
  return ownsAll;
}
