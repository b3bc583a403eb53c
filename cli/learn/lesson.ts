/** Goes through sections: prints what they say, and has typed what they type. */
import type { ProbeResult } from "../../launch/probe/result.ts";
import { isToLeave, KEYS, Left, nextInput, ShellEnded } from "./input.ts";
import { type Obstacle, obstacleTo, obstacleToAll, obstacleToBlock } from "./obstacles.ts";
import { Output } from "./output.ts";
import type { Block, Section, Step } from "./page.ts";
import { blockText, paragraph, sectionText, titleLine } from "./text.ts";
import { type Surroundings as Around, Typist } from "./typist.ts";

/** What a lesson needs. */
export interface Surroundings extends Around {
  readonly results: readonly ProbeResult[];
  readonly write: (bytes: Uint8Array) => void;
}

/** A lesson: some sections, one after the other. */
export class Lesson {
  readonly #around: Surroundings;
  readonly #output: Output;
  readonly #typist: Typist;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#output = new Output(
      around.write,
      (depth) => around.events.add({ kind: "prompt", depth }),
    );
    this.#typist = new Typist(around, this.#output);
  }

  /** Goes through the sections. Returns when they are over, or the learner has left: then false. */
  async go(sections: readonly Section[], intro: string): Promise<boolean> {
    try {
      this.#output.say(intro);
      for (const [i, section] of sections.entries()) {
        const place = sections.length === 1 ? "" : `${i + 1} of ${sections.length}`;
        await this.#section(section, place);
        await this.#typist.end();
      }
      return true;
    } catch (error) {
      if (error instanceof Left) return false;
      throw error;
    } finally {
      await this.#typist.end();
    }
  }

  /** The learner's terminal has another size. */
  resize(): void {
    this.#typist.resize();
  }

  #sayObstacle({ why, remedy }: Obstacle): void {
    const { style } = this.#around;
    this.#output.say(paragraph(`This cannot be typed here: ${why}.`, style()));
    if (remedy !== undefined) this.#output.print(`${paragraph(`try: ${remedy}`, style())}\n`);
  }

  async #section(section: Section, place: string): Promise<void> {
    const { style, results, learner } = this.#around;
    const obstacle = obstacleToAll(results, learner) ?? obstacleTo(section.topic, results, learner);
    if (obstacle) {
      this.#output.say(sectionText(section, place, style()));
      this.#sayObstacle(obstacle);
      return await this.#pause();
    }
    this.#output.say(titleLine(section.title, place, style()));
    try {
      for (const block of section.blocks) await this.#block(block);
    } catch (error) {
      if (!(error instanceof ShellEnded)) throw error;
      this.#output.say(paragraph("The shell has ended, and this section with it.", style()));
      await this.#pause();
    }
  }

  async #block(block: Block): Promise<void> {
    const { style, learner } = this.#around;
    if (block.kind === "console") {
      const obstacle = obstacleToBlock(block, learner);
      if (!obstacle) return await this.#console(block.steps, block.user);
      this.#output.say(blockText(block, style()));
      return this.#sayObstacle(obstacle);
    }
    this.#output.say(blockText(block, style()));
    if (block.kind !== "try") return;
    this.#output.print(`${style().paint("dim", "Enter alone goes on.")}\n`);
    // The learner types, until there is nothing on the line.
    await this.#typist.begin();
    while (await this.#typist.offer("") === "typed");
  }

  async #console(steps: readonly Step[], user: boolean): Promise<void> {
    const typist = this.#typist;
    await typist.begin(user);
    for (const { isInner, line } of steps) {
      // The learner may have left a shell before the page does, or not.
      while (!isInner && typist.isInner) await typist.offer("exit");
      if (!isInner || typist.isInner) await typist.offer(line);
    }
  }

  /** Waits for Enter, where there is no shell. */
  async #pause(): Promise<void> {
    const { style } = this.#around;
    this.#around.events.dropKeys(isToLeave);
    this.#output.say(style().paint("dim", "Enter goes on, q ends."));
    for (;;) {
      const event = await nextInput(this.#around.events);
      if (event.kind !== "keys") continue;
      const [key] = event.bytes;
      if (key === KEYS.enter) return;
      if (isToLeave(key)) throw new Left();
    }
  }
}
