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

  /** Puts back what is for later. */
  putBack(event: Event): void {
    this.#waiting.unshift(event);
  }

  async next(): Promise<Event> {
    while (this.#waiting.length === 0) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#waiting.shift()!;
  }
}
