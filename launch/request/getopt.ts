/**
 * Options as getopt_long(3) reads them, taken from the arguments that a plan is started with. The first
 * word that is no option ends them.
 */
import { EQUALS, HYPHEN, NUL } from "../../engine/characters.ts";
import { POINTER_BYTES } from "../../engine/operand.ts";
import type { Builder } from "../../engine/builder.ts";
import { all, not, type When } from "../../engine/condition.ts";
import { type Failure, type Message, words } from "../../engine/failure.ts";
import type { Variable } from "../../engine/value.ts";
import { failed } from "../context.ts";
import { findLetter, findLong, MODES } from "./option_names.ts";
import type { OptionForm } from "./spec.ts";

/** What is done with options. */
export interface Takers {
  /** Steps for one option: the first are the first form's. `value` is a C string, or 0. */
  given(form: number, value: Variable): void;
  /** Steps for a word that is none of theirs. They end. */
  wrong(failure: Failure): void;
}

/**
 * Prepares to read options, outside of all blocks, and gives the steps that do.
 *
 * @param at Where the words are: an array of C strings with NULL behind it. It moves to the first operand.
 */
export function optionSteps(
  s: Builder,
  { name: whose, options: forms }: {
    readonly name: string;
    readonly options: readonly OptionForm[];
  },
  at: Variable,
  { given, wrong }: Takers,
): () => void {
  const word = s.variable("option", 0);
  const value = s.variable("option's value", 0);
  const mode = s.variable("option's mode", 0);
  const fail = (message: Message): void => wrong(failed(message));
  const said = { string: word };

  const take = s.subroutine(`take option of ${whose}`, { parameters: ["form"] }, ({ form }) => {
    s.switch(form, forms.map((_, i) => [i, () => given(i, value)]), () => {});
  });
  const takeNext = (refusal: Message): void => {
    value.set(at.word());
    s.if(value.is(0), () => fail(refusal));
    at.advance(POINTER_BYTES);
  };

  const readLong = (): void => {
    const name = s.variable("name", word.plus(2));
    const end = s.variable("name end", name.seek(EQUALS, NUL));
    const form = findLong(s, forms, { name, length: end.minus(name), mode }, {
      unknown: () => fail(words`unrecognized option '${said}'`),
      ambiguous: () => fail(words`option '${said}' is ambiguous`),
    });
    value.set(0);
    s.if(end.byte().is(EQUALS), () => {
      s.if(mode.is(MODES.none), () => fail(words`option '${said}' doesn't allow an argument`));
      value.set(end.plus(1));
    }, {
      otherwise() {
        s.if(mode.is(MODES.required), () => takeNext(words`option '${said}' requires an argument`));
      },
    });
    take({ form });
  };

  const letterText = s.memory("letter text", 2);
  const saidLetter = { string: s.variable("letter", letterText) };
  const readLetters = (): void => {
    const letter = s.variable("letter", word.plus(1));
    s.while(letter.byte().isNot(NUL), ({ leave }) => {
      s.store(letterText, letter.byte(), { bytes: 1 });
      const form = findLetter(s, forms, { letter: letter.byte(), mode }, () => {
        fail(words`invalid option -- '${saidLetter}'`);
      });
      letter.advance();
      value.set(0);
      const isLast = s.variable("is last", 0);
      s.if(mode.isAtLeast(MODES.attached), () => {
        s.if(letter.byte().isNot(NUL), () => {
          isLast.set(1);
          // Only where it is optional is = no part of it.
          s.if(all(mode.is(MODES.attached), letter.byte().is(EQUALS)), () => letter.advance());
          value.set(letter);
        }, {
          otherwise() {
            s.if(mode.is(MODES.required), () => {
              takeNext(words`option requires an argument -- '${saidLetter}'`);
            });
          },
        });
      });
      take({ form });
      s.if(isLast.is(1), leave);
    });
  };

  return () =>
    s.loop(({ leave }) => {
      word.set(at.word());
      s.if(word.is(0), leave);
      s.if(not(isOption(word)), leave);
      at.advance(POINTER_BYTES);
      s.if(word.byte(1).is(HYPHEN), () => {
        s.if(word.byte(2).is(NUL), leave);
        readLong();
      }, { otherwise: readLetters });
    });
}

/** A hyphen alone is an operand. */
const isOption = (word: Variable): When => all(word.byte().is(HYPHEN), word.byte(1).isNot(NUL));
