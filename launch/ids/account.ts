/** Steps that find out who starts a launch: the account in passwd(5). */
import { COLON, NEWLINE, NUL } from "../../engine/characters.ts";
import { type Content, eachLine, nextField, readText } from "../../engine/file.ts";
import { Text } from "../../engine/text.ts";
import { not } from "../../engine/condition.ts";
import type { Variable } from "../../engine/value.ts";
import type { Builder } from "../../engine/builder.ts";
import { failed } from "../context.ts";

/** The most that is read of a file. Of a longer one the last line might be half of one. */
export const TEXT_BYTES = 0x100000;

/** The digits of an id, and a colon. */
const FIELD_BYTES = 11;

export const PASSWD = "/etc/passwd";

/** A user. */
export interface Account {
  /** The user id as a field: `1000:`. */
  readonly uid: Text;
  /** The address of the user's line in /etc/passwd; 0 if there is none. */
  readonly line: Variable;
  /** The bytes of the name with which it begins, and its colon; 0 if there is none. */
  readonly nameLength: Variable;
}

/** Finds the effective user id. */
export function findUser(s: Builder): Variable {
  return s.call("geteuid", [], "who starts this", { result: "euid", fails: "ignored" });
}

/** Finds the effective group id. @param egid Takes it. */
export function findGroup(s: Builder, egid: Variable): void {
  const note = "the group of who starts this";
  s.call("getegid", [], note, { result: egid, fails: "ignored" });
}

/** Reads all accounts. */
export const readAccounts = (s: Builder): Content =>
  readTable(s, PASSWD, "the accounts that there are");

/** Reads a file that has a line for each user or group. It may be absent. */
export function readTable(s: Builder, path: string, note: string): Content {
  return readText(s, path, {
    room: TEXT_BYTES,
    note,
    cannotOpen: "ignored",
    cannotRead: failed(`cannot read ${path}`),
  });
}

/** Finds the account of a user. */
export function findAccount(s: Builder, content: Content, id: number | Variable): Account {
  const uid = new Text(s, "uid", FIELD_BYTES, failed("a user id is too long"));
  if (typeof id === "number") uid.append(`${id}:`);
  else {
    uid.appendDecimal(id);
    uid.append(":");
  }
  const account = { uid, line: s.variable("account", 0), nameLength: s.variable("name length", 0) };
  eachLine(s, content, (line, { leave, next }) => {
    // It has no name.
    s.if(line.byte().is(COLON), next);
    const at = s.variable("at", line);
    nextField(s, at);
    const nameLength = s.variable("length", at.minus(line));
    nextField(s, at);
    s.if(not(at.isSame(uid.start, uid.length)), next);
    account.line.set(line);
    account.nameLength.set(nameLength);
    leave();
  });
  return account;
}

/** Sets a variable to the shell of the account with this line, if it has one; 0 is no line. */
export function takeAccountShell(s: Builder, line: Variable, shell: Variable): void {
  s.if(line.isNot(0), () => {
    const at = s.variable("at", line);
    for (let field = 1; field < 7; field++) nextField(s, at);
    s.if(not(at.byte().isOneOf(COLON, NEWLINE)), () => {
      shell.set(at);
      at.set(at.seek(COLON, NEWLINE));
      s.store(at, NUL, { bytes: 1 });
    });
  });
}
