/** Options that are exact words: the first word that is none of them, or what is behind `--`, ends them. */
import { lackingWords, MOST_WORDS } from "../../launch/request/spec.ts";
import { type Info, type Option, UsageError } from "../getopt.ts";
import { parseDescriptor, refuse } from "./values.ts";

/** What is outside of the words. */
export interface Outside {
  /** The words that a descriptor gives, with NUL between. It is closed then. */
  words(fd: number): readonly string[];
  /** Says something that ends nothing. */
  warn(message: string): void;
}

/** What is done with options. */
export interface Takers {
  /** Takes an option with its words. */
  take(option: Option, words: readonly string[]): void;
  /** Is told when all words of an option, and what it means, are taken. */
  taken(option: Option): void;
  /** Says something that ends nothing. */
  warn(message: string): void;
}

const unknown = (options: readonly Option[], word: string): UsageError =>
  new UsageError(`Unknown option ${word}`, true, {
    word,
    among: options.map(({ long }) => `--${long}`),
  });

/** Goes through words: what follows the options, or what they ask to be told. @throws {UsageError} */
export class ExactReader {
  readonly #options: readonly Option[];
  readonly #outside: Outside;
  readonly #takers: Takers;
  readonly #given = new Set<string>();
  #count = 0;

  constructor(options: readonly Option[], outside: Outside, takers: Takers) {
    this.#options = options;
    this.#outside = outside;
    this.#takers = takers;
  }

  /** Reads the words that follow the program's name. */
  read(words: readonly string[]): Info | readonly string[] {
    this.#counted(words.length);
    return this.#read(words, false);
  }

  #counted(more: number): void {
    this.#count += more;
    if (this.#count > MOST_WORDS) refuse(`Exceeded maximum number of arguments ${MOST_WORDS}`);
  }

  #read(words: readonly string[], isGivenByFile: boolean): Info | readonly string[] {
    let at = 0;
    while (at < words.length) {
      const word = words[at]!;
      if (word === "--") return words.slice(at + 1);
      if (!word.startsWith("-")) break;
      const option = this.#options.find(({ long }) => word === `--${long}`);
      if (!option) throw unknown(this.#options, word);
      if (!option.means) return option.long as Info;
      const { length } = option.words ?? [];
      const values = words.slice(at + 1, at + 1 + length);
      if (option.long === "args" && isGivenByFile) refuse("--args not supported in arguments file");
      if (values.length < length) refuse(lackingWords(option));
      this.#noteAgain(option);
      if (option.long === "args") {
        const more = this.#outside.words(parseDescriptor(values[0]!));
        this.#counted(more.length);
        const told = this.#read(more, true);
        if (typeof told === "string") return told;
      } else this.#takers.take(option, values);
      this.#takers.taken(option);
      at += 1 + length;
    }
    return words.slice(at);
  }

  #noteAgain({ long, again }: Option): void {
    if (this.#given.has(long)) {
      if (again === "refused") refuse(`--${long} used multiple times`);
      if (again === "last counts") {
        this.#takers.warn(`Only the last --${long} option will take effect`);
      }
    }
    this.#given.add(long);
  }
}
