/** Steps that find the ids of users and groups by their names: passwd(5) and group(5). */
import { EINVAL } from "../../ffi/abi/errno.ts";
import { COLON, NEWLINE } from "../../engine/characters.ts";
import { type Content, eachLine, nextField, readNumber } from "../../engine/file.ts";
import { all, any, not } from "../../engine/condition.ts";
import type { Builder } from "../../engine/builder.ts";
import type { Variable } from "../../engine/value.ts";
import { stringAt } from "../../engine/text.ts";
import { failed } from "../context.ts";
import { PASSWD, readTable } from "./account.ts";
import { badLineHints, nameHints } from "./hints.ts";
import { ALL_IDS } from "./spec.ts";

const GROUP = "/etc/group";

/** Reads all groups. */
export const readGroups = (s: Builder): Content => readTable(s, GROUP, "the groups that there are");

/**
 * Finds the id of a name, in the first of its lines that has one.
 *
 * @param content Of /etc/passwd for a uid, of /etc/group for a gid: both have NAME:PASSWORD:ID.
 */
export function findNamed(
  s: Builder,
  kind: "uid" | "gid",
  content: Content,
  { name }: { readonly name: string | Variable },
): Variable {
  const file = kind === "uid" ? PASSWD : GROUP;
  const id = s.variable(`named ${kind}`, ALL_IDS);
  const wrong = s.variable("wrong line", 0);
  const number = s.variable("line number", 0);
  eachLine(s, content, (line, { leave, next }) => {
    number.advance();
    if (typeof name === "string") s.if(not(line.begins(`${name}:`)), next);
    else {
      const length = s.variable("length", stringAt(name).length);
      s.if(any(length.is(0), not(line.isSame(name, length))), next);
      s.if(line.byte(length).isNot(COLON), next);
    }
    const at = s.variable("at", line);
    nextField(s, at);
    nextField(s, at);
    wrong.set(number);
    const value = readNumber(s, at, next);
    s.if(not(all(value.isBelow(ALL_IDS), at.byte().isOneOf(COLON, NEWLINE))), next);
    id.set(value);
    leave();
  });
  const said = typeof name === "string" ? { path: name } : { string: name };
  const message = ["failed to parse ", kind, " '", said, "'"];
  s.if(id.is(ALL_IDS), () => {
    s.if(
      wrong.is(0),
      () => s.fail(failed(message, nameHints(kind, name, file)), EINVAL),
      { otherwise: () => s.fail(failed(message, badLineHints(kind, wrong, file)), EINVAL) },
    );
  });
  return id;
}
