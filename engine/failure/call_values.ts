/** Steps that say values of the call that has failed, as strace(1) shows them: see ../show/said.ts. */
import type { Builder } from "../builder.ts";
import { NUL, ZERO } from "../characters.ts";
import { all, any } from "../condition.ts";
import { address, FAILURES } from "../operand.ts";
import type { Said } from "../show/said.ts";
import { Struct } from "../struct.ts";
import type { Expression, Value, Variable } from "../value.ts";
import { type Say, sayDecimal } from "./say.ts";
import { addressOf, NAME, PIECES } from "./structs.ts";

/** A piece of a message whose kind is none of a text's. */
export interface SaidPiece {
  readonly kind: Variable;
  /** The address of the variable. */
  readonly at: Variable;
  /** The list of names, where it has one. */
  readonly names: Value;
}

/** Says a piece, if it is one of these. @param kinds Those that there are in the plan. */
export function saySaid(
  s: Builder,
  { kind, at, names }: SaidPiece,
  kinds: ReadonlySet<Said["as"]>,
  bytes: Say,
): void {
  const value = (): Variable => s.variable("value", at.word());
  const bodies: Readonly<Partial<Record<Said["as"], () => void>>> = {
    quoted: () => sayQuoted(s, value(), bytes),
    limits: () => sayLimits(s, value(), bytes),
    name: () => eachName(s, names, (number, say) => s.if(number.is(at.word()), () => say(bytes))),
    flags: () => sayFlags(s, value(), names, bytes),
  };
  for (const [as, body] of Object.entries(bodies) as [Said["as"], () => void][]) {
    if (kinds.has(as)) s.if(kind.is(PIECES[as]), body);
  }
}

function eachName(
  s: Builder,
  names: Value,
  body: (number: Expression, say: (bytes: Say) => void) => void,
): void {
  const at = s.variable("name", addressOf(names));
  const name = new Struct(s, NAME, at);
  s.while(name.get("length").isNot(0), () => {
    const start = name.get("at").plus(address(FAILURES));
    body(name.get("number"), (bytes) => bytes(start, name.get("length")));
    at.advance(NAME.bytes);
  });
}

/** The names of bits, with | between. */
function sayFlags(s: Builder, value: Variable, names: Value, bytes: Say): void {
  const isLater = s.variable("is a later one", 0);
  eachName(s, names, (number, say) => {
    s.if(all(number.isNot(0), value.and(number).is(number)), () => {
      s.if(isLater.is(1), () => bytes("|", 1));
      isLater.set(1);
      say(bytes);
    });
  });
}

/** Characters that have a letter behind the backslash, and that. */
const LETTERS = ["\\\\", '""', "\nn", "\tt", "\rr", "\vv", "\ff"];

/** A C string in quotes: what is not ASCII in octal, as long as needed. */
function sayQuoted(s: Builder, string: Variable, bytes: Say): void {
  const sayDigit = (digit: Expression): void => bytes(digit.plus("01234567"), 1);
  bytes('"', 1);
  const at = s.variable("at", string);
  s.while(at.byte().isNot(NUL), () => {
    const byte = s.variable("byte", at.byte());
    at.advance();
    s.block(({ leave }) => {
      for (const [char, letter] of LETTERS) {
        s.if(byte.is(char!.charCodeAt(0)), () => {
          bytes(`\\${letter}`, 2);
          leave();
        });
      }
      s.if(all(byte.isAtLeast(0x20), byte.isBelow(0x7f)), () => {
        bytes(at.minus(1), 1);
        leave();
      });
      bytes("\\", 1);
      const isBeforeDigit = at.byte().minus(ZERO).isBelow(8);
      s.if(any(isBeforeDigit, byte.isAtLeast(0o100)), () => sayDigit(byte.shiftedRight(6)));
      s.if(
        any(isBeforeDigit, byte.isAtLeast(0o10)),
        () => sayDigit(byte.shiftedRight(3).and(7)),
      );
      sayDigit(byte.and(7));
    });
  });
  bytes('"', 1);
}

/** A struct rlimit64. */
function sayLimits(s: Builder, at: Variable, bytes: Say): void {
  const text = (known: string): void => bytes(known, known.length);
  const say = s.subroutine("say limit", { parameters: ["limit"] }, ({ limit }) => {
    s.block(({ leave }) => {
      s.if(limit.is(-1), () => {
        text("RLIM64_INFINITY");
        leave();
      });
      const isRound = all(limit.isAtLeast(1025), limit.has(1023).not());
      s.if(isRound, () => {
        sayDecimal(s, limit.shiftedRight(10), bytes);
        text("*1024");
      }, { otherwise: () => sayDecimal(s, limit, bytes) });
    });
  });
  text("{rlim_cur=");
  say({ limit: at.word() });
  text(", rlim_max=");
  say({ limit: at.word(8) });
  text("}");
}
