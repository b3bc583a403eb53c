/**
 * What a launch is asked for, as its steps see it: a value is known when the plan is made, or it is a
 * parameter, which who starts the launch gives, and a variable has it.
 */
import { flagsOf, type NamespaceType } from "../ffi/abi/namespaces.ts";
import { type Bytes, display, encode } from "../ffi/bytes.ts";
import type { Builder } from "../engine/builder.ts";
import { all, type When } from "../engine/condition.ts";
import type { Hint, Part } from "../engine/failure.ts";
import { shownName } from "../engine/operand.ts";
import { stringAt } from "../engine/text.ts";
import type { Value, Variable } from "../engine/value.ts";
import { isParameter, type Parameter, type Text } from "./parameter.ts";
import type { OpenSpec } from "./spec.ts";

/** A parameter, as it was given. */
export interface Given {
  readonly isGiven: When;
  /** The number, or the address of a C string or of an array of such. */
  readonly value: Variable;
  /** Of types of namespaces: which are there in any case, and which may be. Default: none, and all. */
  readonly has?: readonly NamespaceType[];
  readonly mayHave?: readonly NamespaceType[];
}

/** What was given, by the names of parameters. */
export type Parameters = Readonly<Record<string, Given>>;

/** What was given as the words of a command line. */
export interface Words {
  readonly parameters: Parameters;
  /** What is not taken: an array of C strings with NULL behind it, and with a word in front of it. */
  readonly operands?: Variable;
  /** Whether namespaces are joined, where some commands do and others do not. */
  readonly joins?: When;
  /** The command's name, where it may be one of several: a C string of at most 15 bytes. */
  readonly command?: Variable;
  /** Steps that say what is odd about the words, once. */
  readonly warn?: () => void;
  /** Steps that have descriptors give again what was read of them: words that are read once more. */
  readonly renew?: () => void;
  /** What stands in front of messages: their level, as a C string, or nothing. */
  readonly level?: Variable;
}

/** What a launch is asked for, and the plan that is made of it. */
export interface Asked {
  readonly s: Builder;
  readonly spec: OpenSpec;
  /** The values of the spec. */
  readonly request: Request;
}

/** What stands for a word where a number is meant: no id. */
export const WORDS = { follow: -1, current: -1, named: -2 } as const;

/** The parameter that has the address of a name, where a parameter is an id that may be named. */
export const nameOf = (parameter: string): string => `name of ${parameter}`;

/** What stands for `true` where a text may be meant: no address. */
export const TRUE = 1;

/**
 * Hints for a case that may be known only when the plan runs.
 *
 * @param name What the case is: the same name is the same case.
 */
export function hintsIf(
  s: Builder,
  when: When,
  name: string,
  hints: readonly Hint[] | (() => readonly Hint[]),
): readonly Hint[] {
  if (when === false) return [];
  const all = typeof hints === "function" ? hints() : hints;
  if (when === true) return all;
  const look = s.look(`case: ${name}`, () => when);
  // First: what another look has found is then still there.
  return all.map((hint) => ({ ...hint, look: [look, ...hint.look ?? []] }));
}

/** What a launch is asked for. */
export class Request {
  readonly #words: Words;

  constructor(words: Words = { parameters: {} }) {
    this.#words = words;
  }

  /** As of {@linkcode Words}. */
  get operands(): Variable | undefined {
    return this.#words.operands;
  }

  /** As of {@linkcode Words}, of a launch that may join. */
  get joins(): When {
    return this.#words.joins ?? true;
  }

  /** As of {@linkcode Words}. */
  get command(): Variable | undefined {
    return this.#words.command;
  }

  /** As of {@linkcode Words}. */
  get renew(): (() => void) | undefined {
    return this.#words.renew;
  }

  /** As of {@linkcode Words}. */
  get warn(): (() => void) | undefined {
    return this.#words.warn;
  }

  /** As of {@linkcode Words}. */
  get level(): Variable | undefined {
    return this.#words.level;
  }

  /** The same with more parameters: "settled NAME" for each name. What may be a name stays so. */
  with(more: Parameters): Request {
    const { parameters } = this.#words;
    const named = Object.entries(more).flatMap(([name, given]) => {
      const typed = parameters[nameOf(name)];
      return [
        [`settled ${name}`, given],
        ...typed ? [[nameOf(`settled ${name}`), typed]] : [],
      ];
    });
    return new Request({
      ...this.#words,
      parameters: { ...parameters, ...Object.fromEntries(named) },
    });
  }

