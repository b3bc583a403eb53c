/** Values of options that are read when a launch is started: the first way is cli/parse.ts. */
import { SIGNALS } from "../../ffi/abi/signal.ts";
import { encode } from "../../ffi/bytes.ts";
import type { Builder } from "../../engine/builder.ts";
import { COLON, EQUALS, HYPHEN, NUL, PLUS, SPACE, ZERO } from "../../engine/characters.ts";
import { any, type When } from "../../engine/condition.ts";
import { type Message, words } from "../../engine/failure.ts";
import { readNumber } from "../../engine/file.ts";
import { eachRow } from "../../engine/table.ts";
import { constant, type Value, type Variable } from "../../engine/value.ts";
import { ALL_IDS } from "../ids/spec.ts";
import { PROPAGATION } from "../mounts/steps.ts";
import { nameOf, WORDS } from "../request.ts";
import type { Meaning, ValueKind } from "./spec.ts";

/** The fields of a request, where values go. */
export interface Fields {
  isGiven(field: string): When;
  set(field: string, value: Value): void;
  /** As if it was never given. */
  unset(field: string): void;
  /** Adds bits to it. */
  add(field: string, bits: number): void;
}

/** A value to be read. */
export interface Reading<Into = Pick<Fields, "set">> {
  readonly s: Builder;
  readonly meaning: Meaning;
  /** The address of a C string. */
  readonly text: Variable;
  readonly fields: Into;
  /** Steps for a text that is no such value. They end. */
  invalid(message: Message): void;
}

/** Reads a value, and puts it where it belongs. */
type Reader = (reading: Reading) => void;

/** A number below a limit that is the whole text from an address on. */
export function wholeNumber(
  s: Builder,
  start: Value,
  invalid: () => void,
  limit?: number,
): Variable {
  const at = s.variable("digits", start);
  const number = readNumber(s, at, invalid, limit);
  s.if(at.byte().isNot(NUL), invalid);
  return number;
}

export function readId(s: Builder, text: Variable, invalid: () => void): Variable {
  const id = wholeNumber(s, text, invalid);
  s.if(id.isAtLeast(ALL_IDS), invalid);
  return id;
}

const idReader = (what: "uid" | "gid", mayFollow: boolean): Reader => (reading) => {
  const { s, meaning: { field }, text, fields, invalid } = reading;
  const read = (): void => {
    const refuse = () => invalid(words`failed to parse ${what}: '${{ string: text }}'`);
    fields.set(field, readId(s, text, refuse));
  };
  if (!mayFollow) return read();
  s.if(text.begins("follow\0"), () => fields.set(field, WORDS.follow), { otherwise: read });
};

/** An id in digits, or the name of one. */
const nameReader =
  (kind: "uid" | "gid"): Reader => ({ s, meaning: { field }, text, fields, invalid }) => {
    const isName = s.variable("is a name", 0);
    s.block(({ leave }) => {
      const id = readId(s, text, () => {
        isName.set(1);
        leave();
      });
      fields.set(field, id);
    });
    s.if(isName.is(1), () => {
      const colon = s.variable("colon", text.seek(COLON, NUL));
      // A number that is none of an id is no name either, nor is the beginning of a line.
      const isNone = any(
        colon.byte().is(COLON),
        text.byte().isOneOf(HYPHEN, PLUS, SPACE, NUL),
        text.byte().minus(ZERO).isBelow(10),
      );
      s.if(isNone, () => invalid(words`failed to parse ${kind} '${{ string: text }}'`));
      // Whose it is, findIds() looks up.
      fields.set(nameOf(field), text);
      fields.set(field, WORDS.named);
    });
  };

/** More than any clock counts. */
const MOST_SECONDS = 2 ** 59;

/** A whole number with a sign. */
function readSeconds({ s, meaning: { field, called = "" }, text, fields, invalid }: Reading): void {
  const at = s.variable("digits", text);
  const isNegative = s.variable("is negative", 0);
  s.if(at.byte().isOneOf(HYPHEN, PLUS), () => {
    s.if(at.byte().is(HYPHEN), () => isNegative.set(1));
    at.advance();
  });
  const number = wholeNumber(s, at, () => {
    invalid(words`failed to parse ${called}: '${{ string: text }}'`);
  }, MOST_SECONDS);
  s.if(isNegative.is(1), () => number.set(constant(0).minus(number)));
  fields.set(field, number);
}

/** Looks a word up in a table, and sets a field to what stands there. */
function lookUp(
  { s, meaning: { field }, text, fields }: Reading,
  table: Readonly<Record<string, string | number>>,
  unknown: () => void,
): void {
  s.block((found) => {
    const rows = Object.entries(table).map(([word, value]) => ({
      word: `${word}\0`,
      length: encode(word).length + 1,
      value,
    }));
    eachRow(s, ["word", "length", "value"], rows, (row) => {
      s.if(text.isSame(row.get("word"), row.get("length")), () => {
        fields.set(field, row.get("value"));
        found.leave();
      });
    });
    unknown();
  });
}

/** What words stand for, where it is not their text. */
const MEANT: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  propagation: { ...PROPAGATION, unchanged: 0 },
};

function readWord(reading: Reading): void {
  const { meaning: { field, words: all = [], called = "" }, text, invalid } = reading;
  const table = MEANT[field] ?? Object.fromEntries(all.map((word) => [word, word]));
  const said = { string: text };
  lookUp(reading, table, () => {
    invalid(
      called.startsWith("-")
        ? words`unsupported ${called} '${said}'`
        : words`unsupported ${called}: ${said}`,
    );
  });
}

const SIGNAL_NAMES = Object.fromEntries(
  Object.entries(SIGNALS).flatMap(([name, number]) => [[name, number], [name.slice(3), number]]),
);

/** Readers of values that are one field. */
export const READERS: Readonly<Partial<Record<ValueKind, Reader>>> = {
  "text": ({ meaning, text, fields }) => fields.set(meaning.field, text),
  "text behind =": ({ s, meaning, text, fields }) => {
    const start = s.variable("start", text);
    s.if(start.byte().is(EQUALS), () => start.advance());
    fields.set(meaning.field, start);
  },
  "uid": idReader("uid", false),
  "gid": idReader("gid", false),
  "user": nameReader("uid"),
  "group": nameReader("gid"),
  "uid or follow": idReader("uid", true),
  "gid or follow": idReader("gid", true),
  "seconds": readSeconds,
  "word": readWord,
  "signal": (reading) => {
    lookUp(reading, SIGNAL_NAMES, () => {
      reading.invalid(words`unknown signal: ${{ string: reading.text }}`);
    });
  },
  "descriptor": ({ s, meaning, text, fields, invalid }) => {
    const refuse = () => invalid(words`failed to parse file descriptor: '${{ string: text }}'`);
    const number = wholeNumber(s, text, refuse);
    s.if(number.isAtLeast(2 ** 31), refuse);
    fields.set(meaning.field, number);
  },
};
