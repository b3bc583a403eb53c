/**
 * Options that are exact words, as bwrap(1) has them: no abbreviations and no `=`, each value a word of its
 * own. The first word that does not begin with `-`, or what is behind `--`, is the program. The same in
 * JavaScript: cli/exact.
 */
import type { Builder } from "../../../engine/builder.ts";
import { HYPHEN } from "../../../engine/characters.ts";
import { type Message, words } from "../../../engine/failure.ts";
import { POINTER_BYTES } from "../../../engine/operand.ts";
import type { Variable } from "../../../engine/value.ts";
import { failed } from "../../context.ts";
import type { BeforeEnd, CommandEnds } from "../command.ts";
import type { ReadFields } from "../implied.ts";
import type { OpenCommand, OpenOption } from "../spec.ts";
import { againOf } from "./again.ts";
import { isSupported } from "./fields.ts";
import { Operations } from "./operations.ts";
import { readersOf } from "./readers.ts";
import { Room } from "./room.ts";
import { WordSource } from "./source.ts";
import { OptionTable } from "./table.ts";
import type { TypedOption } from "./typed.ts";

/** Where options go. */
export interface ExactTakers {
  readonly fields: ReadFields;
  readonly ends: CommandEnds;
  /** Who warns, where a run knows it: the address of a C string. Default: the command. */
  readonly speaker?: Variable | undefined;
}

/** Reads words. */
export interface ExactSteps extends BeforeEnd {
  /** Takes all options, and moves to the program. */
  read(): void;
  /** As of Words. */
  readonly level: Variable;
}

/** Prepares to read options, outside of all blocks. @param at As of optionSteps(). */
export function exactSteps(
  s: Builder,
  { name, options }: OpenCommand,
  at: Variable,
  { fields, ends, speaker }: ExactTakers,
): ExactSteps {
  const before = { warn: () => again.warn(speaker ?? name), renew: () => source.renew() };
  const fail = (message: Message): void => ends.refuse(s, failed(message), before);
  const table = new OptionTable(s, options);
  const typed: TypedOption = {
    word: s.variable("option", 0).said(),
    values: s.variable("option's words", 0),
    table,
  };
  const { word, values } = typed;
  const level = s.variable("level", "").said();
  const source = new WordSource(s, at, fail);
  const again = againOf(s, { typed, level, fail });
  const room = new Room(s);
  const operations = new Operations(s, room, fail);
  const readers = readersOf(s, { fields, level, room, operations, source, fail });
  const takeOption = (option: OpenOption): void => {
    const { long, means } = option;
    if (!means) return ends.tell(s, long, before);
    if (!means.every(isSupported)) return fail(`--${long} is not supported`);
    for (const meaning of means) readers(typed, meaning, option);
    const kinds = means.map(({ as }) => as);
    // The first word of a descriptor is what comes next.
    if (kinds.includes("words")) return;
    operations.next.refuseLeft(
      kinds.includes("octal") || kinds.includes("bytes")
        ? "mode or size"
        : kinds.includes("layer")
        ? "layer"
        : "other",
    );
  };
  return {
    read() {
      source.count();
      fields.set("newRoot", operations.list);
      s.loop(({ leave, next }) => {
        word.set(at.word());
        s.block((end) => {
          s.if(word.is(0), end.leave);
          s.if(word.begins("--\0"), () => {
            at.advance(POINTER_BYTES);
            end.leave();
          });
          s.if(word.byte().isNot(HYPHEN), end.leave);
          table.find(word, () => fail(words`Unknown option ${{ string: word }}`));
          at.advance(POINTER_BYTES);
          values.set(at);
          const left = s.variable("words left", table.get("count"));
          s.while(left.isNot(0), () => {
            s.if(at.word().is(0), () => {
              const lacking = table.get("lacking");
              fail([{ string: lacking }]);
            });
            at.advance(POINTER_BYTES);
            left.set(left.minus(1));
          });
          again.note();
          const number = table.get("case");
          const cases = table.cases.map(([number, [option]]) =>
            [number, () => takeOption(option!)] as const
          );
          s.switch(number, cases, () => {});
          next();
        });
        source.leave(() => {
          operations.next.refuseLeft("other");
          next();
        });
        leave();
      });
      operations.next.refuseLayers();
    },
    ...before,
    level,
  };
}
