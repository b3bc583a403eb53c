/**
 * Descriptors and PIDs of a dry run. Their numbers are larger than any real one, so that they are
 * recognized wherever they appear: in arguments, structs and texts.
 */
import type { Node } from "./tree.ts";

/** The first numbers. The kernel gives no PID above 4194304. */
const DESCRIPTORS = 1_913_000_000;
const PIDS = 2_013_000_000;

/** A pipe or socket pair: bytes from one process to another. */
export class Pipe {
  readonly #chunks: Uint8Array[] = [];
  /** How many descriptors can write to it. */
  writers = 0;

  write(bytes: Uint8Array): void {
    this.#chunks.push(bytes.slice());
  }

  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  /** Takes up to so many bytes. */
  read(most: number): Uint8Array {
    const first = this.#chunks.shift();
    if (!first) return new Uint8Array();
    if (first.length > most) this.#chunks.unshift(first.subarray(most));
    return first.subarray(0, most);
  }
}

/** An open file description: several descriptors, of several processes, may share it. */
export interface File {
  /** The real descriptor, in this process. */
  readonly real?: number;
  /** Its path, as this process sees it. */
  readonly path?: string;
  /** The path argument of the call that opened it. */
  readonly asked?: string;
  /** The pipes that reads and writes use. */
  readonly reads?: Pipe;
  readonly writes?: Pipe;
  /** The type of its file system, if the mount is simulated. */
  readonly type?: string;
  /** Where it is in a simulated file system. */
  readonly node?: Node;
  /** Of a pidfd: the process. */
  readonly process?: number;
  /** A file in memory, with the launcher in it or without. */
  readonly memory?: { isImage: boolean; isSealed: boolean };
  /** The launcher's own file, with the bytes left to read. */
  readonly image?: { left: number };
}

/** Allocates numbers for descriptors and PIDs, and names them. */
export class Numbers {
  readonly #names = new Map<number, string>();
  #descriptors = DESCRIPTORS;
  #pids = PIDS;

  descriptor(): number {
    return ++this.#descriptors;
  }

  pid(): number {
    return ++this.#pids;
  }

  isPid(number: number): boolean {
    return number > PIDS && number <= this.#pids;
  }

  isGiven(number: number): boolean {
    return this.isPid(number) || number > DESCRIPTORS && number <= this.#descriptors;
  }

  /** Names a number that was allocated here, unless it has a name. */
  name(number: number, name: string): void {
    if (this.isGiven(number) && !this.#names.has(number)) this.#names.set(number, name);
  }

  /** Replaces the numbers in a text by their names. */
  shown(text: string): string {
    return text.replace(/\d{10}/g, (digits) => {
      const name = this.#names.get(Number(digits));
      return name === undefined ? digits : `<${name}>`;
    });
  }
}
