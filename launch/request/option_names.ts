/**
 * Finds options by their names. What a launch types is found by its first letter: who looks through all
 * options takes a third of the time that a launch takes to read its words.
 */
import type { Builder } from "../../engine/builder.ts";
import { LOWER_A } from "../../engine/characters.ts";
import { all, not } from "../../engine/condition.ts";
import { data } from "../../engine/operand.ts";
import { firstsOf, Table } from "../../engine/table.ts";
import { Expression, type Term, type Value, type Variable } from "../../engine/value.ts";
import type { OptionForm } from "./spec.ts";

/** Which kind of value an option has, as tables have it. */
export const MODES = { none: 0, optional: 1, attached: 2, required: 3 } as const;

const modeOf = ({ value, attached }: OptionForm): number =>
  MODES[attached ? "attached" : value ?? "none"];

/** Nothing is found. */
const NONE = -1;
const NO_FORM = 0xff;

const LETTERS = 26;

/** Finds the option that a name is, or is the beginning of no other's. Gives its form's number, and sets its mode. */
export function findLong(
  s: Builder,
  forms: readonly OptionForm[],
  { name, length, mode }: {
    readonly name: Variable;
    readonly length: Value;
    readonly mode: Variable;
  },
  fails: { unknown(): void; ambiguous(): void },
): Variable {
  const found = s.variable("form", NONE);
  const isAmbiguous = s.variable("ambiguous", 0);
  const typed = s.variable("typed", length);
  const letterOf = (long: string): number => long.charCodeAt(0) - LOWER_A;
  const rows = forms.map((form, i) => ({
    long: form.long,
    length: form.long.length,
    mode: modeOf(form),
    number: i,
  })).sort((a, b) => letterOf(a.long) - letterOf(b.long));
  s.if(typed.is(0), fails.ambiguous);
  const letter = s.variable("first letter", name.byte().minus(LOWER_A));
  s.if(letter.isAtLeast(LETTERS), fails.unknown);
  const table = new Table(["long", "length", "mode", "number"], rows);
  const start = s.variable("table", table.operand);
  const firsts = data(firstsOf(rows.map(({ long }) => letterOf(long)), LETTERS), "first rows");
  const rowOf = (letter: Value): Expression =>
    new Expression("byte", [firsts, letter]).times(table.rowBytes).plus(start);
  s.each([rowOf(letter), rowOf(letter.plus(1)), table.rowBytes], (at, { leave, next }) => {
    const row = table.row(s, start, at);
    const length = s.variable("row's length", row.get("length"));
    s.if(length.isBelow(typed), next);
    s.if(not(name.isSame(row.get("long"), typed)), next);
    s.if(all(found.isNot(NONE), length.isNot(typed)), () => {
      isAmbiguous.set(1);
      next();
    });
    found.set(row.get("number"));
    mode.set(row.get("mode"));
    s.if(length.is(typed), () => {
      isAmbiguous.set(0);
      leave();
    });
  });
  s.if(found.is(NONE), fails.unknown);
  s.if(isAmbiguous.is(1), fails.ambiguous);
  return found;
}

/** Finds the option of a letter. Gives its form's number, and sets its mode. */
export function findLetter(
  s: Builder,
  forms: readonly OptionForm[],
  { letter, mode }: { readonly letter: Term; readonly mode: Variable },
  unknown: () => void,
): Variable {
  const known = forms.flatMap(({ short }) => short === undefined ? [] : [short.charCodeAt(0)]);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  // By letter: its form, and what kind of value that has.
  const cells = new Uint8Array(2 * (most + 1 - least)).fill(NO_FORM);
  forms.forEach((form, i) => {
    if (form.short !== undefined) {
      cells.set([i, modeOf(form)], 2 * (form.short.charCodeAt(0) - least));
    }
  });
  const typed = s.variable("typed", letter.minus(least));
  s.if(typed.isAtLeast(most + 1 - least), unknown);
  const cell = s.variable("letter's cell", typed.times(2).plus(data(cells, "letters")));
  const form = s.variable("form", cell.byte());
  s.if(form.is(NO_FORM), unknown);
  mode.set(cell.byte(1));
  return form;
}
