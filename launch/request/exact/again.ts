/** Options that are given once more: refused, or warned of once all are read. */
import type { Builder } from "../../../engine/builder.ts";
import { NUL } from "../../../engine/characters.ts";
import { type Message, words } from "../../../engine/failure.ts";
import { POINTER_BYTES } from "../../../engine/operand.ts";
import { Text } from "../../../engine/text.ts";
import type { Variable } from "../../../engine/value.ts";
import { WARNING_LEVEL } from "../../level.ts";
import { MOST_WORDS } from "../spec.ts";
import { AGAIN } from "./table.ts";
import type { TypedOption } from "./typed.ts";

/** More bytes than a warning has. */
const LINE_BYTES = 128;

/** Options that are given once more. */
export function againOf(
  s: Builder,
  { typed: { word, table }, level, fail }: {
    readonly typed: TypedOption;
    readonly level: Variable;
    fail(message: Message): void;
  },
): { note(): void; warn(speaker: string | Variable): void } {
  // At the offset of each option's row, 1 once it is given.
  const given = s.memory("given options", table.bytes);
  const repeated = s.memory("repeated options", POINTER_BYTES * (MOST_WORDS / 2));
  const end = s.variable("end of repeated options", repeated);
  return {
    note() {
      const again = table.get("again");
      s.if(again.isNot(AGAIN.fine), () => {
        const place = s.variable("place", given.plus(table.offset));
        s.if(place.byte().isNot(0), () => {
          s.if(again.is(AGAIN.refused), () => fail(words`${{ string: word }} used multiple times`));
          s.store(end, word);
          end.advance(POINTER_BYTES);
        });
        s.store(place, 1, { bytes: 1 });
      });
    },
    warn: (speaker) =>
      s.subroutine("warn of options", { parameters: [] }, () => {
        s.each([repeated, end, POINTER_BYTES], (at) => {
          const line = new Text(s, "warning", LINE_BYTES, "cut");
          s.if(level.byte().isNot(NUL), () => line.append(WARNING_LEVEL));
          if (typeof speaker === "string") line.append(speaker);
          else line.appendString(speaker);
          line.append(": Only the last ");
          line.appendString(s.variable("option", at.word()));
          line.append(" option will take effect\n");
          s.call("write", [2, line.start, line.length], "say so", { fails: "ignored" });
        });
      })({}),
  };
}
