/** Values of options that make several fields, or one of several options. */
import { EINVAL, ERANGE, errnoText } from "../../ffi/abi/errno.ts";
import { COLON, NUL } from "../../engine/characters.ts";
import { any, not } from "../../engine/condition.ts";
import { words } from "../../engine/failure.ts";
import type { Builder } from "../../engine/builder.ts";
import { readNumber } from "../../engine/file.ts";
import type { Meaning, ValueKind } from "./spec.ts";
import { prepareLimits, prepareNames, prepareRanges, type Reader } from "./lists.ts";
import { readId, wholeNumber } from "./values.ts";
import { ALL_IDS } from "../ids/spec.ts";

/** A kind of values. */
export interface Kind {
  /** The fields that it sets. */
  fields(meaning: Meaning): readonly string[];
  /** Makes what it keeps from one option to the next, and gives its reader. */
  prepare(s: Builder, tooMany: () => void): Reader;
}

const kind = (fields: Kind["fields"], read: Reader): Kind => ({ fields, prepare: () => read });

const list = (prepare: Kind["prepare"]): Kind => ({ fields: ({ field }) => [field], prepare });

/** UID:GID */
const readOwner: Reader = ({ s, meaning: { field }, text, fields, invalid }) => {
  const refuse = () => invalid("failed to parse owner");
  const at = s.variable("digits", text);
  const uid = readNumber(s, at, refuse);
  s.if(at.byte().isNot(COLON), refuse);
  s.if(uid.isAtLeast(ALL_IDS), refuse);
  fields.set(`${field}.uid`, uid);
  fields.set(`${field}.gid`, readId(s, s.variable("group", at.plus(1)), refuse));
};

/** More than any number of 64 bits is that the kernel has given away. */
const MOST_NUMBER = 2 ** 59;

/** PID[:INODE], once. */
const readTarget: Reader = ({ s, meaning: { field }, text, fields, invalid }) => {
  const refuse = (errno: number) => (): void =>
    invalid(words`failed to parse PID argument '${{ string: text }}': ${errnoText(errno)}`);
  const [isNone, isOut] = [refuse(EINVAL), refuse(ERANGE)];
  s.if(fields.isGiven(`${field}.target`), () => {
    invalid("option --target may be given only once");
  });
  const at = s.variable("digits", text);
  const pid = readNumber(s, at, isNone);
  s.if(not(at.byte().isOneOf(COLON, NUL)), isNone);
  s.if(any(pid.is(0), pid.isAtLeast(2 ** 31)), isOut);
  s.if(at.byte().is(COLON), () => {
    const inode = wholeNumber(s, at.plus(1), isNone, MOST_NUMBER);
    s.if(inode.is(0), isOut);
    fields.set(`${field}.targetInode`, inode);
  });
  fields.set(`${field}.target`, pid);
};

/** A path, or `:` and an id. The last one counts. */
const readNamespace: Reader = ({ s, meaning: { field, usual }, text, fields, invalid }) => {
  const [file, id] = [`${field}.files.${usual}`, `${field}.ids.${usual}`];
  s.if(text.byte().is(COLON), () => {
    const refuse = () => invalid(words`failed to parse nsid: '${{ string: text }}'`);
    fields.set(id, wholeNumber(s, text.plus(1), refuse, MOST_NUMBER));
    fields.unset(file);
  }, {
    otherwise() {
      fields.set(file, text);
      fields.unset(id);
    },
  });
};

/** Kinds that are more than one field, or one of several options. */
export const KINDS: Readonly<Partial<Record<ValueKind, Kind>>> = {
  "owner": kind(({ field }) => [`${field}.uid`, `${field}.gid`], readOwner),
  "target": kind(({ field }) => [`${field}.target`, `${field}.targetInode`], readTarget),
  "namespace": kind(
    (
      { field, usual },
    ) => [`${field}.namespaces`, `${field}.files.${usual}`, `${field}.ids.${usual}`],
    readNamespace,
  ),
  "range": list(prepareRanges),
  "limit": list(prepareLimits),
  "names": list(prepareNames),
};
