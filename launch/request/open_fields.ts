/** The fields that the options of commands set, where these are read when the launch is started. */
import type { Builder } from "../../engine/builder.ts";
import type { When } from "../../engine/condition.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { nameOf } from "../request.ts";
import type { OpenSpec } from "../spec.ts";
import { isNoField, isSpecField } from "./exact/fields.ts";
import { ALWAYS, IMPLIED_FIELDS } from "./exact/settle.ts";
import { KINDS } from "./several.ts";
import { type Meaning, type OpenCommand, setField } from "./spec.ts";
import type { Fields } from "./values.ts";

/** What the options mean that set fields. */
export const meaningsOf = (commands: readonly OpenCommand[]): Meaning[] =>
  commands.flatMap(({ options }) => options.flatMap(({ means = [] }) => means))
    .filter((meaning) => !isNoField(meaning));

/** The fields that are open: those that options set, and those that only some of the commands always have. */
function fieldsOf(commands: readonly OpenCommand[]): string[] {
  const fields = meaningsOf(commands).flatMap((meaning) =>
    KINDS[meaning.as]?.fields(meaning) ?? [meaning.field]
  );
  const implied = commands.some(isExact) ? IMPLIED_FIELDS : [];
  const always = commands.some(isExact) && !commands.every(isExact) ? ALWAYS : [];
  return [...new Set([...fields, ...implied, ...always, "program", "argv"])];
}

/** Whether options are exact words. */
export const isExact = (command: OpenCommand): boolean => command.isExact === true;

/** The fields that are ids, or names of such. */
const namedFieldsOf = (commands: readonly OpenCommand[]): string[] =>
  meaningsOf(commands).filter(({ as }) => as === "user" || as === "group")
    .map(({ field }) => field);

/** The spec of commands, in the name of the first: every field is a parameter of that name. */
export function openSpec(...commands: readonly OpenCommand[]): OpenSpec {
  const starts = commands.map(({ start }) => structuredClone(start));
  const spec = Object.assign({ name: commands[0]!.name }, ...starts);
  for (const path of fieldsOf(commands)) {
    if (isSpecField(path)) setField(spec, path, { parameter: path });
  }
  const always = commands.every(isExact) ? ALWAYS : [];
  for (const field of always) setField(spec, field, true);
  return spec;
}

/** A field, as it is read. */
interface Field {
  readonly value: Variable;
  /** The variable that has a bit for it, which is set if it is given. */
  readonly given: Variable;
  readonly bit: number;
}

/** So many bits stand in a record: see NUMBER in record.ts. */
const BITS = 15;

/** The fields of a request. */
export class OpenFields implements Fields {
  readonly all: Readonly<Record<string, Field>>;

  constructor(s: Builder, commands: readonly OpenCommand[]) {
    const names = [...fieldsOf(commands), ...new Set(namedFieldsOf(commands).map(nameOf))];
    const words = Array.from(
      { length: Math.ceil(names.length / BITS) },
      () => s.variable("given", 0),
    );
    this.all = Object.fromEntries(names.map((name, i) => [name, {
      value: s.variable(name, 0).said(),
      given: words[Math.floor(i / BITS)]!,
      bit: 1 << i % BITS,
    }]));
  }

  has(field: string): boolean {
    return Object.hasOwn(this.all, field);
  }

  isGiven(field: string): When {
    if (!this.has(field)) return false;
    const { given, bit } = this.all[field]!;
    return given.has(bit);
  }

  value(field: string): Variable {
    return this.all[field]!.value;
  }

  set(field: string, value: Value): void {
    const { value: variable, given, bit } = this.all[field]!;
    variable.set(value);
    given.set(given.or(bit));
  }

  unset(field: string): void {
    const { given, bit } = this.all[field]!;
    given.set(given.and(~bit));
  }

  add(field: string, bits: number): void {
    this.set(field, this.value(field).or(bits));
  }
}
