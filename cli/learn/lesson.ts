/** Goes through sections: prints what they say, and types what they type when the learner wants it. */
import type { ProbeResult } from "../../launch/probe/result.ts";
import { Cgroups } from "./cgroups.ts";
import type { Events, Input } from "./events.ts";
import { type Obstacle, obstacleTo, obstacleToAll, obstacleToBlock } from "./obstacles.ts";
import { Output } from "./output.ts";
import type { Block, Section, Step } from "./page.ts";
import { countOf, sessionTree } from "./processes.ts";
import { type Learner, Session } from "./session.ts";
import { blockText, paragraph, sectionText, type Style, titleLine } from "./text.ts";

/** The learner has left. */
class Left extends Error {}
/** The shell has ended. */
class ShellEnded extends Error {}

/** What a lesson needs. */
export interface Surroundings {
  readonly events: Events;
  readonly learner: Learner;
  readonly results: readonly ProbeResult[];
  /** The program, or its cli.ts. */
  readonly nido: string;
  readonly style: () => Style & { readonly rows: number };
  readonly write: (bytes: Uint8Array) => void;
}

const KEYS = { enter: 0x0d, next: 0x09, quit: 0x71, interrupt: 0x03, end: 0x04, abort: 0x1c };

const LEAVING: readonly number[] = [KEYS.quit, KEYS.interrupt, KEYS.end, KEYS.abort];

/** Whether a key at the beginning of a line ends the lesson. */
const isToLeave = (key: number | undefined): boolean => key !== undefined && LEAVING.includes(key);

/** How long a program in the background may take to start. */
const [PATIENCE_MS, PAUSE_MS] = [10_000, 50];

/** Clears the line that is being typed. */
const CLEAR = "\x05\x15";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A lesson: some sections, one after the other. */
export class Lesson {
  readonly #around: Surroundings;
  readonly #output: Output;
  readonly #cgroups = new Cgroups();
  #session: Session | undefined;
  #isUsers = false;
  #depth = 1;
  #drawn: string | undefined;
  /** Whether the last lines are the lesson's, not the shell's. */
  #hasSaid = false;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#output = new Output(
      around.write,
      (depth) => around.events.add({ kind: "prompt", depth }),
    );
  }

  /** Goes through the sections. Returns when they are over, or the learner has left: then false. */
  async go(sections: readonly Section[], intro: string): Promise<boolean> {
    try {
      this.#say(intro);
      for (const [i, section] of sections.entries()) {
        const place = sections.length === 1 ? "" : `${i + 1} of ${sections.length}`;
        await this.#section(section, place);
        await this.#endSession();
      }
      return true;
    } catch (error) {
      if (error instanceof Left) return false;
      throw error;
    } finally {
      await this.#endSession();
    }
  }

  /** The learner's terminal has another size. */
  resize(): void {
    const { width, rows } = this.#around.style();
    this.#session?.pty.resize({ columns: width, rows });
  }

  /** A paragraph of one's own, with an empty line before it. */
  #say(text: string): void {
    this.#output.print(`${this.#output.isAtStart ? "" : "\n"}\n${text}\n`);
    this.#hasSaid = true;
  }

  #sayObstacle({ why, remedy }: Obstacle): void {
    const { style } = this.#around;
    this.#say(paragraph(`This cannot be typed here: ${why}.`, style()));
    if (remedy !== undefined) this.#output.print(`${paragraph(`try: ${remedy}`, style())}\n`);
  }

  async #section(section: Section, place: string): Promise<void> {
    const { style, results, learner } = this.#around;
    const obstacle = obstacleToAll(results, learner) ?? obstacleTo(section.topic, results, learner);
    if (obstacle) {
      this.#say(sectionText(section, place, style()));
      this.#sayObstacle(obstacle);
      return await this.#pause();
    }
    this.#say(titleLine(section.title, place, style()));
    try {
      for (const block of section.blocks) await this.#block(block);
    } catch (error) {
      if (!(error instanceof ShellEnded)) throw error;
      this.#say(paragraph("The shell has ended, and this section with it.", style()));
      await this.#pause();
    }
  }

  async #block(block: Block): Promise<void> {
    const { style, learner } = this.#around;
    if (block.kind === "console") {
      const obstacle = obstacleToBlock(block, learner);
      if (!obstacle) return await this.#console(block.steps, block.user);
      this.#say(blockText(block, style()));
      return this.#sayObstacle(obstacle);
    }
    this.#say(blockText(block, style()));
    if (block.kind !== "try") return;
    this.#output.print(`${style().paint("dim", "Enter alone goes on.")}\n`);
    await this.#freely();
  }

  async #console(steps: readonly Step[], user: boolean): Promise<void> {
    if (!this.#session || this.#isUsers !== user) await this.#startSession(user);
    for (const { isInner, line } of steps) {
      // The learner may have left a shell before the page does, or not.
      while (!isInner && this.#depth > 1) await this.#offer("exit");
      if (!isInner || this.#depth > 1) await this.#offer(line);
    }
  }

  /** @throws {Left} @throws {ShellEnded} */
  async #input(): Promise<Input> {
    const event = await this.#around.events.next();
    if (event.kind === "leave") throw new Left();
    if (event.kind === "ended") throw new ShellEnded();
    return event;
  }

  /** The learner types, until there is nothing on the line. */
  async #freely(): Promise<void> {
    if (!this.#session) await this.#startSession(false);
    while (await this.#offer("") === "typed");
  }

  /**
   * Has a line typed when the learner presses Enter; with other keys the line is the learner's. Returns at
   * the next prompt.
   */
  async #offer(line: string): Promise<"run" | "typed"> {
    const { pty, shell } = this.#session!;
    this.#around.events.dropKeys(isToLeave);
    const sleepers = shell === undefined ? 0 : countOf(shell, "sleep");
    let state: "offered" | "editing" | "running" = "offered";
    let [typed, isLeftOut] = [false, false];
    this.#output.print((this.#output.isAtStart ? "" : "\n") + (this.#hasSaid ? "\n" : ""));
    this.#hasSaid = false;
    this.#output.release();
    pty.type(bytesOf(line));
    for (;;) {
      const event = await this.#input();
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
      this.#say(`${style.paint("dim", "The processes now:")}\n${tree.trimEnd()}`);
    }
    this.#drawn = tree;
  }

  async #startSession(user: boolean): Promise<void> {
    await this.#endSession();
    const { events, learner, nido, style } = this.#around;
    const { width, rows } = style();
    if (user && learner.isPrivileged) {
      this.#say(style().paint("dim", "An ordinary user types what follows."));
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
      const event = await this.#input();
      if (event.kind === "prompt") break;
      if (isToLeave(event.bytes[0])) throw new Left();
    }
    this.#depth = 1;
  }

  async #endSession(): Promise<void> {
    const session = this.#session;
    if (!session) return;
    this.#session = undefined;
    await session.end();
    this.#output.discard();
    this.#cgroups.removeNew();
  }

  /** Waits for Enter, where there is no shell. */
  async #pause(): Promise<void> {
    const { style } = this.#around;
    this.#around.events.dropKeys(isToLeave);
    this.#say(style().paint("dim", "Enter goes on, q ends."));
    for (;;) {
      const event = await this.#input();
      if (event.kind !== "keys") continue;
      const [key] = event.bytes;
      if (key === KEYS.enter) return;
      if (isToLeave(key)) throw new Left();
    }
  }
}
