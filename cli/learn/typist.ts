/** Types lines in a session when the learner wants it, and passes on what the learner types. */
import { Cgroups } from "./cgroups.ts";
import type { Events } from "./events.ts";
import { isToLeave, KEYS, Left, nextInput } from "./input.ts";
import type { Output } from "./output.ts";
import { countOf, sessionTree } from "./processes.ts";
import { type Learner, Session } from "./session.ts";
import type { Style } from "./text.ts";

/** What a session needs. */
export interface Surroundings {
  readonly events: Events;
  readonly learner: Learner;
  /** The program, or its cli.ts. */
  readonly nido: string;
  readonly style: () => Style & { readonly rows: number };
}

/** How long a program in the background may take to start. */
const [PATIENCE_MS, PAUSE_MS] = [10_000, 50];

/** Clears the line that is being typed. */
const CLEAR = "\x05\x15";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Who types: in one session after the other. */
export class Typist {
  readonly #around: Surroundings;
  readonly #output: Output;
  readonly #cgroups = new Cgroups();
  #session: Session | undefined;
  #isUsers = false;
  #depth = 1;
  #drawn: string | undefined;

  /** @param output Where the session's terminal is seen. */
  constructor(around: Surroundings, output: Output) {
    this.#around = around;
    this.#output = output;
  }

  /** Whether the prompt is that of a shell inside of the session's own. */
  get isInner(): boolean {
    return this.#depth > 1;
  }

  /** The learner's terminal has another size. */
  resize(): void {
    const { width, rows } = this.#around.style();
    this.#session?.pty.resize({ columns: width, rows });
  }

  /** Sees to it that there is a session. @param user Whether it must be an ordinary user's, or must not. */
  async begin(user?: boolean): Promise<void> {
    const isRight = this.#session && (user === undefined || user === this.#isUsers);
    if (!isRight) await this.#start(user ?? false);
  }

  /**
   * Has a line typed when the learner presses Enter; with other keys the line is the learner's. Returns at
   * the next prompt.
   */
  async offer(line: string): Promise<"run" | "typed"> {
    const { pty, shell } = this.#session!;
    this.#around.events.dropKeys(isToLeave);
    const sleepers = shell === undefined ? 0 : countOf(shell, "sleep");
    let state: "offered" | "editing" | "running" = "offered";
    let [typed, isLeftOut] = [false, false];
    this.#output.prompt();
    pty.type(bytesOf(line));
    for (;;) {
      const event = await nextInput(this.#around.events);
      if (event.kind === "prompt") {
        this.#depth = event.depth;
        if (state === "running") break;
        // The line was given up: it is offered again.
        state = "offered";
        this.#output.release();
        pty.type(bytesOf(CLEAR + line));
        continue;
      }
      const [key] = event.bytes;
      if (event.bytes.includes(KEYS.abort)) throw new Left();
      if (state !== "offered") {
        if (state === "editing" && event.bytes.includes(KEYS.enter)) state = "running";
        pty.type(event.bytes);
        continue;
      }
      if (isToLeave(key)) throw new Left();
      if (key === KEYS.enter || key === KEYS.next && line !== "") {
        isLeftOut = key === KEYS.next;
        pty.type(bytesOf(isLeftOut ? `${CLEAR}\r` : "\r"));
        state = "running";
        continue;
      }
      typed = true;
      state = event.bytes.includes(KEYS.enter) ? "running" : "editing";
      pty.type(event.bytes);
    }
    if (line.endsWith("&") && !typed && !isLeftOut) await this.#settle(sleepers);
    this.#draw();
    return typed ? "typed" : "run";
  }

  /** Waits for what a line has started in the background. */
  async #settle(sleepers: number): Promise<void> {
    const until = performance.now() + PATIENCE_MS;
    while (performance.now() < until) {
      const { shell } = this.#session!;
      if (shell === undefined || countOf(shell, "sleep") > sleepers) return;
      await new Promise((go) => setTimeout(go, PAUSE_MS));
    }
  }

  /** Draws the tree of processes, where it is another than before. */
  #draw(): void {
    const { shell } = this.#session!;
    const style = this.#around.style();
    const tree = shell === undefined ? undefined : sessionTree(shell, style);
    if (tree !== undefined && tree !== this.#drawn) {
      this.#output.say(`${style.paint("dim", "The processes now:")}\n${tree.trimEnd()}`);
    }
    this.#drawn = tree;
  }

  async #start(user: boolean): Promise<void> {
    await this.end();
    const { events, learner, nido, style } = this.#around;
    const { width, rows } = style();
    if (user && learner.isPrivileged) {
      this.#output.say(style().paint("dim", "An ordinary user types what follows."));
    }
    const session = new Session(user, learner, nido, { columns: width, rows });
    this.#session = session;
    this.#isUsers = user;
    this.#drawn = undefined;
    void (async () => {
      for (let bytes = await session.pty.read(); bytes; bytes = await session.pty.read()) {
        this.#output.feed(bytes);
      }
      if (this.#session === session) events.add({ kind: "ended" });
    })();
    for (;;) {
      const event = await nextInput(events);
      if (event.kind === "prompt") break;
      if (isToLeave(event.bytes[0])) throw new Left();
    }
    this.#depth = 1;
  }

  /** Ends the session, and what it has left outside of itself. */
  async end(): Promise<void> {
    const session = this.#session;
    if (!session) return;
    this.#session = undefined;
    await session.end();
    this.#output.discard();
    this.#cgroups.removeNew();
  }
}
