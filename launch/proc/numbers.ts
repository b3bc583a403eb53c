/** Names that are numbers in a folder of /proc: processes and threads. @see getdents64(2) */
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import type { Builder } from "../../engine/builder.ts";
import type { Loop } from "../../engine/builder/blocks.ts";
import { readNumber } from "../../engine/file.ts";
import { layout, Struct } from "../../engine/struct.ts";
import type { Place, Value, Variable } from "../../engine/value.ts";

const LIST_BYTES = 32768;

/** struct linux_dirent64, up to its name. */
const DIRENT = layout(19, { ino: [0, 8], off: [8, 8], reclen: [16, 2], type: [18, 1] });

/** Runs a block with each number. A folder that cannot be read has none. */
export function eachNumber(
  s: Builder,
  folder: Value,
  note: string,
  body: (number: Variable, loop: Loop) => void,
): void {
  s.block(({ leave }) => {
    const fd = s.call("openat", [AT_FDCWD, folder, O_RDONLY | O_CLOEXEC, 0], note, {
      result: "numbers",
      fails: leave,
    });
    const list = s.memory("list of numbers", LIST_BYTES);
    s.loop((lists) => {
      const length = s.call("getdents64", [fd, list, LIST_BYTES], note, {
        result: "list length",
        fails: lists.leave,
      });
      s.if(length.is(0), lists.leave);
      eachName(s, list, length, (name, { next }) => {
        const number = readNumber(s, name, next);
        body(number, { leave: lists.leave, next });
      });
    });
    s.call("close", [fd], note, { fails: "ignored" });
  });
}

/** Runs a block with the address of each name in a list of getdents64(2). */
function eachName(
  s: Builder,
  list: Place,
  length: Variable,
  body: (name: Variable, loop: { next(): void }) => void,
): void {
  const at = s.variable("entry", list);
  const end = s.variable("end", list.plus(length));
  s.while(at.isBelow(end), () => {
    const entry = new Struct(s, DIRENT, at);
    s.block(({ leave }) => body(s.variable("name", at.plus(DIRENT.bytes)), { next: leave }));
    at.advance(entry.get("reclen"));
  });
}
