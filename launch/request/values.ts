/** Values that are words when a launch is started: how they are read. */
import type { Builder } from "../../engine/builder.ts";
import { NUL, readNumber } from "../../engine/file.ts";
import { constant, type Variable } from "../../engine/value.ts";
import { ALL_IDS } from "../ids/spec.ts";
import type { ParameterKind } from "../parameter.ts";

/**
 * Reads a value.
 *
 * @param text The address of a C string.
 * @param to Takes the text's address, or the number.
 * @param invalid Steps for a text that is no such value. They end.
 */
export function readValue(
  s: Builder,
  kind: ParameterKind,
  text: Variable,
  to: Variable,
  invalid: () => void,
): void {
  if (kind === "text") return to.set(text);
  const at = s.variable("digits", text);
  const isNegative = s.variable("is negative", 0);
  if (kind === "seconds") {
    s.if(at.byte().isOneOf("-".charCodeAt(0), "+".charCodeAt(0)), () => {
      s.if(at.byte().is("-".charCodeAt(0)), () => isNegative.set(1));
      at.advance();
    });
  }
  to.set(readNumber(s, at, invalid));
  s.if(at.byte().isNot(NUL), invalid);
  if (kind === "id") s.if(to.isAtLeast(ALL_IDS), invalid);
  else s.if(isNegative.is(1), () => to.set(constant(0).minus(to)));
}
