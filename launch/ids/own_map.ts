/** The map of the user namespace that who starts a launch is in. */
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import type { Builder } from "../../engine/builder.ts";
import type { Outcome } from "../../engine/builder/calls.ts";
import { NEWLINE, SPACE } from "../../engine/characters.ts";
import { type Content, eachLine, readAll, readNumber, skip } from "../../engine/file.ts";
import type { Value, Variable } from "../../engine/value.ts";
import type { Failure } from "../../engine/failure.ts";
import { TEXT_BYTES } from "./account.ts";

/** Reads as much of a file as there is room for. */
export function readMost(
  s: Builder,
  path: Value,
  { note, cannotOpen = "ignored", cannotRead }: {
    readonly note: string;
    /** The text is empty then, if that is not the end. */
    readonly cannotOpen?: Outcome;
    /** Default: what could be read is all. */
    readonly cannotRead?: Failure;
  },
): Content {
  const memory = s.memory("content", TEXT_BYTES + 1);
  const content = { start: s.variable("start", memory), end: s.variable("end", memory) };
  const file = s.call("openat", [AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0], note, {
    result: "file",
    fails: cannotOpen,
  });
  s.if(file.isLess(0).not(), () => {
    const words = { room: TEXT_BYTES, note, ...(cannotRead ? { fails: cannotRead } : {}) };
    content.end.advance(readAll(s, file, memory, words));
  });
  s.store(content.end, NEWLINE, { bytes: 1 });
  return content;
}

/** Runs a block with each range of ids: the first one as it is called inside, and how many there are. */
export function eachOwnRange(
  s: Builder,
  path: Value,
  { wrong, ...words }: Parameters<typeof readMost>[2] & {
    /** What is done where a line is none of a map: it is the end, or leaves. */
    readonly wrong: () => void;
  },
  body: (inner: Variable, count: Variable) => void,
): void {
  eachLine(s, readMost(s, path, words), (line) => {
    const number = (): Variable => {
      skip(s, line, SPACE);
      return readNumber(s, line, wrong);
    };
    const inner = number();
    number();
    body(inner, number());
  });
}
