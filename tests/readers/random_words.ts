/** Random command lines, good and bad, made of a table of options. */
import type { Option } from "../../cli/getopt.ts";
import type { ValueKind } from "../../launch/request/spec.ts";

/** A random number generator that gives the same numbers again for the same seed: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Values that are good for each kind of these commands. Files and folders are those that the test makes. */
const GOOD: Readonly<Partial<Record<ValueKind, readonly string[]>>> = {
  "text": ["here", "/", "/tmp", ".", "file", "/proc"],
  "text behind =": ["here", "/", "=here", "=/"],
  "uid": ["0", "1", "1000", "65534"],
  "gid": ["0", "1", "1000", "65534"],
  "user": ["0", "1000", "root", "nobody", "daemon"],
  "group": ["0", "1000", "root", "daemon"],
  "uid or follow": ["0", "1000", "follow"],
  "gid or follow": ["0", "1000", "follow"],
  "signal": ["TERM", "SIGKILL", "9", "HUP"],
  "seconds": ["0", "1", "-1", "86400"],
  "descriptor": ["0", "3"],
  "word": ["allow", "deny", "private", "shared", "slave", "unchanged"],
  "owner": ["0:0", "1000:1000"],
  "range": ["0:0:1", "0:1000:1", "auto", "subids", "all", "0,0,10", "1:100000:100"],
  "limit": ["nofile=64", "nofile=64:128", "core=0", "nproc=unlimited"],
  "names": ["PATH", "HOME,PATH", "X,,Y", ""],
  "target": ["1", "TARGET"],
  "type": ["here"],
  "namespace": ["here", "/proc/self/ns/net", "/proc/TARGET/ns/uts", "/proc/TARGET/ns/mnt"],
};

/** Values that are bad for one kind or another. */
const BAD: readonly string[] = [
  "",
  " ",
  "-1",
  "+1",
  " 1",
  "1 ",
  "0x10",
  "010",
  "1e3",
  "4294967295",
  "4294967296",
  "99999999999999999999",
  "no such",
  "/no/such",
  "file/below",
  "auto,",
  ":",
  "1:2",
  "1:2:3:4",
  "0:0:0",
  "=",
  "==",
  "follow ",
  "sigterm",
  "SIGNOPE",
  "root:x",
  "é",
  "\xc3\xa9",
  "\xff",
  "\xc3",
  "a\nb",
  "\x1b[31m",
  "x".repeat(65536),
  "1".repeat(300),
  "nofile",
  "nofile=",
  "nofile=64:32",
  "nope=1",
];

/** Words that are no options, or only look like some. */
const STRAY: readonly string[] = ["-", "--", "--=", "--no-such", "-\xff", "--é", "-=", "", "---"];

/** Makes command lines. A word is a string of bytes: each character stands for one. */
export class RandomWords {
  readonly #options: readonly Option[];
  readonly #random: () => number;
  readonly #usual: readonly string[];
  readonly #program: readonly string[];

  /**
   * @param usual Words that most lines begin with.
   * @param program What most lines run.
   */
  constructor(
    options: readonly Option[],
    random: () => number,
    { usual, program }: Record<"usual" | "program", readonly string[]>,
  ) {
    this.#options = options;
    this.#random = random;
    this.#usual = usual;
    this.#program = program;
  }

  /** The words of one command line, the command's name not among them. */
  line(): string[] {
    const words = this.#is(0.9) ? [...this.#usual] : [];
    for (let left = this.#below(6); left > 0; left--) words.push(...this.#option());
    if (this.#is(0.05)) words.push(this.#of(STRAY));
    if (this.#is(0.2)) words.push("--");
    if (this.#is(0.97)) words.push(...this.#program);
    // Words behind the program are its own.
    if (this.#is(0.1)) words.push(...this.#option());
    return words;
  }

  #below = (n: number): number => Math.floor(this.#random() * n);
  #is = (share: number): boolean => this.#random() < share;
  #of = <T>(list: readonly T[]): T => list[this.#below(list.length)]!;

  #option(): string[] {
    const option = this.#of(this.#options);
    const isShort = option.short !== undefined && this.#is(0.5);
    return isShort ? this.#short(option) : this.#long(option);
  }

  #value({ means = [] }: Option): string {
    if (this.#is(0.15)) return this.#of(BAD);
    const kinds = means.map((meaning) => meaning.as);
    const words = means.flatMap((meaning) => meaning.words ?? []);
    return this.#of(words.length > 0 ? words : GOOD[this.#of(kinds)] ?? GOOD.text!);
  }

  /** The whole name, or a beginning of it, which may be that of another option too. */
  #long(option: Option): string[] {
    const length = this.#is(0.25) ? 1 + this.#below(option.long.length) : option.long.length;
    const name = `--${option.long.slice(0, length)}`;
    const value = this.#value(option);
    if (option.value === "required") {
      return this.#is(0.5) ? [`${name}=${value}`] : this.#is(0.95) ? [name, value] : [name];
    }
    const hasValue = this.#is(option.value === "optional" ? 0.4 : 0.05);
    return [hasValue ? `${name}=${value}` : name];
  }

  /** A letter, with others in front of it that take no value. */
  #short(option: Option): string[] {
    let cluster = "-";
    while (this.#is(0.3)) {
      const other = this.#of(this.#options);
      if (other.short !== undefined && other.value !== "required") cluster += other.short;
    }
    cluster += option.short!;
    if (option.value !== "required") return [this.#is(0.05) ? `${cluster}x` : cluster];
    const value = this.#value(option);
    return this.#is(0.5) ? [cluster + value] : [cluster, value];
  }
}
