/** What options say of the operation that an option behind them makes: --perms, --size, --overlay-src. */
import { LAYERS_OF_NOTHING } from "../../launch/request/spec.ts";
import { LAYERS, MODES } from "../../launch/root/record.ts";
import type { RootOperation } from "../../launch/root/spec.ts";
import type { Option } from "../getopt.ts";
import { parsePath, refuse } from "./values.ts";

/** The mode, size and layers. */
export interface Next {
  perms?: number;
  size?: number | bigint;
  sources?: string[];
}

/** How messages say a number of layers. */
const NUMBERS = ["none", "one", "two"];

/** What the next operation has. */
export class NextOperation {
  #next: Next = {};

  /** Refuses what was for the next operation, and was not for this option. @throws {UsageError} */
  refuseLeft({ means = [] }: Option): void {
    const kinds = means.map(({ as }) => as);
    const isModifier = kinds.includes("octal") || kinds.includes("bytes");
    const { perms, size, sources } = this.#next;
    if (!isModifier && perms !== undefined) {
      refuse("--perms must be followed by an option that creates a file");
    }
    if (!isModifier && size !== undefined) refuse("--size must be followed by --tmpfs");
    if (sources && !kinds.includes("layer")) this.refuseLayers();
  }

  /** Refuses layers of no overlay. @throws {UsageError} */
  refuseLayers(): void {
    if (this.#next.sources) refuse(LAYERS_OF_NOTHING);
  }

  /** Sets what it has, once. */
  set<Name extends "perms" | "size">(name: Name, long: string, read: () => Next[Name]): void {
    if (this.#next[name] !== undefined) refuse(`--${long} given twice for the same action`);
    this.#next[name] = read();
  }

  /** One more layer, above those before. */
  addLayer(source: string): void {
    this.#next.sources = [...this.#next.sources ?? [], source];
  }

  /** Gives away what an operation of this kind takes. @throws {UsageError} if that is too little. */
  take(kind: RootOperation["kind"], long: string): Next {
    const least = kind in LAYERS ? LAYERS[kind as keyof typeof LAYERS] : 0;
    const { sources = [], perms, size } = this.#next;
    if (sources.length < least) {
      refuse(`--${long} requires at least ${NUMBERS[least]} --overlay-src`);
    }
    const taken: Next = {
      ...(least > 0 ? { sources: sources.map((source) => parsePath(source, "overlay-src")) } : {}),
      ...(kind in MODES && perms !== undefined ? { perms } : {}),
      ...(kind === "tmpfs" && size !== undefined ? { size } : {}),
    };
    for (const name of Object.keys(taken) as (keyof Next)[]) delete this.#next[name];
    return taken;
  }
}
