/**
 * What processes of a dry run hold: descriptors and PIDs. They have numbers that real ones do not have,
 * so that they are known wherever they are shown: in arguments, structs and texts.
 */

/** Descriptors count from here, and PIDs, of which the kernel gives none above 4194304. */
const DESCRIPTORS = 1_913_000_000;
const PIDS = 2_013_000_000;

/** Bytes on their way from one process to another. */
export class Pipe {
  readonly #chunks: Uint8Array[] = [];
  /** Descriptors that write to it. */
  writers = 0;

  write(bytes: Uint8Array): void {
    this.#chunks.push(bytes.slice());
  }

  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  /** At most so many bytes. */
  read(most: number): Uint8Array {
    const first = this.#chunks.shift();
    if (!first) return new Uint8Array();
    if (first.length > most) this.#chunks.unshift(first.subarray(most));
    return first.subarray(0, most);
  }
}

/** What a descriptor is of. Several descriptors, of several processes, may have one. */
export interface File {
  /** The descriptor of this process that was really opened. */
  readonly real?: number;
  /** The path by which it was opened, as this process sees it. */
  readonly path?: string;
  /** The path that the call had which opened it. */
  readonly asked?: string;
  /** What reads take from, and what writes go to. */
  readonly reads?: Pipe;
  readonly writes?: Pipe;
  /** The type of the file system that it is on, where that was not really mounted. */
  readonly type?: string;
  /** Of a pidfd: the process. */
  readonly process?: number;
  /** A file in memory, with the launcher in it or without. */
  readonly memory?: { isImage: boolean; isSealed: boolean };
  /** The launcher's own file, and how much of it is still to be read. */
  readonly image?: { left: number };
}

/** Gives descriptors and PIDs their numbers, and these their names. */
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

  /** Names a number, if it has been given and has no name. */
  name(number: number, name: string): void {
    if (this.isGiven(number) && !this.#names.has(number)) this.#names.set(number, name);
  }

  /** A text in which numbers are replaced by their names. */
  shown(text: string): string {
    return text.replace(/\d{10}/g, (digits) => {
      const name = this.#names.get(Number(digits));
      return name === undefined ? digits : `<${name}>`;
    });
  }
}
