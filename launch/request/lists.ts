/** Values of which options make lists: one more each time. */
import { flagsOf } from "../../ffi/abi/namespaces.ts";
import { RLIM_INFINITY } from "../../ffi/abi/resource.ts";
import { COLON, COMMA, NUL } from "../../engine/characters.ts";
import { POINTER_BYTES } from "../../engine/operand.ts";
import type { Builder } from "../../engine/builder.ts";
import { any, not } from "../../engine/condition.ts";
import { words } from "../../engine/failure.ts";
import { readNumber } from "../../engine/file.ts";
import { Struct } from "../../engine/struct.ts";
import { eachRow } from "../../engine/table.ts";
import { Text } from "../../engine/text.ts";
import type { Place, Value, Variable } from "../../engine/value.ts";
import { MOST_SOURCES, SOURCE, sourceKind } from "../ids/sources.ts";
import { ALL_IDS } from "../ids/spec.ts";
import { RESOURCES } from "../limits/spec.ts";
import { LIMIT } from "../limits/steps.ts";
import { MOST_KEPT } from "../program/environment.ts";
import { type Fields, type Reading, wholeNumber } from "./values.ts";

/** Reads a value, and puts it where it belongs. */
export type Reader = (reading: Reading<Fields>) => void;

/** Larger numbers than any limit that is none: what is read stays below that. */
const MOST_LIMIT = 2 ** 59;

/** How long names of variables may be together. */
const NAMES_BYTES = 1 << 16;

/** An array of `NAME=`, NULL behind it, with room for names. */
interface Names {
  readonly array: Place;
  readonly end: Variable;
  readonly text: Text;
  tooMany(): void;
}

/** `A,B`: more names, of which none is there twice. */
const nameReader =
  ({ array, end, text: store, tooMany }: Names): Reader =>
  ({ s, meaning: { field }, text, fields }) => {
    const at = s.variable("at", text);
    s.loop(({ leave }) => {
      const length = s.variable("length", at.seek(COMMA, NUL).minus(at));
      s.block((name) => {
        s.if(length.is(0), name.leave);
        const start = s.variable("name", store.end);
        store.append({ start: at, length }, "=\0");
        s.each([array, end, POINTER_BYTES], (known) => {
          s.if(start.isSame(known.word(), length.plus(1)), () => {
            store.end.set(start);
            name.leave();
          });
        });
        s.if(end.isAtLeast(array.at(POINTER_BYTES * MOST_KEPT)), tooMany);
        s.store(end, start);
        end.advance(POINTER_BYTES);
        fields.set(field, array);
      });
      at.advance(length);
      s.if(at.byte().is(NUL), leave);
      at.advance();
    });
  };

/** A list of sources of ranges of ids. */
interface Sources {
  readonly list: Place;
  readonly end: Variable;
  tooMany(): void;
}

/** INNER:OUTER:COUNT, OUTER,INNER,COUNT, or a word: one more. */
const rangeReader =
  ({ list, end, tooMany }: Sources): Reader =>
  ({ s, meaning: { field, usual }, text, fields, invalid }) => {
    const refuse = () => invalid(words`invalid mapping '${{ string: text }}'`);
    const last = list.at(SOURCE.bytes * MOST_SOURCES);
    const append = (values: Partial<Record<keyof typeof SOURCE.fields, Value>>): void => {
      s.if(end.isAtLeast(last), tooMany);
      new Struct(s, SOURCE, end).fill(values);
      end.advance(SOURCE.bytes);
      fields.set(field, list);
    };
    const appendWord = (word: "auto" | "subids" | "all") => append({ kind: sourceKind(word) });
    if (usual !== undefined) return appendWord(usual as "auto");
    s.block((done) => {
      for (const word of ["auto", "subids", "all"] as const) {
        s.if(text.begins(`${word}\0`), () => {
          appendWord(word);
          done.leave();
        });
      }
      const at = s.variable("digits", text);
      const first = readNumber(s, at, refuse);
      const separator = s.variable("separator", at.byte());
      s.if(not(separator.isOneOf(COLON, COMMA)), refuse);
      at.advance();
      const second = readNumber(s, at, refuse);
      s.if(at.byte().isNot(separator), refuse);
      const count = wholeNumber(s, at.plus(1), refuse);
      // The old way has them the other way round.
      const [inner, outer] = [s.variable("inner", first), s.variable("outer", second)];
      s.if(separator.is(COMMA), () => {
        inner.set(second);
        outer.set(first);
      });
      s.if(count.is(0), () => {
        // It maps nothing, but in a namespace of its own.
        fields.add("namespaces", flagsOf(["user"]));
        done.leave();
      });
      s.if(any(...[inner, outer].map((id) => count.plus(id).isAtLeast(ALL_IDS + 1))), refuse);
      s.each([list, end, SOURCE.bytes], (at, { next }) => {
        const other = new Struct(s, SOURCE, at);
        s.if(other.get("kind").isNot(sourceKind("range")), next);
        for (const [id, side] of [[inner, "inner"], [outer, "outer"]] as const) {
          const isApart = any(
            not(id.isBelow(other.get(side).plus(other.get("count")))),
            not(other.get(side).isBelow(id.plus(count))),
          );
          s.if(not(isApart), () => invalid(words`mapping '${{ string: text }}' overlaps another`));
        }
      });
      append({ kind: sourceKind("range"), inner, outer, count });
    });
  };

