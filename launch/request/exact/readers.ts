/** Reads the words of an option by what they mean. */
import { flagsOf, type NamespaceType } from "../../../ffi/abi/namespaces.ts";
import type { Builder } from "../../../engine/builder.ts";
import { NUL } from "../../../engine/characters.ts";
import { type Message, words } from "../../../engine/failure.ts";
import type { Variable } from "../../../engine/value.ts";
import { ERROR_LEVEL } from "../../level.ts";
import { NO_NUMBER } from "../../numbers.ts";
import { TRUE } from "../../request.ts";
import type { ReadFields } from "../implied.ts";
import { type Meaning, type OpenOption, PATH_WORDS } from "../spec.ts";
import { CapabilityEdits, Edits, Filters, Words } from "./lists.ts";
import { readInt } from "./numbers.ts";
import type { Operations } from "./operations.ts";
import type { Room } from "./room.ts";
import type { WordSource } from "./source.ts";
import { refuseEmpty, type TypedOption } from "./typed.ts";

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
export function readersOf(
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
    octal: (typed) => operations.next.setMode(typed),
    bytes: (typed) => operations.next.setSize(typed),
    layer: (typed) => operations.next.addLayer(typed),
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
