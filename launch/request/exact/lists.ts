/** Lists that exact options make. */
import { CAPABILITY_NAMES } from "../../../ffi/abi/capability_names.ts";
import type { Builder } from "../../../engine/builder.ts";
import { EQUALS, NUL } from "../../../engine/characters.ts";
import { any } from "../../../engine/condition.ts";
import { words } from "../../../engine/failure.ts";
import { POINTER_BYTES } from "../../../engine/operand.ts";
import { Struct } from "../../../engine/struct.ts";
import { eachRow } from "../../../engine/table.ts";
import { Text } from "../../../engine/text.ts";
import { constant, type Place, type Value, type Variable } from "../../../engine/value.ts";
import { ALL } from "../../capabilities/spec.ts";
import { MASKS } from "../../capabilities/steps.ts";
import { NO_NUMBER } from "../../numbers.ts";
import { FILTER } from "../../seccomp/steps.ts";
import { MOST_WORDS } from "../spec.ts";
import { copyTo, type Room } from "./room.ts";
import type { Fail, TypedOption } from "./typed.ts";

/** An option takes two words at least. */
const MOST = MOST_WORDS / 2;

const [A, Z] = ["a", "z"].map((letter) => letter.charCodeAt(0));
const CASE = 0x20;

/** Longer than the name of a capability. */
const NAME_BYTES = 64;

/** A list of words in memory, and its end. */
export class Words {
  readonly list: Place;
  readonly end: Variable;
  readonly #s: Builder;
  readonly #behind: Value;

  /** @param behind The word behind the list: 0, or NO_NUMBER for eachNumber(). */
  constructor(s: Builder, name: string, behind: Value = 0) {
    this.#s = s;
    this.#behind = behind;
    this.list = s.memory(name, POINTER_BYTES * (MOST + 1));
    this.end = s.variable(`end of ${name}`, this.list);
  }

  add(value: Value): void {
    this.#s.store(this.end, value);
    this.end.advance(POINTER_BYTES);
    this.#s.store(this.end, this.#behind);
  }
}

/** Filters: all by one option. */
export class Filters {
  readonly list: Place;
  readonly #s: Builder;
  readonly #fail: Fail;
  readonly #end: Variable;
  /** Which option gave them. */
  readonly #by: Variable;

  constructor(s: Builder, fail: Fail) {
    this.#s = s;
    this.#fail = fail;
    this.list = s.memory("filters", FILTER.bytes * (MOST + 1));
    this.#end = s.variable("end of filters", this.list);
    this.#by = s.variable("option of filters", 0);
  }

  /** @param isOnly Whether it is the only one. */
  add({ word }: TypedOption, fd: () => Value, isOnly: boolean): void {
    const s = this.#s;
    s.if(this.#by.isNot(0), () => {
      const length = word.seek(NUL).minus(word).plus(1);
      s.if(this.#by.isSame(word, length), () => {}, {
        otherwise: () =>
          this.#fail(
            words`${{ string: word }} cannot be combined with ${{ string: this.#by }}`,
          ),
      });
    });
    this.#by.set(word);
    if (isOnly) this.#end.set(this.list);
    new Struct(s, FILTER, this.#end).set("fd", fd());
    this.#end.advance(FILTER.bytes);
    new Struct(s, FILTER, this.#end).set("fd", NO_NUMBER);
  }
}

/** Edits of the environment, as launch/program/edits.ts has them. */
export class Edits {
  readonly #s: Builder;
  readonly #room: Room;
  readonly #fail: Fail;
  readonly #edits: Words;

  constructor(s: Builder, room: Room, fail: Fail) {
    this.#s = s;
    this.#room = room;
    this.#fail = fail;
    this.#edits = new Words(s, "changes of the environment");
  }

  get list(): Place {
    return this.#edits.list;
  }

  /** @param kind What happens: a variable is set, or unset, or all are. */
  add({ values }: TypedOption, kind: "set" | "unset" | "clear"): void {
    const s = this.#s;
    if (kind === "clear") {
      // What was before makes no difference.
      this.#edits.end.set(this.list);
      return this.#edits.add("");
    }
    const name = s.variable("variable", values.word());
    const length = s.variable("length", name.seek(EQUALS, NUL).minus(name));
    const isNone = any(length.is(0), name.plus(length).byte().is(EQUALS));
    s.if(isNone, () => this.#fail(`${kind}env failed`));
    if (kind === "unset") return this.#edits.add(name);
    const value = s.variable("value", values.word(POINTER_BYTES));
    const valueBytes = s.variable("length", value.seek(NUL).minus(value).plus(1));
    const setting = this.#room.take(length.plus(1).plus(valueBytes));
    const to = s.variable("to", setting);
    copyTo(to, name, length);
    s.store(to, EQUALS, { bytes: 1 });
    to.advance();
    copyTo(to, value, valueBytes);
    this.#edits.add(setting);
  }
}

/** Edits of capabilities, which are masks. */
export class CapabilityEdits {
  readonly masks: Place;
  readonly #s: Builder;
  readonly #fail: Fail;
  readonly #isBegun: Variable;
  readonly #bits: Variable;

  constructor(s: Builder, fail: Fail) {
    this.#s = s;
    this.#fail = fail;
    this.masks = s.memory("capability masks", MASKS.bytes);
    this.#isBegun = s.variable("capabilities are edited", 0);
    this.#bits = s.variable("capability bits", 0);
  }

  add({ values }: TypedOption, kind: "add" | "drop"): void {
    const s = this.#s;
    const masks = new Struct(s, MASKS, this.masks);
    s.if(this.#isBegun.is(0), () => masks.fill({ keep: ALL, add: 0 }));
    this.#isBegun.set(1);
    this.#read(s.variable("capability", values.word()));
    const bits = this.#bits;
    if (kind === "add") return masks.set("add", masks.get("add").or(bits));
    const others = s.variable("others", constant(ALL).minus(bits));
    masks.set("keep", masks.get("keep").and(others));
    masks.set("add", masks.get("add").and(others));
  }

  /** The bits of a name, in capital letters or small ones, or of a number. */
  #read(name: Variable): void {
    const s = this.#s;
    s.subroutine("read capability", { parameters: ["name"] }, ({ name }) => {
      const text = new Text(s, "name of a capability", NAME_BYTES, "cut");
      text.clear();
      text.appendString(name);
      text.append("\0");
      const at = s.variable("letter", text.start);
      s.store(text.start.at(NAME_BYTES - 1), NUL, { bytes: 1 });
      s.while(at.byte().isNot(NUL), () => {
        const letter = s.variable("byte", at.byte());
        s.if(letter.minus(A!).isBelow(Z! - A! + 1), () => {
          s.store(at, letter.minus(CASE), { bytes: 1 });
        });
        at.advance();
      });
      const typed = s.variable("typed", text.start);
      s.block((found) => {
        const rows = [
          { name: "ALL", bits: ALL },
          ...CAPABILITY_NAMES.map((name, i) => ({ name, bits: 1n << BigInt(i) })),
          ...CAPABILITY_NAMES.map((_, i) => ({ name: String(i), bits: 1n << BigInt(i) })),
        ].map((row) => ({ ...row, length: row.name.length + 1 }));
        eachRow(s, ["name", "length", "bits"], rows, (row) => {
          s.if(typed.isSame(row.get("name"), row.get("length")), () => {
            this.#bits.set(row.get("bits"));
            found.leave();
          });
        });
        this.#fail(words`unknown cap: ${{ string: name }}`);
      });
    })({ name });
  }
}
