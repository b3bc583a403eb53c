/** What happens while somebody learns, in its order. */

/** A key or several, or a prompt. */
export type Input =
  | { readonly kind: "keys"; readonly bytes: Uint8Array }
  | { readonly kind: "prompt"; readonly depth: number };

/** These, the end of the shell, or the wish to leave. */
export type Event = Input | { readonly kind: "ended" } | { readonly kind: "leave" };

/** A queue of them. */
export class Events {
  readonly #waiting: Event[] = [];
  #wake: (() => void) | undefined;

  add(event: Event): void {
    this.#waiting.push(event);
    this.#wake?.();
  }

  /** Drops keys that were pressed before a question, unless they are to leave. */
  dropKeys(isToLeave: (key: number) => boolean): void {
    const kept = this.#waiting.filter((one) => one.kind !== "keys" || isToLeave(one.bytes[0]!));
    this.#waiting.splice(0, Infinity, ...kept);
  }

  async next(): Promise<Event> {
    while (this.#waiting.length === 0) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#waiting.shift()!;
  }
}
