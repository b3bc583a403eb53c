/**
 * A command whose options are known only when it is started: its plan has the steps of all of them, and
 * begins by reading its words.
 */
import { flagsOf, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import type { Builder } from "../../engine/builder.ts";
import { any, not, type When } from "../../engine/condition.ts";
import type { Failure, Message } from "../../engine/failure.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { holdsIf } from "../cases.ts";
import { failed } from "../context.ts";
import { tellsSeen } from "../join/asked.ts";
import { TRUE, WORDS, type Words } from "../request.ts";
import { givenWords } from "../program/arguments.ts";
import { optionSteps } from "./getopt.ts";
import { exactSteps, type ExactTakers } from "./exact/read.ts";
import { implyExact, refuseExact } from "./exact/settle.ts";
import { implySteps, refusals } from "./implied.ts";
import type { Reader } from "./lists.ts";
import { isExact, meaningsOf, OpenFields } from "./open_fields.ts";
import { KINDS } from "./several.ts";
import type { Meaning, OpenCommand } from "./spec.ts";
import { READERS } from "./values.ts";

/** What is done with words that make no launch. Both are steps that end. */
export interface CommandEnds {
  /** An option asks to be told something: "help". */
  tell(s: Builder, what: string, before?: BeforeEnd): void;
  /** The words make no sense. */
  refuse(s: Builder, failure: Failure, before?: BeforeEnd): void;
}

/** Steps that may come before. */
export interface BeforeEnd {
  /** Says what ends nothing. */
  warn(): void;
  /** Has descriptors give again what was read of them, to who reads the same words again. */
  renew(): void;
}

/** A command of several, and when it is the one. */
export interface Choice {
  readonly command: OpenCommand;
  readonly isTyped: When;
  /** What is done with its words that make no launch, where that is not what is done with others'. */
  readonly ends?: CommandEnds;
  /** Its name, where a run knows it: the address of a C string. */
  readonly speaker?: Variable;
}

/** Whether a command joins namespaces. */
const joins = ({ start }: OpenCommand): boolean => "join" in start;

/** What stands for a value that an option has without one. */
function meant(usual: string | number | boolean): Value {
  if (typeof usual === "boolean") return usual ? TRUE : 0;
  return usual === "current" || usual === "follow" ? WORDS[usual] : usual;
}

/**
 * Reads the words that the process is started with.
 *
 * @param choices The commands. One of them is the one.
 * @param ends What is done with words that make no launch.
 * @param seen Steps where a word says that those inside may see the launcher.
 * @param start Where its words are. Default: all but the process's name.
 */
export function readCommand(
  s: Builder,
  choices: readonly Choice[],
  ends: CommandEnds,
  seen: () => void,
  start?: Value,
): Words {
  const commands = choices.map(({ command }) => command);
  const wrong = (failure: Failure): void => ends.refuse(s, failure);
  const fields = new OpenFields(s, commands);
  const plain = commands.filter((command) => !isExact(command));
  const readers = readersOf(s, plain, () => wrong(failed("too many values of options")));
  const at = start === undefined ? givenWords(s, "words") : s.variable("words", start);
  const ways = choices.map((choice): CommandSteps & Pick<Choice, "isTyped"> => {
    const { command, isTyped, speaker } = choice;
    const taken = { fields, ends: choice.ends ?? ends };
    return {
      isTyped,
      ...isExact(command)
        ? exactOptionsOf(s, command, at, { ...taken, speaker })
        : { take: optionsOf(s, command, at, { ...taken, readers, seen }) },
    };
  });
  for (const { isTyped, take } of ways) s.if(isTyped, take);
  const level = ways.find(({ level }) => level)?.level;
  const warn = (): void => ways.forEach(({ isTyped, warn }) => warn && s.if(isTyped, warn));
  const renew = (): void => ways.forEach(({ isTyped, renew }) => renew && s.if(isTyped, renew));
  const isPlain = not(
    any(...choices.map(({ command, isTyped }) => isExact(command) ? isTyped : false)),
  );
  s.if(isPlain, () => {
    s.if(at.word().isNot(0), () => fields.set("program", at.word()));
    fields.set("argv", at);
  });
  const isJoining = holdsIf(
    s,
    any(...choices.map(({ command, isTyped }) => joins(command) && isTyped)),
    "joins",
    () => true,
  );
  s.if(isPlain, () => {
    implySteps(s, fields);
    refusals(s, fields, { isJoining, wrong });
  });
  const parameters = Object.entries(fields.all).map(([name, { value }]) => [
    name,
    { value, isGiven: fields.isGiven(name) },
  ]);
  return {
    parameters: Object.fromEntries(parameters),
    operands: at,
    joins: isJoining,
    warn,
    renew,
    ...level ? { level } : {},
  };
}

/** Where the options of a command go. */
interface Takers {
  readonly fields: OpenFields;
  readers(meaning: Meaning): Reader;
  readonly ends: CommandEnds;
  seen(): void;
}

/** Reads what follows a command. */
interface CommandSteps {
  /** Takes its options, and moves to what follows them. */
  take(): void;
  // As of Words.
  warn?(): void;
  renew?(): void;
  readonly level?: Variable;
}

/** The same for exact options, with what they imply. */
function exactOptionsOf(
  s: Builder,
  command: OpenCommand,
  at: Variable,
  { fields, ends, speaker }: Pick<Takers, "fields" | "ends"> & Pick<ExactTakers, "speaker">,
): CommandSteps {
  const { start, refusals = [] } = command;
  const steps = exactSteps(s, command, at, { fields, ends, speaker });
  const { namespaces = [] } = start as { readonly namespaces?: readonly NamespaceType[] };
  const take = (): void => {
    fields.set("namespaces", flagsOf(namespaces));
    steps.read();
    const fail = (message: Message): void => ends.refuse(s, failed(message), steps);
    refuseExact(s, fields, refusals, { hasProgram: at.word().isNot(0), fail });
    s.if(at.word().is(0), () => ends.tell(s, "usage", steps));
    implyExact(s, fields, at);
  };
  const renew = (): void => {
    steps.renew();
    // In the place of the program's name is that of --argv0.
    s.store(at, fields.value("program"));
  };
  return { ...steps, renew, take };
}

/** Steps that take the options of a command, and move to what follows them. */
function optionsOf(
  s: Builder,
  command: OpenCommand,
  at: Variable,
  { fields, readers, ends, seen }: Takers,
): () => void {
  const { options } = command;
  const wrong = (failure: Failure): void => ends.refuse(s, failure);
  return optionSteps(s, command, at, {
    given(form, text) {
      const { long, means } = options[form]!;
      if (!means) return ends.tell(s, long);
      if (means.some(tellsSeen)) s.subroutine("seen inside", { parameters: [] }, seen)({});
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
}

/** Gives the readers of meanings: those of one field share what they keep. */
function readersOf(
  s: Builder,
  commands: readonly OpenCommand[],
  tooMany: () => void,
): (meaning: Meaning) => Reader {
  const readers = new Map<string, Reader>();
  const keyOf = ({ as, field }: Meaning): string => `${as}: ${field}`;
  for (const meaning of meaningsOf(commands)) {
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
