/** Operations on a new root, made of words: records as launch/root/record.ts has them. */
import type { Builder } from "../../../engine/builder.ts";
import { type Message, words } from "../../../engine/failure.ts";
import { NUL } from "../../../engine/file.ts";
import { POINTER_BYTES } from "../../../engine/operand.ts";
import { Struct } from "../../../engine/struct.ts";
import { Expression, type Place, type Value, type Variable } from "../../../engine/value.ts";
import { FLAGS, KINDS, PLACES, WORDS } from "../../root/record.ts";
import { RECORD } from "../../root/root.ts";
import { LAYERS_OF_NOTHING, MOST_WORDS, NO_NAME } from "../spec.ts";
import { readBytes, readInt, readMode } from "./numbers.ts";
import { cleanPath } from "./path.ts";
import { copyTo, type Room } from "./room.ts";
import { FIRST, type OptionTable } from "./table.ts";

/** An option takes two words at least. */
const MOST_OPERATIONS = MOST_WORDS / 2;

/** Nothing is given. */
const NONE = -1;

const SEVEN = 7;

/** The longest decimal number. */
const DIGITS = 20;
const ZERO = "0".charCodeAt(0);

/** Larger than `mode=07777,size=` and a number. */
const TMPFS_BYTES = 48;

type Word = typeof WORDS[number];

/** Ends with a message. */
export type Fail = (message: Message) => void;

/** What is typed: the option, and the words behind it. */
export interface TypedOption {
  readonly word: Variable;
  /** An array of C strings. */
  readonly values: Variable;
  readonly table: OptionTable;
}

/** The operations, and what the next one has. */
export class Operations {
  readonly list: Place;
  readonly #s: Builder;
  readonly #room: Room;
  readonly #fail: Fail;
  readonly #end: Variable;
  readonly #perms: Variable;
  readonly #size: Variable;
  readonly #layers: Place;
  readonly #layersEnd: Variable;
  /** The record that is made. */
  readonly #record: Readonly<Record<Word, Variable>>;

