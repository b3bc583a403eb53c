/** Operations on a new root, made of words: records as launch/root/record.ts has them. */
import type { Builder } from "../../../engine/builder.ts";
import { NUL } from "../../../engine/characters.ts";
import { words } from "../../../engine/failure.ts";
import { POINTER_BYTES } from "../../../engine/operand.ts";
import { Struct } from "../../../engine/struct.ts";
import type { Place, Variable } from "../../../engine/value.ts";
import { FLAGS, KINDS, PLACES, WORDS } from "../../root/record.ts";
import { RECORD } from "../../root/root.ts";
import { MOST_WORDS, NO_NAME } from "../spec.ts";
import { NextOperation } from "./next.ts";
import { readInt } from "./numbers.ts";
import { cleanPath } from "./path.ts";
import type { Room } from "./room.ts";
import { FIRST } from "./table.ts";
import { writeTmpfsOptions } from "./tmpfs.ts";
import { type Fail, refuseEmpty, type TypedOption } from "./typed.ts";

/** An option takes two words at least. */
const MOST_OPERATIONS = MOST_WORDS / 2;

/** No descriptor is given. */
const NONE = -1;

type Word = typeof WORDS[number];

/** The operations, and what the next one has. */
export class Operations {
  readonly list: Place;
  readonly next: NextOperation;
  readonly #s: Builder;
  readonly #room: Room;
  readonly #fail: Fail;
  readonly #end: Variable;
  /** The record that is made. */
  readonly #record: Readonly<Record<Word, Variable>>;

  /** Must be called outside of all blocks. */
  constructor(s: Builder, room: Room, fail: Fail) {
    this.#s = s;
    this.#room = room;
    this.#fail = fail;
    this.list = s.memory("operations", RECORD.bytes * (MOST_OPERATIONS + 1));
    this.#end = s.variable("end of operations", this.list);
    this.next = new NextOperation(s, MOST_OPERATIONS, fail);
    this.#record = Object.fromEntries(
      WORDS.map((word) => [word, s.variable(`made ${word}`, 0)]),
    ) as Record<Word, Variable>;
  }

  /** One more operation. */
  add({ word, values, table }: TypedOption): void {
    const s = this.#s;
    const record = this.#record;
    for (const name of ["kind", "flags", "name", "mode"] as const) {
      record[name].set(table.get(name));
    }
    for (const name of ["source", "work", "length"] as const) record[name].set(0);
    record.fd.set(NONE);
    const first = table.get("first");
    const at = s.variable("word", values);
    s.if(first.is(FIRST.descriptor), () => {
      record.fd.set(readInt(s, at.word(), () => {
        this.#fail(words`Invalid fd: ${{ string: s.variable("descriptor", at.word()) }}`);
      }));
    });
    s.if(first.is(FIRST.mode), () => record.mode.set(this.next.readMode(word, at.word())));
    this.next.needLayers(word, table);
    const path = (): Variable => {
      const text = s.variable("path", at.word());
      s.if(text.byte().is(NUL), () => refuseEmpty(this.#fail, word));
      at.advance(POINTER_BYTES);
      return text;
    };
    s.if(first.is(FIRST.source), () => {
      record.source.set(path());
      s.if(table.get("count").is(3), () => record.work.set(path()));
    });
    s.if(first.isOneOf(FIRST.descriptor, FIRST.mode), () => at.advance(POINTER_BYTES));
    record.given.set(path());
    this.#clean();
    s.if(table.get("takesMode").isNot(0), () => this.next.takeMode(record.mode));
    this.#setParentMode();
    s.if(record.kind.is(KINDS.tmpfs), () => {
      const { source: options, mode } = record;
      writeTmpfsOptions(s, this.#room, { options, mode, size: this.next.size });
      mode.set(0);
    });
    s.if(table.get("layers").isNot(0), () => this.#appendLayers());
    this.#append();
  }

  /** Destinations are from the root, without names that do nothing. */
  #clean(): void {
    const s = this.#s;
    const { destination, given, flags } = this.#record;
    const { clean, last } = cleanPath(s, this.#room, given);
    destination.set(clean);
    s.if(last.begins(".\0"), () => flags.set(flags.or(FLAGS.root)));
    s.if(last.begins("..\0"), () => this.#fail(words`${NO_NAME}${{ string: given }}`));
  }

  /** Who may not read what is made may not look at where it is, nor who does not make it: as bwrap(1). */
  #setParentMode(): void {
    const { mode, parentMode } = this.#record;
    parentMode.set(0o755);
    for (const bits of [0o070, 0o007]) {
      const least = bits & 0o055;
      this.#s.if(mode.has(bits).not(), () => parentMode.set(parentMode.minus(least)));
    }
  }

  /** Layers, the highest first. */
  #appendLayers(): void {
    const s = this.#s;
    const { kind, flags, source, work } = this.#record;
    const [upper, below] = [s.variable("upper", source), s.variable("work", work)];
    const [own, ownFlags] = [s.variable("kind", kind), s.variable("flags", flags)];
    kind.set(KINDS.layer);
    flags.set(ownFlags.and(FLAGS.root));
    work.set(0);
    this.next.takeLayers(source, () => this.#append());
    kind.set(own);
    flags.set(ownFlags);
    source.set(upper);
    work.set(below);
  }

  #append(): void {
    const s = this.#s;
    s.subroutine("append operation", { parameters: [] }, () => {
      const to = new Struct(s, RECORD, this.#end);
      for (const word of WORDS) {
        const value = this.#record[word];
        to.set(word, PLACES.includes(word) ? value.minus(this.list) : value);
      }
      this.#end.advance(RECORD.bytes);
    })({});
  }
}
