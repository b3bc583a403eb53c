/** Words that a descriptor gives, in the place of the option that names it. */
import type { Builder } from "../../../engine/builder.ts";
import { EFBIG } from "../../../ffi/abi/errno.ts";
import { F_SETFD, MFD_CLOEXEC, SEEK_SET } from "../../../ffi/abi/fcntl.ts";
import { NUL } from "../../../engine/characters.ts";
import { writeAll } from "../../../engine/file.ts";
import { POINTER_BYTES } from "../../../engine/operand.ts";
import { type Layout, layout, Struct } from "../../../engine/struct.ts";
import type { Place, Value, Variable } from "../../../engine/value.ts";
import { failed } from "../../context.ts";
import { withFileSize } from "../../start/file_size.ts";
import { MOST_WORDS } from "../spec.ts";
import type { Fail } from "./typed.ts";
import { copyTo, mapped } from "./room.ts";

/** The bytes that are read at once at first. */
const FIRST_BYTES = 1 << 16;

/** The most that is read of one descriptor: some never end. */
const MOST_BYTES = 16 << 20;

/** A descriptor that was read. */
const READ: Layout<"fd" | "start" | "end"> = layout(24, {
  fd: [0, 8],
  start: [8, 8],
  end: [16, 8],
});

/** Where words come from: the arguments, or for a while a descriptor. */
export class WordSource {
  readonly #s: Builder;
  readonly #at: Variable;
  readonly #fail: Fail;
  /** How many words there were. */
  readonly #count: Variable;
  /** Where the arguments go on; 0 while they are read. */
  readonly #behind: Variable;
  readonly #array: Variable;
  /** What was read: the descriptor, and where its text begins and ends. */
  readonly #read: Place;
  readonly #readEnd: Variable;

  /**
   * Must be called outside of all blocks.
   *
   * @param at Where the words are that are read: an array of C strings with NULL behind it.
   */
  constructor(s: Builder, at: Variable, fail: Fail) {
    this.#s = s;
    this.#at = at;
    this.#fail = fail;
    this.#count = s.variable("count of words", 0);
    this.#behind = s.variable("arguments behind", 0);
    // Each of these options is two words, and needs one end.
    const array = s.memory("words of descriptors", POINTER_BYTES * (MOST_WORDS + MOST_WORDS / 2));
    this.#array = s.variable("end of these words", array);
    this.#read = s.memory("texts of descriptors", READ.bytes * (MOST_WORDS / 2));
    this.#readEnd = s.variable("end of these texts", this.#read);
  }

  /** Counts the arguments, and refuses too many. */
  count(): void {
    const s = this.#s;
    const end = s.stack.plus(s.stack.word().times(POINTER_BYTES)).plus(POINTER_BYTES);
    this.#count.set(end.minus(this.#at).shiftedRight(Math.log2(POINTER_BYTES)));
    this.#refuseMany();
  }

  #refuseMany(): void {
    this.#s.if(this.#count.isAtLeast(MOST_WORDS + 1), () => {
      this.#fail(`Exceeded maximum number of arguments ${MOST_WORDS}`);
    });
  }

  /** Goes on with the words of a descriptor. */
  enter(fd: Value): void {
    const s = this.#s;
    s.if(this.#behind.isNot(0), () => this.#fail("--args not supported in arguments file"));
    const { start, end } = this.#readAll(fd);
    new Struct(s, READ, this.#readEnd).fill({ fd, start, end });
    this.#readEnd.advance(READ.bytes);
    this.#behind.set(this.#at);
    this.#at.set(this.#array);
    const text = s.variable("text", start);
    s.while(text.isBelow(end), () => {
      this.#count.advance();
      this.#refuseMany();
      s.store(this.#array, text);
      this.#array.advance(POINTER_BYTES);
      text.set(text.seek(NUL).plus(1));
    });
    s.store(this.#array, 0);
    this.#array.advance(POINTER_BYTES);
  }

  /** Goes on behind the words of a descriptor, if it was those that ended. */
  leave(left: () => void): void {
    this.#s.if(this.#behind.isNot(0), () => {
      this.#at.set(this.#behind);
      this.#behind.set(0);
      left();
    });
  }

  /** Has descriptors give what was read of them, to who reads the same words again. */
  renew(): void {
    const s = this.#s;
    const fails = failed("cannot keep --args data in memory");
    s.each([this.#read, this.#readEnd, READ.bytes], (at) => {
      const text = new Struct(s, READ, at);
      const start = s.variable("start", text.get("start"));
      const length = s.variable("length", text.get("end").minus(start));
      const file = s.call(
        "memfd_create",
        ["words", MFD_CLOEXEC],
        "what the copy is to read again",
        {
          result: "text",
          fails,
        },
      );
      withFileSize(
        s,
        { bytes: length, tooLarge: fails },
        () => writeAll(s, file, { start, length }, "keep it", fails),
      );
      s.call("lseek", [file, 0, SEEK_SET], "from its start", { fails });
      const fd = s.variable("fd", text.get("fd"));
      s.if(file.is(fd), () => s.call("fcntl", [fd, F_SETFD, 0], "the copy has it", { fails }), {
        otherwise() {
          s.call("dup3", [file, fd, 0], "by the same descriptor", { fails });
          s.call("close", [file], "that is enough", { fails: "ignored" });
        },
      });
    }, { when: "for each descriptor that words came from" });
  }

  /** Reads all, with a NUL behind it. */
  #readAll(fd: Value): { readonly start: Variable; readonly end: Variable } {
    const s = this.#s;
    const unread = failed("Can't read --args data");
    const bytes = s.variable("bytes", FIRST_BYTES);
    const start = s.variable("data");
    mapped(s, bytes, start);
    const end = s.variable("end of data", start);
    s.loop(({ leave, next }) => {
      const room = s.variable("room", start.plus(bytes).minus(end).minus(1));
      s.if(room.is(0), () => {
        s.if(bytes.is(MOST_BYTES), () => s.fail(unread, EFBIG));
        const more = s.variable("more data");
        mapped(s, bytes.times(2), more);
        const to = s.variable("to", more);
        copyTo(to, start, bytes);
        end.set(more.plus(bytes).minus(1));
        start.set(more);
        bytes.set(bytes.times(2));
        next();
      });
      const got = s.call("read", [fd, end, room], "more options", {
        result: "got",
        fails: { EINTR: next, otherwise: unread },
      });
      s.if(got.is(0), leave);
      end.advance(got);
    }, { when: "until all is read" });
    s.call("close", [fd], "all is read", { fails: "ignored" });
    return { start, end };
  }
}