  /** Must be called outside of all blocks. */
  constructor(s: Builder, room: Room, fail: Fail) {
    this.#s = s;
    this.#room = room;
    this.#fail = fail;
    this.list = s.memory("operations", RECORD.bytes * (MOST_OPERATIONS + 1));
    this.#end = s.variable("end of operations", this.list);
    this.#perms = s.variable("perms", NONE);
    this.#size = s.variable("size", 0);
    this.#layers = s.memory("lower layers", POINTER_BYTES * MOST_OPERATIONS);
    this.#layersEnd = s.variable("end of lower layers", this.#layers);
    this.#record = Object.fromEntries(
      WORDS.map((word) => [word, s.variable(`made ${word}`, 0)]),
    ) as Record<Word, Variable>;
  }

  /** Sets the mode of what the next operation makes. */
  setMode({ word, values }: TypedOption): void {
    const s = this.#s;
    s.if(this.#perms.isNot(NONE), () => this.#twice(word));
    this.#perms.set(this.#mode(word, values.word()));
  }

  /** Sets the size of the next operation's file system. */
  setSize({ word, values }: TypedOption): void {
    const s = this.#s;
    s.if(this.#size.isNot(0), () => this.#twice(word));
    this.#size.set(readBytes(s, values.word(), {
      invalid: () => this.#fail("--size takes a non-zero number of bytes"),
      tooMuch: () => this.#fail(`--size (for tmpfs) is limited to ${2n ** 63n - 1n}`),
    }));
  }

  #twice(word: Variable): void {
    this.#fail(words`${{ string: word }} given twice for the same action`);
  }

  #mode(word: Variable, text: Value): Variable {
    return readMode(this.#s, text, () => {
      this.#fail(words`${{ string: word }} takes an octal argument <= 07777`);
    });
  }

  /** One more layer of the next overlay. */
  addLayer({ values }: TypedOption): void {
    this.#s.store(this.#layersEnd, values.word());
    this.#layersEnd.advance(POINTER_BYTES);
  }

  /** Refuses what was for the next operation, and was not for this option. */
  refuseLeft(kind: "mode or size" | "layer" | "other"): void {
    const s = this.#s;
    if (kind !== "mode or size") {
      s.if(this.#perms.isNot(NONE), () => {
        this.#fail("--perms must be followed by an option that creates a file");
      });
      s.if(this.#size.isNot(0), () => this.#fail("--size must be followed by --tmpfs"));
    }
    if (kind !== "layer") this.refuseLayers();
  }

  /** Refuses layers of no overlay. */
  refuseLayers(): void {
    this.#s.if(this.#layersEnd.isNot(this.#layers), () => {
      this.#fail(LAYERS_OF_NOTHING);
    });
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
    s.if(first.is(FIRST.mode), () => record.mode.set(this.#mode(word, at.word())));
    this.#needLayers(word, table);
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
    s.if(table.get("takesMode").isNot(0), () => this.#takeMode());
    this.#setParentMode();
    s.if(record.kind.is(KINDS.tmpfs), () => this.#setOptions());
    s.if(table.get("layers").isNot(0), () => this.#appendLayers());
    this.#append();
  }

  #needLayers(word: Variable, table: OptionTable): void {
    const s = this.#s;
    const count = s.variable("layers", this.#layersEnd.minus(this.#layers));
    s.if(count.isBelow(table.get("layers").times(POINTER_BYTES)), () => {
      const lacks = (many: string) => (): void =>
        this.#fail(words`${{ string: word }} requires at least ${many} --overlay-src`);
      s.if(table.get("layers").is(1), lacks("one"), { otherwise: lacks("two") });
    });
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

  #takeMode(): void {
    const s = this.#s;
    const perms = this.#perms;
    s.if(perms.isNot(NONE), () => {
      this.#record.mode.set(perms);
      perms.set(NONE);
    });
  }

  /** Who may not read what is made may not look at where it is, nor who does not make it: as bwrap(1). */
  #setParentMode(): void {
    const { mode, parentMode } = this.#record;
    parentMode.set(0o755);
    for (const bits of [0o070, 0o007]) {
      const least = bits & 0o055;
      this.#s.if(mode.and(bits).is(0), () => parentMode.set(parentMode.minus(least)));
    }
  }

  /** The options of a tmpfs. */
  #setOptions(): void {
    const s = this.#s;
    const { mode, source } = this.#record;
    const start = this.#room.take(TMPFS_BYTES);
    source.set(start);
    const at = s.variable("options", start);
    copyTo(at, "mode=0", "mode=0".length);
    s.if(mode.isAtLeast(0o1000), () => {
      s.store(at, mode.shiftedRight(9).plus(ZERO), { bytes: 1 });
      at.advance();
    });
    for (const shift of [6, 3, 0]) {
      s.store(at, mode.shiftedRight(shift).and(SEVEN).plus(ZERO), { bytes: 1 });
      at.advance();
    }
    s.if(this.#size.isNot(0), () => this.#appendSize(at));
    mode.set(0);
  }

  #appendSize(at: Variable): void {
    const s = this.#s;
    copyTo(at, ",size=", ",size=".length);
    const end = s.memory("digits of the size", DIGITS).at(DIGITS);
    const digits = s.variable("digits", new Expression("decimal", [this.#size, end]));
    copyTo(at, digits, end.minus(digits));
    this.#size.set(0);
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
    s.while(this.#layersEnd.isNot(this.#layers), () => {
      this.#layersEnd.set(this.#layersEnd.minus(POINTER_BYTES));
      source.set(this.#layersEnd.word());
      s.if(source.byte().is(NUL), () => {
        this.#fail("--overlay-src does not take an empty path argument");
      });
      this.#append();
    });
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

/** Refuses an empty path. */
export const refuseEmpty = (fail: Fail, word: Variable): void =>
  fail(words`${{ string: word }} does not take an empty path argument`);
