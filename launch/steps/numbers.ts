/** Names that are numbers in a folder of /proc: processes and threads. @see getdents64(2) */
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { readNumber } from "../find/text.ts";
import { type Label, type Sequence, type Short, slot } from "../plan.ts";

const LIST_BYTES = 32768;

/** struct linux_dirent64 { u64 d_ino; s64 d_off; u16 d_reclen; u8 d_type; char d_name[]; } */
const RECLEN = 16;
const NAME = 19;

/**
 * Runs `body` with each number in slot `entry`. It may go to another label: the folder stays open then.
 *
 * @param none Where to go on if the folder cannot be read.
 */
export function eachNumber(s: Sequence, folder: Short, none: Label, body: () => void): void {
  const [fill, next, skip, done] = ["fill", "next entry", "no number", "no more"]
    .map((name) => s.unique(name)) as [string, string, string, string];
  const list = s.buffer("list of numbers", LIST_BYTES + 8);
  const note = "look for the cause";
  s.call("openat", [AT_FDCWD, folder, O_RDONLY | O_CLOEXEC, 0], note, {
    result: "numbers",
    orElse: none,
  });
  s.label(fill);
  s.call("getdents64", [slot("numbers"), list, LIST_BYTES], note, {
    result: "list length",
    orElse: done,
  });
  s.test("ifEqual", [slot("list length"), 0], done);
  s.compute("list end", "add", list, slot("list length"));
  s.compute("dirent", "set", list);
  s.label(next);
  s.compute("at", "add", slot("dirent"), NAME);
  readNumber(s, "at", "entry", skip);
  body();
  s.label(skip);
  s.compute("entry length", "load", slot("dirent"), RECLEN);
  s.compute("entry length", "and", slot("entry length"), 0xffff);
  s.compute("dirent", "add", slot("dirent"), slot("entry length"));
  s.test("ifBelow", [slot("dirent"), slot("list end")], next);
  s.jump(fill);
  s.label(done);
  s.call("close", [slot("numbers")], note);
}
