/**
 * Descriptors and PIDs of a dry run. Their numbers are larger than any real one, so that they are
 * recognized wherever they appear: in arguments, structs and texts.
 */
import { concat } from "../../ffi/bytes.ts";
import type { Node } from "./tree.ts";

/** The first numbers. The kernel gives no PID above 4194304. */
const DESCRIPTORS = 1_913_000_000;
const PIDS = 2_013_000_000;
const INODES = 2_113_000_000;

/** Numbers are apart, so that `<name>+1` is nothing else's. */
const STEP = 4;

/** A pipe or socket pair: bytes from one process to another. */
export class Pipe {
  #bytes = new Uint8Array();
  /** What is handed over with the bytes: see unix(7), SCM_RIGHTS. */
  readonly handed: File[] = [];
  /** How many descriptors can write to it. */
  writers = 0;

  write(bytes: Uint8Array): void {
    this.#bytes = concat(this.#bytes, bytes);
  }

  get isEmpty(): boolean {
    return this.#bytes.length === 0;
  }

  /** Takes up to so many bytes. */
  read(most: number): Uint8Array {
    const taken = this.#bytes.subarray(0, most);
    this.#bytes = this.#bytes.subarray(most);
    return taken;
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
  readonly memory?: { isImage: boolean };
  /** The launcher's own file, with the bytes left to read. */
  readonly image?: { left: number };
}

/** Allocates numbers for descriptors and PIDs, and names them. */
export class Numbers {
  readonly #names = new Map<number, string>();
  /** Names of numbers that are in use. */
  readonly #used = new Set<string>();
  #descriptors = DESCRIPTORS;
  #pids = PIDS;
  #inodes = INODES;

  descriptor(): number {
    return this.#descriptors += STEP;
  }

  pid(): number {
    return ++this.#pids;
  }

  /** The inode of a new namespace: those of nsfs have ten digits, too. */
  inode(): number {
    return ++this.#inodes;
  }

  isPid(number: number): boolean {
    return number > PIDS && number <= this.#pids;
  }

  isGiven(number: number): boolean {
    return this.isPid(number) || number > INODES && number <= this.#inodes ||
      number > DESCRIPTORS && number <= this.#descriptors &&
        (number - DESCRIPTORS) % STEP === 0;
  }

  /**
   * Names a number that was allocated here, unless it has a name. As long as it is in use no other one has
   * the same: the next is `<name 2>`.
   */
  name(number: number, name: string): void {
    if (!this.isGiven(number) || this.#names.has(number)) return;
    for (let count = 1;; count++) {
      const own = count === 1 ? name : `${name} ${count}`;
      if (this.#used.has(own)) continue;
      this.#names.set(number, own);
      this.#used.add(own);
      return;
    }
  }

  /** The name of a number. */
  nameOf(number: number): string | undefined {
    return this.#names.get(number);
  }

  /** It is in use no more: what comes next may have its name. */
  leave(number: number): void {
    this.#used.delete(this.#names.get(number) ?? "");
  }

  /** Replaces the numbers in a text by their names: that of the next by `<name>+1`. */
  shown(text: string): string {
    return text.replace(/\d{10}/g, (digits) => {
      for (const [distance, sign] of [[0, ""], [1, "+1"], [-1, "-1"]] as const) {
        const name = this.#names.get(Number(digits) - distance);
        if (name !== undefined) return `<${name}>${sign}`;
      }
      return digits;
    });
  }
}
