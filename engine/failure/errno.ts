/** Steps that find what an error is called, and what it means. */
import { ERRNO_LINES } from "../../ffi/abi/errno.ts";
import { encode } from "../../ffi/bytes.ts";
import type { Builder } from "../builder.ts";
import { NEWLINE, SPACE } from "../characters.ts";
import { lateData } from "../operand.ts";
import { type Span, textAround } from "../text.ts";
import type { Variable } from "../value.ts";

/**
 * What an error is called, and what it means. Filters of seccomp(2) may make up any number: its name is
 * then the number.
 */
export function wordsOf(
  s: Builder,
  errno: Variable,
): { readonly name: Span; readonly meaning: Span } {
  const unknown = "Unknown error";
  const needle = textAround(s, "\n", errno, " ");
  const number = s.variable("number", needle.plus(1));
  const name = s.variable("name", number);
  const nameEnd = s.variable("name end", number.seek(SPACE));
  const meaning = s.variable("meaning", unknown);
  const meaningEnd = s.variable("meaning end", meaning.plus(unknown.length));
  const length = s.variable("length", nameEnd.plus(1).minus(needle));
  // Each line is NUMBER NAME MEANING, and has a newline in front.
  const lines = encode(`\n${ERRNO_LINES}`);
  const line = s.variable("line", lateData(lines, "errors"));
  const last = s.variable("last newline", line.plus(lines.length - 1));
  s.loop(({ leave }) => {
    s.if(line.isSame(needle, length), () => {
      name.set(line.plus(length));
      nameEnd.set(name.seek(SPACE));
      meaning.set(nameEnd.plus(1));
      meaningEnd.set(meaning.seek(NEWLINE));
      leave();
    });
    line.set(line.plus(1).seek(NEWLINE));
    s.if(line.isAtLeast(last), leave);
  });
  return {
    name: { start: name, length: nameEnd.minus(name) },
    meaning: { start: meaning, length: meaningEnd.minus(meaning) },
  };
}
