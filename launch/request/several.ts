/** Values of options that make several fields, or one of several options. */
import { any } from "../../engine/condition.ts";
import { words } from "../../engine/failure.ts";
import type { Builder } from "../../engine/builder.ts";
import { COLON, NUL, readNumber } from "../../engine/file.ts";
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

/** PID[:INODE], once. */
const readTarget: Reader = ({ s, meaning: { field }, text, fields, invalid }) => {
  const refuse = () => invalid(words`failed to parse PID argument '${{ string: text }}'`);
  s.if(fields.isGiven(`${field}.target`), () => {
    invalid("option --target may be given only once");
  });
  const at = s.variable("digits", text);
  const pid = readNumber(s, at, refuse);
  s.if(any(pid.is(0), pid.isAtLeast(2 ** 31)), refuse);
  s.if(at.byte().is(COLON), () => {
    const inode = wholeNumber(s, at.plus(1), refuse);
    s.if(inode.is(0), refuse);
    fields.set(`${field}.targetInode`, inode);
  }, { otherwise: () => s.if(at.byte().isNot(NUL), refuse) });
  fields.set(`${field}.target`, pid);
};

/** A path, or `:` and an id. The last one counts. */
const readNamespace: Reader = ({ s, meaning: { field, usual }, text, fields, invalid }) => {
  const [file, id] = [`${field}.files.${usual}`, `${field}.ids.${usual}`];
  s.if(text.byte().is(COLON), () => {
    const refuse = () => invalid(words`failed to parse nsid: '${{ string: text }}'`);
    fields.set(id, wholeNumber(s, text.plus(1), refuse));
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
