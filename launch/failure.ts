/**
 * The failure steps: what an image does when a call fails. They say what failed, look for the
 * likeliest cause, say that and its remedy, and exit.
 *
 *     NAME: MESSAGE: ERRNO TEXT
 *       step: CALL = ERRNO NAME
 *       why:  CAUSE
 *       try:  REMEDY
 *
 * All of it is data that layout.ts writes, at these offsets:
 *
 *     failure   0 exit status   8 message   24 step   40 hints
 *     hint      0 errno + 1, 1 for any, 0 ends the list   8 looks   16 text       (32 bytes)
 *     look      0 path, 0 ends the list   8 test   16 text                        (32 bytes)
 *     text      0 address   8 length
 *     errno     0 text   16 name                                                   (32 bytes)
 */
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../ffi/abi/fcntl.ts";
import { address, ERROR, FAILURE, type Look, type Sequence, slot } from "./plan.ts";

/** Where a call goes that fails for good. */
export const FAIL = "fail";

/** The table of error texts. */
export const ERRNO_TABLE = "errno texts";

/** How looks are numbered in memory. */
export const LOOK_TESTS: Readonly<Record<Look["test"], number>> = {
  contains: 0,
  lacks: 1,
  starts: 2,
  exists: 3,
  absent: 4,
};

/** Of a file that is looked at, this much is read. */
const LOOK_BYTES = 65536;

/** Appends to what will be written: the iovec at slot `iov` takes the text at `at` + `offset`. */
function say(s: Sequence, at: string, offset: number): void {
  s.compute("part", "load", slot(at), offset);
  s.put(slot("iov"), 0, slot("part"));
  s.compute("part", "load", slot(at), offset + 8);
  s.put(slot("iov"), 8, slot("part"));
  s.compute("iov", "add", slot("iov"), 16);
}

/** Reads the file at slot `path` and leaves its length in slot `length`, or goes to `absent`. */
function readFile(s: Sequence, absent: string): void {
  const more = s.unique("more");
  const done = s.unique("done");
  const when = "after a failure";
  s.compute("length", "set", 0);
  s.call("openat", [AT_FDCWD, slot("path"), O_RDONLY | O_CLOEXEC, 0], "look for the cause", {
    result: "looked at",
    orElse: absent,
    when,
  });
  s.label(more);
  s.compute("room", "sub", LOOK_BYTES, slot("length"));
  s.compute("end", "add", slot("content"), slot("length"));
  s.call("read", [slot("looked at"), slot("end"), slot("room")], "look for the cause", {
    result: "got",
    orElse: done,
    when,
  });
  s.compute("length", "add", slot("length"), slot("got"));
  s.test("ifNot", [slot("got"), 0], more);
  s.label(done);
  s.call("close", [slot("looked at")], "look for the cause", { when });
}

/** Tests the look at slot `look`; goes to `seen` or to `notSeen`. */
function look(s: Sequence, seen: string, notSeen: string): void {
  const [search, hit, miss, starts, absent] = ["search", "hit", "miss", "starts", "absent"]
    .map((name) => s.unique(name));
  s.compute("content", "set", s.buffer("content of a file", LOOK_BYTES));
  s.compute("test", "load", slot("look"), 8);
  s.compute("wanted", "load", slot("look"), 16);
  s.compute("wanted length", "load", slot("look"), 24);
  readFile(s, absent!);
  s.test("ifEqual", [slot("test"), LOOK_TESTS.exists], seen);
  s.test("ifEqual", [slot("test"), LOOK_TESTS.absent], notSeen);
  s.compute("last", "add", slot("content"), slot("length"));
  s.compute("last", "sub", slot("last"), slot("wanted length"));
  s.test("ifEqual", [slot("test"), LOOK_TESTS.starts], starts!);
  s.label(search!);
  s.test("ifBelow", [slot("last"), slot("content")], miss!);
  s.test("ifSame", [slot("content"), slot("wanted"), slot("wanted length")], hit!);
  s.compute("content", "add", slot("content"), 1);
  s.jump(search!);
  s.label(starts!);
  s.test("ifBelow", [slot("length"), slot("wanted length")], notSeen);
  s.test("ifSame", [slot("content"), slot("wanted"), slot("wanted length")], seen);
  s.jump(notSeen);
  s.label(hit!);
  s.test("ifEqual", [slot("test"), LOOK_TESTS.contains], seen);
  s.jump(notSeen);
  s.label(miss!);
  s.test("ifEqual", [slot("test"), LOOK_TESTS.lacks], seen);
  s.jump(notSeen);
  s.label(absent!);
  s.test("ifEqual", [slot("test"), LOOK_TESTS.absent], seen);
  s.jump(notSeen);
}

/** Appends the failure steps. */
export function failureSteps(s: Sequence): void {
  s.process = "after a failure";
  s.label(FAIL);
  // Looking for the cause may fail too: what failed first is kept.
  s.compute("errno", "sub", 0, slot(ERROR));
  s.compute("failed", "set", slot(FAILURE));
  s.compute("iov", "set", s.buffer("message", 16 * 8));
  say(s, "failed", 8);
  s.compute("entry", "shl", slot("errno"), 5);
  s.compute("entry", "add", slot("entry"), address(ERRNO_TABLE));
  say(s, "entry", 0);
  const [hints, nextHint, nextLook, seen, found, noStep, end] = [
    "hints",
    "next hint",
    "next look",
    "seen",
    "found",
    "no step",
    "end",
  ].map((name) => s.unique(name));

  s.compute("part", "load", slot("failed"), 32);
  s.test("ifEqual", [slot("part"), 0], noStep!);
  say(s, "failed", 24);
  say(s, "entry", 16);
  s.label(noStep!);

  s.compute("hint", "load", slot("failed"), 40);
  s.label(hints!);
  s.compute("explains", "load", slot("hint"), 0);
  s.test("ifEqual", [slot("explains"), 0], end!);
  s.compute("look", "load", slot("hint"), 8);
  s.test("ifEqual", [slot("explains"), 1], nextLook!);
  s.compute("explains", "sub", slot("explains"), 1);
  s.test("ifNot", [slot("explains"), slot("errno")], nextHint!);
  s.label(nextLook!);
  s.compute("path", "load", slot("look"), 0);
  s.test("ifEqual", [slot("path"), 0], found!);
  look(s, seen!, nextHint!);
  s.label(seen!);
  s.compute("look", "add", slot("look"), 32);
  s.jump(nextLook!);
  s.label(nextHint!);
  s.compute("hint", "add", slot("hint"), 32);
  s.jump(hints!);

  s.label(found!);
  say(s, "hint", 16);
  s.label(end!);
  s.put(slot("iov"), 0, "\n");
  s.put(slot("iov"), 8, 1);
  s.compute("parts", "sub", slot("iov"), address("message"));
  s.compute("parts", "shr", slot("parts"), 4);
  s.compute("parts", "add", slot("parts"), 1);
  s.call("writev", [2, address("message"), slot("parts")], "say what failed, and why", {
    when: "after a failure",
  });
  s.compute("status", "load", slot("failed"), 0);
  s.call("exit_group", [slot("status")], "exit", { when: "after a failure" });
}