/** Limits of resources. */
interface Limits {
  readonly list: Place;
  readonly end: Variable;
}

/** The most resources. */
const MOST_LIMITS = Object.keys(RESOURCES).length;

/** NAME=SOFT[:HARD]: one more, or another value for one of before. */
const limitReader =
  ({ list, end }: Limits): Reader => ({ s, meaning: { field }, text, fields, invalid }) => {
    const refuse = () => invalid(words`failed to parse limit: '${{ string: text }}'`);
    const at = s.variable("value", 0);
    const [name, resource] = [s.variable("limit's name", 0), s.variable("resource", 0)];
    const rows = Object.entries(RESOURCES).map(([name, number]) => ({
      start: `${name}=`,
      length: name.length + 1,
      name,
      number,
    }));
    eachRow(s, ["start", "length", "name", "number"], rows, (row, { leave, next }) => {
      s.if(not(text.isSame(row.get("start"), row.get("length"))), next);
      at.set(text.plus(row.get("length")));
      name.set(row.get("name"));
      resource.set(row.get("number"));
      leave();
    });
    s.if(at.is(0), () => invalid(words`unknown resource limit: ${{ string: text }}`));
    const readValue = (): Variable => {
      const value = s.variable("limit", RLIM_INFINITY);
      s.block(({ leave }) => {
        for (const word of ["unlimited", "infinity"]) {
          s.if(at.begins(word), () => {
            at.advance(word.length);
            leave();
          });
        }
        value.set(readNumber(s, at, refuse, MOST_LIMIT));
      });
      return value;
    };
    const soft = readValue();
    const hard = s.variable("hard limit", soft);
    s.if(at.byte().is(COLON), () => {
      at.advance();
      hard.set(readValue());
    });
    s.if(at.byte().isNot(NUL), refuse);
    s.if(hard.isBelow(soft), () => {
      invalid(words`the soft limit is above the hard one: '${{ string: text }}'`);
    });
    const place = s.variable("place", end);
    s.each([list, end, LIMIT.bytes], (known, { leave, next }) => {
      s.if(new Struct(s, LIMIT, known).get("resource").isNot(resource), next);
      place.set(known);
      leave();
    });
    new Struct(s, LIMIT, place).fill({ name, resource, soft, hard });
    s.if(place.is(end), () => end.advance(LIMIT.bytes));
    fields.set(field, list);
  };

/** Makes room for ranges, and gives their reader. */
export function prepareRanges(s: Builder, tooMany: () => void): Reader {
  const list = s.memory("sources of ranges", SOURCE.bytes * (MOST_SOURCES + 1));
  return rangeReader({ list, end: s.variable("end of sources", list), tooMany });
}

/** Makes room for limits, and gives their reader: no more than there are. */
export function prepareLimits(s: Builder): Reader {
  const list = s.memory("limits", LIMIT.bytes * (MOST_LIMITS + 1));
  return limitReader({ list, end: s.variable("end of limits", list) });
}

/** Makes room for names of variables, and gives their reader. */
export function prepareNames(s: Builder, tooMany: () => void): Reader {
  const array = s.memory("names", POINTER_BYTES * (MOST_KEPT + 1));
  const text = new Text(s, "text of names", NAMES_BYTES, tooMany);
  return nameReader({ array, end: s.variable("end of names", array), text, tooMany });
}