  #given({ parameter }: Parameter): Given {
    const given = this.#words.parameters[parameter];
    if (!given) throw new Error(`Cannot find parameter "${parameter}" in the request`);
    return given;
  }

  /** Whether an option is given. */
  isGiven(asked: unknown): When {
    return isParameter(asked) ? this.#given(asked).isGiven : asked !== undefined && asked !== false;
  }

  /** Whether an option that may be off, too, is on. */
  isOn(asked: boolean | undefined | Parameter): When {
    if (!isParameter(asked)) return asked === true;
    return all(this.isGiven(asked), this.#given(asked).value.isNot(0));
  }

  /** Whether a list has something in it. */
  hasSome(asked: readonly unknown[] | undefined | Parameter): When {
    return isParameter(asked) ? this.isGiven(asked) : asked !== undefined && asked.length > 0;
  }

  /** Whether an option that may be a word instead of a number is this word. */
  is<Word extends keyof typeof WORDS>(asked: unknown, word: Word): When {
    return isParameter(asked) ? this.#given(asked).value.is(WORDS[word]) : asked === word;
  }

  /** Whether an option that may be true instead of a text is that. */
  isTrue(asked: Bytes | true | undefined | Parameter): When {
    return isParameter(asked) ? this.#given(asked).value.is(TRUE) : asked === true;
  }

  /** The name of a user or group that is asked for, if one may be. */
  name(
    asked: number | "current" | "follow" | { readonly name: string } | Parameter | undefined,
  ): { readonly isGiven: When; readonly name: string | Variable } | undefined {
    if (typeof asked !== "object") return undefined;
    if (!isParameter(asked)) return { isGiven: true, name: asked.name };
    const given = this.#words.parameters[nameOf(asked.parameter)];
    return given &&
      { isGiven: all(this.isGiven(asked), this.is(asked, "named")), name: given.value };
  }

  /** Whether a type is among those that are to be created or joined. A parameter has them as CLONE_NEW*. */
  includes(asked: readonly NamespaceType[] | Parameter, type: NamespaceType): When {
    if (!isParameter(asked)) return asked.includes(type);
    const { has = [], mayHave = [type] } = this.#given(asked);
    if (has.includes(type) || !mayHave.includes(type)) return has.includes(type);
    return this.#given(asked).value.has(flagsOf([type]));
  }

  /** The flags CLONE_NEW* of types. */
  flags(asked: readonly NamespaceType[] | Parameter): Value {
    return isParameter(asked) ? this.#given(asked).value : flagsOf(asked);
  }

  /** Whether a word, of a few, is this one. A parameter is the address of a C string. */
  isWord(asked: string | undefined | Parameter, word: string): When {
    if (!isParameter(asked)) return asked === word;
    return all(this.isGiven(asked), this.#given(asked).value.begins(`${word}\0`));
  }

  /** A number in a message. */
  number(asked: number | bigint | Parameter): Part {
    return isParameter(asked) ? { number: this.#given(asked).value } : String(asked);
  }

  /** Runs a block with an option that is given. */
  ifGiven<T>(s: Builder, asked: T | undefined, body: (asked: Exclude<T, undefined>) => void): void {
    s.if(this.isGiven(asked), () => body(asked as Exclude<T, undefined>));
  }

  /** A text as the address of a C string, or a number. */
  value<T extends Bytes | number | bigint>(asked: T | Parameter): Value {
    if (isParameter(asked)) return this.#given(asked).value;
    return typeof asked === "string" || asked instanceof Uint8Array ? encode(asked) : asked;
  }

  /** The bytes of a text. */
  length(s: Builder, asked: Text): Value {
    if (!isParameter(asked)) return encode(asked).length;
    return s.variable("length", stringAt(this.#given(asked).value).length).said();
  }

  /** A path, or another text, in a message. */
  path(asked: Text): Part {
    if (!isParameter(asked)) return { path: asked };
    return { string: this.#given(asked).value, isPath: true, isGiven: true };
  }

  /** How notes show a text. */
  shown(asked: Text | number | bigint): string {
    if (isParameter(asked)) return `<${shownName(this.#given(asked).value.name)}>`;
    return typeof asked === "string" || asked instanceof Uint8Array
      ? display(asked)
      : String(asked);
  }
}
