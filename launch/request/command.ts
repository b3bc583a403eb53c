/**
 * A command whose options are known only when it is started: its plan has the steps of all of them, and
 * begins by reading its words.
 */
import { flagsOf, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import type { Builder } from "../../engine/builder.ts";
import type { When } from "../../engine/condition.ts";
import type { Failure } from "../../engine/failure.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { failed } from "../context.ts";
import type { OpenSpec } from "../spec.ts";
import { nameOf, TRUE, WORDS, type Words } from "../request.ts";
import { givenWords } from "../program/arguments.ts";
import { readOptions } from "./getopt.ts";
import { implySteps, refusals } from "./implied.ts";
import type { Reader } from "./lists.ts";
import { KINDS } from "./several.ts";
import { type Meaning, type OpenCommand, setField } from "./spec.ts";
import { type Fields, READERS } from "./values.ts";

/** What is done with words that make no launch. Both are steps that end. */
export interface CommandEnds {
  /** An option asks to be told something: "help". */
  tell(s: Builder, what: string): void;
  /** The words make no sense. */
  refuse(s: Builder, failure: Failure): void;
}

const meaningsOf = ({ options }: OpenCommand): Meaning[] =>
  options.flatMap(({ means = [] }) => means);

/** The fields that options set. */
function fieldsOf(command: OpenCommand): string[] {
  const fields = meaningsOf(command).flatMap((meaning) =>
    KINDS[meaning.as]?.fields(meaning) ?? [meaning.field]
  );
  return [...new Set([...fields, "program", "argv"])];
}

/** The fields that are ids, or names of such. */
const namedFieldsOf = (command: OpenCommand): string[] =>
  meaningsOf(command).filter(({ as }) => as === "user" || as === "group").map(({ field }) => field);

/** The spec of a command: every field is a parameter of that name. */
export function openSpec(command: OpenCommand): OpenSpec {
  const spec = { name: command.name, ...structuredClone(command.start) };
  for (const path of fieldsOf(command)) setField(spec, path, { parameter: path });
  return spec as unknown as OpenSpec;
}

/** A field, as it is read. */
interface Field {
  readonly value: Variable;
  readonly isGiven: Variable;
}

/** The fields of a request. */
class OpenFields implements Fields {
  readonly all: Readonly<Record<string, Field>>;

  constructor(s: Builder, names: readonly string[]) {
    this.all = Object.fromEntries(names.map((name) => [name, {
      value: s.variable(name, 0).said(),
      isGiven: s.variable(`${name} is given`, 0),
    }]));
  }

  has(field: string): boolean {
    return Object.hasOwn(this.all, field);
  }

  isGiven(field: string): When {
    return this.has(field) && this.all[field]!.isGiven.is(1);
  }

  value(field: string): Variable {
    return this.all[field]!.value;
  }

  set(field: string, value: Value): void {
    this.all[field]!.value.set(value);
    this.all[field]!.isGiven.set(1);
  }

  unset(field: string): void {
    this.all[field]!.isGiven.set(0);
  }

  add(field: string, bits: number): void {
    this.set(field, this.value(field).or(bits));
  }
}

/** What stands for a value that an option has without one. */
function meant(usual: string | number | boolean): Value {
  if (typeof usual === "boolean") return usual ? TRUE : 0;
  return usual === "current" || usual === "follow" ? WORDS[usual] : usual;
}

/**
 * Reads the words that the process is started with.
 *
 * @param ends What is done with words that make no launch.
 * @param start Where its words are. Default: all but the process's name.
 */
export function readCommand(
  s: Builder,
  command: OpenCommand,
  ends: CommandEnds,
  start?: Value,
): Words {
  const { options } = command;
  const wrong = (failure: Failure): void => ends.refuse(s, failure);
  const fields = new OpenFields(s, [
    ...fieldsOf(command),
    ...new Set(namedFieldsOf(command).map(nameOf)),
  ]);
  const readers = readersOf(s, command, () => wrong(failed("too many values of options")));
  const at = start === undefined ? givenWords(s, "words") : s.variable("words", start);
  readOptions(s, options, at, {
    given(form, text) {
      const { long, means } = options[form]!;
      if (!means) return ends.tell(s, long);
      for (const meaning of means) {
        const { as, excludes } = meaning;
        if (excludes) {
          const message = `options --${excludes.long} and --${long} cannot be combined`;
          s.if(fields.isGiven(excludes.field), () => wrong(failed(message)));
        }
        const read = (): void =>
          readers(meaning)({
            s,
            meaning,
            text,
            fields,
            invalid: (message) => wrong(failed(message)),
          });
        const without = (): void => takeUsual(fields, meaning);
        if (as === "type") without();
        else if (options[form]!.value === "required" || as === "range") read();
        else s.if(text.isNot(0), read, { otherwise: without });
      }
    },
    wrong,
  });
  s.if(at.word().isNot(0), () => fields.set("program", at.word()));
  fields.set("argv", at);
  implySteps(s, fields);
  refusals(s, fields, wrong);
  const parameters = Object.entries(fields.all).map(([name, { value, isGiven }]) => [
    name,
    { value, isGiven: isGiven.is(1) },
  ]);
  return { parameters: Object.fromEntries(parameters), operands: at };
}

/** Gives the readers of meanings: those of one field share what they keep. */
function readersOf(
  s: Builder,
  command: OpenCommand,
  tooMany: () => void,
): (meaning: Meaning) => Reader {
  const readers = new Map<string, Reader>();
  const keyOf = ({ as, field }: Meaning): string => `${as}: ${field}`;
  for (const meaning of meaningsOf(command)) {
    const [kind, key] = [KINDS[meaning.as], keyOf(meaning)];
    if (kind && !readers.has(key)) readers.set(key, kind.prepare(s, tooMany));
  }
  return (meaning) => readers.get(keyOf(meaning)) ?? READERS[meaning.as]!;
}

/** Sets a field to what it is where the option has no value. */
function takeUsual(fields: OpenFields, { field, as, usual }: Meaning): void {
  if (usual === undefined) return;
  if (as === "type") fields.add(field, flagsOf([usual as NamespaceType]));
  else if (as === "namespace") fields.add(`${field}.namespaces`, flagsOf([usual as NamespaceType]));
  else fields.set(field, meant(usual));
}
