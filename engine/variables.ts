/** Where the variables of a plan are: slots, memory, and arrays that have a name. */
import { COPIED_OFFSET } from "../ffi/machine/machine.ts";
import {
  CONSTANTS,
  COPIED,
  ERROR,
  FAILURE,
  FAILURES,
  KEPT_END,
  PACKED_FAILURES,
  STACK,
  UNUSED,
  VARIABLES_END,
} from "./operand.ts";
import {
  AT_KEPT_END,
  AT_VARIABLES_END,
  inConstants,
  inFailures,
  inHeader,
  PACKED_TABLE,
  type Place,
} from "./place.ts";
import type { Plan } from "./plan.ts";
import { keptNames, namesBefore } from "./rest.ts";
import type { Segments } from "./segments.ts";
import { sharedSlots } from "./shared_slots.ts";

/** What every plan has. */
const GIVEN: readonly (readonly [name: string, place: Place])[] = [
  [CONSTANTS, inConstants(0)],
  [FAILURES, inFailures(0)],
  [PACKED_FAILURES, PACKED_TABLE],
  [STACK, inHeader(0)],
  [ERROR, inHeader(8)],
  [FAILURE, inHeader(16)],
  [UNUSED, inHeader(24)],
  [COPIED, inHeader(COPIED_OFFSET)],
  [KEPT_END, AT_KEPT_END],
  [VARIABLES_END, AT_VARIABLES_END],
];

/** Memory of at most so many bytes is near the slots. */
const MOST_NEAR = 400;

/** Places of variables by their names. */
export class Variables {
  readonly #plan: Plan;
  readonly #segments: Segments;
  readonly #places = new Map<string, Place>(GIVEN);
  readonly #kept: ReadonlySet<string>;
  /** What a launch that succeeds touches. */
  readonly #touched: ReadonlySet<string>;
  /** Of large plans the variables that share slots. */
  readonly #sharedSlots: ReadonlyMap<string, string>;

  constructor(plan: Plan, segments: Segments) {
    this.#plan = plan;
    this.#segments = segments;
    this.#kept = keptNames(plan);
    this.#touched = namesBefore(plan);
    this.#sharedSlots = plan.isPacked ? sharedSlots(plan, this.#kept) : new Map();
  }

  /** Allocates all memory, and the slots that are kept at rest. */
  takeMemory(): void {
    const { buffers } = this.#plan;
    for (const name of this.#kept) {
      if (!this.has(name) && !Object.hasOwn(buffers, name)) {
        this.set(name, this.#segments.takeKept(8));
      }
    }
    // The small ones together: each page that a launch writes to is one that the kernel has to zero.
    for (const [name, bytes] of Object.entries(buffers).sort(([, a], [, b]) => a - b)) {
      this.set(name, this.#takeBytes(name, bytes));
    }
  }

  #takeBytes(name: string, bytes: number): Place {
    if (this.#kept.has(name)) return this.#segments.takeKept(bytes);
    const isNear = this.#touched.has(name) && bytes <= MOST_NEAR;
    return isNear ? this.#segments.takeNear(bytes) : this.#segments.takeZeros(bytes);
  }

  has(name: string): boolean {
    return this.#places.has(name);
  }

  set(name: string, place: Place): void {
    this.#places.set(name, place);
  }

  /** The place of a slot, memory or array. The first mention of a slot allocates it. */
  place(name: string): Place {
    const known = this.#places.get(name);
    if (known) return known;
    const shared = this.#sharedSlots.get(name) ?? name;
    const place = shared === name
      ? this.#segments.takeSlot(this.#touched.has(name))
      : this.place(shared);
    this.set(name, place);
    return place;
  }

  /** All but what every plan has. */
  get named(): (readonly [name: string, place: Place])[] {
    const given = GIVEN.map(([name]) => name);
    return [...this.#places].filter(([name]) => !given.includes(name));
  }
}
