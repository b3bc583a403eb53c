/** The message of a failure, as steps write it: the texts and values of its pieces, one behind the other. */
import type { Builder } from "../builder.ts";
import { all, any, not } from "../condition.ts";
import { address, FAILURES, STACK } from "../operand.ts";
import { Struct } from "../struct.ts";
import { stringAt, type Text } from "../text.ts";
import type { Expression, Value, Variable } from "../value.ts";
import { saySaid } from "./call_values.ts";
import type { Needs } from "./needs.ts";
import { type Say, sayDecimal, sayString } from "./say.ts";
import { sayWord } from "./shell_word.ts";
import { addressOf, PIECE, PIECES } from "./structs.ts";

/** Writes a message: its bytes, and its pieces. */
export interface Writer {
  readonly bytes: Say;
  /** The pieces at a place in the constants. A report has the values alone: its reader has the plan, and so the texts. */
  pieces(at: Value): void;
}

/** Appends the steps that write pieces; the result appends those that call them. */
export function writer(s: Builder, text: Text, needs: Needs): Writer {
  const append = s.subroutine("say", { parameters: ["start", "length"] }, (span) => {
    text.append(span);
  });
  const bytes = (start: Value, length: Value): void => void append({ start, length });
  const pieces = s.subroutine("say pieces", { parameters: ["list"] }, ({ list }) => {
    eachPiece(s, list, (kind, at, names) => {
      // Who listens has given it.
      const isKnown = all(needs.given, kind.is(PIECES.given), s.report.isNot(0));
      s.if(kind.is(PIECES.text), () => {
        s.if(s.report.is(0), () => bytes(at, stringAt(at).length));
      }, {
        otherwise() {
          if (needs.numbers) s.if(kind.is(PIECES.number), () => sayDecimal(s, at.word(), bytes));
          saySaid(s, { kind, at, names }, needs.said, bytes);
          s.if(not(isKnown), () => {
            const isString = any(kind.is(PIECES.string), all(needs.given, kind.is(PIECES.given)));
            if (needs.strings) s.if(isString, () => sayString(s, at.word(), bytes));
            if (needs.words) {
              s.if(kind.is(PIECES.word), () => {
                // The listener quotes it.
                s.if(s.report.isNot(0), () => sayString(s, at.word(), bytes), {
                  otherwise: () => sayWord(s, at.word(), bytes),
                });
              });
            }
            if (needs.numbers || needs.strings) s.if(s.report.isNot(0), () => bytes("", 1));
          });
        },
      });
    });
  });
  return { bytes, pieces: (at) => void pieces({ list: at }) };
}

/** Runs a block with each piece of a message. */
function eachPiece(
  s: Builder,
  list: Variable,
  body: (kind: Variable, at: Variable, names: Expression) => void,
): void {
  const element = s.variable("piece", addressOf(list));
  const piece = new Struct(s, PIECE, element);
  s.while(piece.get("kind").isNot(0), () => {
    const kind = s.variable("kind", piece.get("kind"));
    // A text is in the table, a value is a variable.
    const at = s.variable("at", piece.get("at").plus(address(FAILURES)));
    s.if(kind.isNot(PIECES.text), () => at.set(piece.get("at").plus(address(STACK))));
    body(kind, at, piece.get("names"));
    element.advance(PIECE.bytes);
  });
}
