/**
 * Options that are exact words, as bwrap(1) has them: no abbreviations and no `=`, each value a word of its
 * own. The first word that does not begin with `-`, or what is behind `--`, is the program. The same in
 * JavaScript: cli/exact_words.ts and cli/exact_draft.ts.
 */
import { ERROR_LEVEL, WARNING_LEVEL } from "../../level.ts";
import { flagsOf, type NamespaceType } from "../../../ffi/abi/namespaces.ts";
import type { Builder } from "../../../engine/builder.ts";
import { type Message, words } from "../../../engine/failure.ts";
import { NUL } from "../../../engine/file.ts";
import { POINTER_BYTES } from "../../../engine/operand.ts";
import { Text } from "../../../engine/text.ts";
import type { Variable } from "../../../engine/value.ts";
import { failed } from "../../context.ts";
import { TRUE } from "../../request.ts";
import {
  type Meaning,
  MOST_WORDS,
  type OpenCommand,
  type OpenOption,
  PATH_WORDS,
} from "../spec.ts";
import type { BeforeEnd, CommandEnds } from "../command.ts";
import { isSupported } from "./fields.ts";
import type { ReadFields } from "../implied.ts";
import { NO_NUMBER } from "../../numbers.ts";
import { CapabilityEdits, Edits, Filters, Words } from "./lists.ts";
import { readInt } from "./numbers.ts";
import { Operations, refuseEmpty, type TypedOption } from "./operations.ts";
import { Room } from "./room.ts";
import { WordSource } from "./source.ts";
import { AGAIN, OptionTable } from "./table.ts";

const HYPHEN = "-".charCodeAt(0);

/** More bytes than a warning has. */
const LINE_BYTES = 128;

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
    operations.refuseLeft(
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
          operations.refuseLeft("other");
          next();
        });
        leave();
      });
      operations.refuseLayers();
    },
    ...before,
    level,
  };
}

/** Options that are given once more. */
function againOf(
  s: Builder,
  { typed: { word, table }, level, fail }: {
    readonly typed: TypedOption;
    readonly level: Variable;
    fail(message: Message): void;
  },
): { note(): void; warn(speaker: string | Variable): void } {
  const most = table.cases.flatMap(([, options]) => options).length;
  const given = s.memory("given options", most);
  const repeated = s.memory("repeated options", POINTER_BYTES * (MOST_WORDS / 2));
  const end = s.variable("end of repeated options", repeated);
  return {
    note() {
      const again = table.get("again");
      s.if(again.isNot(AGAIN.fine), () => {
        const place = s.variable("place", given.plus(table.get("number")));
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

/** What readers keep, and where it goes. */
interface Kept {
  readonly fields: ReadFields;
  readonly level: Variable;
  readonly room: Room;
  readonly operations: Operations;
  readonly source: WordSource;
  fail(message: Message): void;
}

type ExactReader = (typed: TypedOption, meaning: Meaning, option: OpenOption) => void;

/** Reads what an option means. */
function readersOf(
  s: Builder,
  { fields, level, room, operations, source, fail }: Kept,
): ExactReader {
  const syncFds = new Words(s, "sync descriptors", NO_NUMBER);
  const lockFiles = new Words(s, "files to lock");
  const filters = new Filters(s, fail);
  const edits = new Edits(s, room, fail);
  const capabilities = new CapabilityEdits(s, fail);
  const descriptor = ({ values }: TypedOption): Variable =>
    readInt(s, values.word(), () => {
      fail(words`Invalid fd: ${{ string: s.variable("descriptor", values.word()) }}`);
    });
  const path = ({ word, values }: TypedOption, { words: names = [] }: OpenOption): Variable => {
    const text = s.variable("text", values.word());
    if (PATH_WORDS.includes(names[0] ?? "")) {
      s.if(text.byte().is(NUL), () => refuseEmpty(fail, word));
    }
    return text;
  };
  const id: ExactReader = ({ values }, { field }, { long }) => {
    fields.set(
      field,
      readInt(s, values.word(), () => {
        fail(words`Invalid ${long}: ${{ string: s.variable("id", values.word()) }}`);
      }),
    );
  };
  const READERS: Readonly<Partial<Record<Meaning["as"], ExactReader>>> = {
    text(typed, { field, usual }, option) {
      if (field === "levelPrefix") level.set(ERROR_LEVEL);
      if (usual === undefined) fields.set(field, path(typed, option));
      else fields.set(field, typeof usual === "boolean" ? usual ? TRUE : 0 : usual);
    },
    type: (_, { field, usual }) => fields.add(field, flagsOf([usual as NamespaceType])),
    "no type"(_, { field, usual }) {
      const bits = BigInt(flagsOf([usual as NamespaceType]));
      fields.set(field, fields.value(field).and((1n << 64n) - 1n - bits));
    },
    uid: id,
    gid: id,
    descriptor: (typed, { field }) => fields.set(field, descriptor(typed)),
    descriptors(typed, { field }) {
      if (field === "seccomp") {
        filters.add(typed, () => descriptor(typed), false);
        return fields.set(field, filters.list);
      }
      syncFds.add(descriptor(typed));
      fields.set(field, syncFds.list);
    },
    "only descriptor"(typed, { field }) {
      filters.add(typed, () => descriptor(typed), true);
      fields.set(field, filters.list);
    },
    texts(typed, { field }, option) {
      lockFiles.add(path(typed, { ...option, words: ["PATH"] }));
      fields.set(field, lockFiles.list);
    },
    operation: (typed) => operations.add(typed),
    octal: (typed) => operations.setMode(typed),
    bytes: (typed) => operations.setSize(typed),
    layer: (typed) => operations.addLayer(typed),
    capability(typed, { field, usual }) {
      capabilities.add(typed, usual as "add" | "drop");
      fields.set(field, capabilities.masks);
    },
    environment(typed, { field, usual }) {
      edits.add(typed, usual as "set" | "unset" | "clear");
      fields.set(field, edits.list);
    },
    words: (typed) => source.enter(descriptor(typed)),
  };
  return (typed, meaning, option) => READERS[meaning.as]!(typed, meaning, option);
}
