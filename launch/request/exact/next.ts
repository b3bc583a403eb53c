/** What options say of the operation that an option behind them makes: --perms, --size, --overlay-src. */
import type { Builder } from "../../../engine/builder.ts";
import { NUL } from "../../../engine/characters.ts";
import { words } from "../../../engine/failure.ts";
import { POINTER_BYTES } from "../../../engine/operand.ts";
import type { Place, Value, Variable } from "../../../engine/value.ts";
import { LAYERS_OF_NOTHING } from "../spec.ts";
import { readBytes, readMode } from "./numbers.ts";
import type { OptionTable } from "./table.ts";
import type { Fail, TypedOption } from "./typed.ts";

/** No mode is given. */
const NONE = -1;

/** The mode, size and layers of the next operation. */
export class NextOperation {
  /** Bytes; 0 if none are given. */
  readonly size: Variable;
  readonly #s: Builder;
  readonly #fail: Fail;
  readonly #perms: Variable;
  readonly #layers: Place;
  readonly #layersEnd: Variable;

  /** Must be called outside of all blocks. @param most How many layers there may be. */
  constructor(s: Builder, most: number, fail: Fail) {
    this.#s = s;
    this.#fail = fail;
    this.#perms = s.variable("perms", NONE);
    this.size = s.variable("size", 0);
    this.#layers = s.memory("lower layers", POINTER_BYTES * most);
    this.#layersEnd = s.variable("end of lower layers", this.#layers);
  }

  /** Sets the mode of what it makes. */
  setMode({ word, values }: TypedOption): void {
    const s = this.#s;
    s.if(this.#perms.isNot(NONE), () => this.#twice(word));
    this.#perms.set(this.readMode(word, values.word()));
  }

  /** Sets the size of its file system. */
  setSize({ word, values }: TypedOption): void {
    const s = this.#s;
    s.if(this.size.isNot(0), () => this.#twice(word));
    this.size.set(readBytes(s, values.word(), {
      invalid: () => this.#fail("--size takes a non-zero number of bytes"),
      tooMuch: () => this.#fail(`--size (for tmpfs) is limited to ${2n ** 63n - 1n}`),
    }));
  }

  /** One more layer, above those before. */
  addLayer({ values }: TypedOption): void {
    this.#s.store(this.#layersEnd, values.word());
    this.#layersEnd.advance(POINTER_BYTES);
  }

  /** Reads a mode. @param word The option that has it. */
  readMode(word: Variable, text: Value): Variable {
    return readMode(this.#s, text, () => {
      this.#fail(words`${{ string: word }} takes an octal argument <= 07777`);
    });
  }

  /** Gives the mode away, where there is one. */
  takeMode(mode: Variable): void {
    this.#s.if(this.#perms.isNot(NONE), () => {
      mode.set(this.#perms);
      this.#perms.set(NONE);
    });
  }

  /** Refuses an operation that needs more layers than there are. */
  needLayers(word: Variable, table: OptionTable): void {
    const s = this.#s;
    const count = s.variable("layers", this.#layersEnd.minus(this.#layers));
    s.if(count.isBelow(table.get("layers").times(POINTER_BYTES)), () => {
      const lacks = (many: string) => (): void =>
        this.#fail(words`${{ string: word }} requires at least ${many} --overlay-src`);
      s.if(table.get("layers").is(1), lacks("one"), { otherwise: lacks("two") });
    });
  }

  /** Gives the layers away, the highest first. @param body Appends steps for one, whose path is in `source`. */
  takeLayers(source: Variable, body: () => void): void {
    const s = this.#s;
    s.while(this.#layersEnd.isNot(this.#layers), () => {
      this.#layersEnd.set(this.#layersEnd.minus(POINTER_BYTES));
      source.set(this.#layersEnd.word());
      s.if(source.byte().is(NUL), () => {
        this.#fail("--overlay-src does not take an empty path argument");
      });
      body();
    });
  }

  /** Refuses what was for the next operation, and was not for this option. */
  refuseLeft(kind: "mode or size" | "layer" | "other"): void {
    const s = this.#s;
    if (kind !== "mode or size") {
      s.if(this.#perms.isNot(NONE), () => {
        this.#fail("--perms must be followed by an option that creates a file");
      });
      s.if(this.size.isNot(0), () => this.#fail("--size must be followed by --tmpfs"));
    }
    if (kind !== "layer") this.refuseLayers();
  }

  /** Refuses layers of no overlay. */
  refuseLayers(): void {
    this.#s.if(this.#layersEnd.isNot(this.#layers), () => {
      this.#fail(LAYERS_OF_NOTHING);
    });
  }

  #twice(word: Variable): void {
    this.#fail(words`${{ string: word }} given twice for the same action`);
  }
}
