/**
 * The failure steps: what an image does when a call fails. They say what failed, look for the
 * likeliest cause, say that and its remedy, and exit.
 *
 *     NAME: MESSAGE: ERRNO TEXT        without the text where no system call has failed
 *       step: CALL = ERRNO NAME
 *       why:  CAUSE
 *       try:  REMEDY
 *
 * Where slot {@linkcode REPORT} has a descriptor, they say it there, in numbers: report.ts reads them.
 *
 *     report    0 number of the failure   8 errno   16 number of the hint   24 number that was found
 *
 * All of it is data that layout.ts writes, at these offsets:
 *
 *     failure   0 exit status   8 message   24 step   40 hints   48 number
 *     hint      0 errno + 1, 1 for any, 0 ends the list   8 looks   16 text       (32 bytes)
 *     look      0 path, 0 ends the list   8 test   16 text or flags               (32 bytes)
 *     text      0 where     8 length; a hint's has a NUL behind it
 *
 * It is read-only, and where it points to is counted from the start of the constants.
 */
import { EBADF, EFAULT, EINVAL, ERRNO_LINES } from "../ffi/abi/errno.ts";
import { capabilityHeader } from "../ffi/abi/capability.ts";
import { AT_FDCWD, O_CLOEXEC, O_NONBLOCK, O_RDONLY } from "../ffi/abi/fcntl.ts";
import { PROC_SUPER_MAGIC, STATFS } from "../ffi/abi/stat.ts";
import { encode } from "../ffi/bytes.ts";
import {
  address,
  type CapabilityLook,
  CONSTANTS,
  data,
  ERROR,
  FAILURE,
  type FileLook,
  type FilterLook,
  FOUND,
  FOUND_NUMBER,
  type Label,
  REPORT,
  type Sequence,
  type Short,
  slot,
} from "./plan.ts";
import { textAround } from "./text_around.ts";

/** Where a call goes that fails for good. */
export const FAIL = "fail";

/** How looks are numbered in memory. */
export const LOOK_TESTS: Readonly<
  Record<FileLook["test"] | FilterLook["syscall"] | CapabilityLook["test"], number>
> = {
  contains: 0,
  lacks: 1,
  starts: 2,
  exists: 3,
  absent: 4,
  unshare: 5,
  mount: 6,
  same: 7,
  setns: 8,
  pidfd_open: 9,
  "lacks capability": 11,
};

/** Slots with the message to say instead of the failure's, where only the launch can tell it. */
export const MESSAGE = "own message";
export const MESSAGE_LENGTH = "own message length";

/** Of looks that take steps. */
export const STEPS_TEST = 10;

/** Where those begin. */
export const lookLabel = (name: string): Label => `look: ${name}`;

const NUL = 0;
const DIGITS = 20;

/** Bytes of a report. */
export const REPORT_BYTES = 32;

/** Of a file that is looked at, this much is read. */
const LOOK_BYTES = 65536;
/** What a path of proc(5) begins with. */
const PROC = "/proc/";
/** And of a link this much. */
const LINK_BYTES = 4096;

/** Appends a text to what will be written: slot `iov` is the next struct iovec. */
function say(s: Sequence, start: Short, length: Short): void {
  s.put(slot("iov"), 0, start);
  s.put(slot("iov"), 8, length);
  s.compute("iov", "add", slot("iov"), 16);
}

/** The address of what the 8 bytes at slot `at` + `offset` point to. */
function follow(s: Sequence, result: string, at: string, offset: number): void {
  s.compute(result, "load", slot(at), offset);
  s.compute(result, "add", slot(result), address(CONSTANTS));
}

/** Appends the text whose place and length are at slot `at` + `offset`. */
function sayAt(s: Sequence, at: string, offset: number): void {
  follow(s, "start", at, offset);
  s.compute("length", "load", slot(at), offset + 8);
  say(s, slot("start"), slot("length"));
}

/** Appends the text of the hint in slot `hint`, with the number that a look has found where it has its place. */
function sayHint(s: Sequence): void {
  const [piece, last] = [s.unique("piece"), s.unique("last piece")];
  const end = s.buffer("digits of a number", DIGITS);
  s.compute("digits end", "add", end, DIGITS);
  s.compute("digits", "decimal", slot(FOUND_NUMBER), slot("digits end"));
  s.compute("digits length", "sub", slot("digits end"), slot("digits"));
  follow(s, "start", "hint", 16);
  s.label(piece);
  s.compute("end", "seek", slot("start"), FOUND.charCodeAt(0), NUL);
  s.compute("length", "sub", slot("end"), slot("start"));
  say(s, slot("start"), slot("length"));
  s.compute("byte", "byte", slot("end"), 0);
  s.test("ifEqual", [slot("byte"), NUL], last);
  say(s, slot("digits"), slot("digits length"));
  s.compute("start", "add", slot("end"), 1);
  s.jump(piece);
  s.label(last);
}

/** Moves the address in a slot to the next such byte at or behind it. */
function seek(s: Sequence, at: string, byte: string): void {
  s.compute(at, "seek", slot(at), byte.charCodeAt(0), byte.charCodeAt(0));
}

/**
 * Finds what slot `errno` is called: leaves the start of its name in `name`, of its text in `text`,
 * and the end of that in `text end`. Filters of seccomp(2) may make up any number: its name is then
 * the number.
 */
function findErrno(s: Sequence): void {
  const [next, found, known] = ["next", "found", "known"].map((name) => s.unique(name));
  const needle = textAround(s, "\n", "errno", " ");
  const lines = data(encode(`\n${ERRNO_LINES}`), "texts of errors");
  s.compute("needle end", "set", needle);
  s.compute("needle end", "add", slot("needle end"), 1);
  seek(s, "needle end", " ");
  s.compute("needle end", "add", slot("needle end"), 1);
  s.compute("needle length", "sub", slot("needle end"), needle);
  s.compute("name", "set", lines);
  s.compute("lines end", "add", slot("name"), ERRNO_LINES.length);
  s.label(next!);
  s.test("ifSame", [slot("name"), needle, slot("needle length")], found!);
  s.compute("name", "add", slot("name"), 1);
  s.test("ifBelow", [slot("name"), slot("lines end")], next!);
  s.compute("name", "add", needle, 1);
  s.compute("text", "set", "Unknown error");
  s.compute("text end", "add", slot("text"), "Unknown error".length);
  s.jump(known!);
  s.label(found!);
  s.compute("name", "add", slot("name"), slot("needle length"));
  s.compute("text", "set", slot("name"));
  seek(s, "text", " ");
  s.compute("text", "add", slot("text"), 1);
  s.compute("text end", "set", slot("text"));
  seek(s, "text end", "\n");
  s.label(known!);
  s.compute("name end", "set", slot("name"));
  seek(s, "name end", " ");
}

/**
 * Reads the file at slot `path` and leaves its length in slot `length`, or goes to `absent`. Where a mount
 * namespace or a root is another's, it may be anything: a pipe is not waited for, and what is not proc
 * is no file of /proc, but `fake`.
 */
function readFile(s: Sequence, absent: string, fake: string): void {
  const [more, done, real, unreal] = ["more", "done", "real", "unreal"]
    .map((name) => s.unique(name)) as [string, string, string, string];
  const when = "after a failure";
  const flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
  s.compute("length", "set", 0);
  s.call("openat", [AT_FDCWD, slot("path"), flags, 0], "look for the cause", {
    result: "looked at",
    orElse: absent,
    when,
  });
  const statfs = s.buffer("statfs", STATFS.bytes);
  s.call("fstatfs", [slot("looked at"), statfs], "is it a file of proc?", { orElse: real, when });
  s.compute("type", "load", statfs, STATFS.type);
  s.test("ifEqual", [slot("type"), PROC_SUPER_MAGIC], real);
  s.test("ifSame", [slot("path"), PROC, PROC.length], unreal);
  s.jump(real);
  s.label(unreal);
  s.call("close", [slot("looked at")], "look for the cause", { when });
  s.jump(fake);
  s.label(real);
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

/** Whether two links, as in /proc/PID/ns, show the same. */
function compareLinks(s: Sequence, seen: string, notSeen: string): void {
  const read = (path: string, result: string, at: number): void => {
    s.compute("end", "add", slot("content"), at);
    s.call("readlinkat", [AT_FDCWD, slot(path), slot("end"), LINK_BYTES], "look for the cause", {
      result,
      orElse: notSeen,
      when: "after a failure",
    });
  };
  read("path", "length", 0);
  read("wanted", "got", LINK_BYTES);
  s.test("ifNot", [slot("length"), slot("got")], notSeen);
  s.test("ifSame", [slot("content"), slot("end"), slot("length")], seen);
  s.jump(notSeen);
}

/** Tests the look at slot `look`; goes to `seen` or to `notSeen`. */
function look(s: Sequence, seen: string, notSeen: string): void {
  const [search, hit, miss, starts, absent, unshare, mount, setns, same, pidfd, capability] = [
    "search",
    "hit",
    "miss",
    "starts",
    "absent",
    "unshare",
    "mount",
    "setns",
    "same",
    "pidfd_open",
    "capability",
  ].map((name) => s.unique(name));
  s.compute("content", "set", s.buffer("content of a file", LOOK_BYTES));
  s.compute("test", "load", slot("look"), 8);
  s.compute("flags", "load", slot("look"), 16);
  follow(s, "wanted", "look", 16);
  s.compute("wanted length", "load", slot("look"), 24);
  const steps = s.unique("no steps");
  s.test("ifNot", [slot("test"), STEPS_TEST], steps);
  s.compute(FOUND_NUMBER, "set", 0);
  s.jump(slot("wanted"));
  s.label(steps);
  s.test("ifEqual", [slot("test"), LOOK_TESTS.unshare], unshare!);
  s.test("ifEqual", [slot("test"), LOOK_TESTS.mount], mount!);
  s.test("ifEqual", [slot("test"), LOOK_TESTS.setns], setns!);
  s.test("ifEqual", [slot("test"), LOOK_TESTS.same], same!);
  s.test("ifEqual", [slot("test"), LOOK_TESTS.pidfd_open], pidfd!);
  s.test("ifEqual", [slot("test"), LOOK_TESTS["lacks capability"]], capability!);
  readFile(s, absent!, notSeen);
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

  const note = "does a filter refuse what the kernel would refuse otherwise?";
  const when = "after a failure";
  s.label(unshare!);
  s.call("unshare", [slot("flags")], note, { when });
  s.test("ifEqual", [slot(ERROR), -EINVAL], notSeen);
  s.jump(seen);
  s.label(mount!);
  s.call("mount", [0, 0, 0, 0, 0], note, { when });
  s.test("ifEqual", [slot(ERROR), -EFAULT], notSeen);
  s.jump(seen);
  s.label(setns!);
  s.call("setns", [-1, slot("flags")], note, { when });
  s.test("ifEqual", [slot(ERROR), -EBADF], notSeen);
  s.jump(seen);
  s.label(pidfd!);
  s.call("pidfd_open", [-1, 0], note, { when });
  s.test("ifEqual", [slot(ERROR), -EINVAL], notSeen);
  s.jump(seen);
  s.label(capability!);
  const header = data(capabilityHeader(), "{version=_LINUX_CAPABILITY_VERSION_3, pid=0}");
  const sets = s.buffer("capabilities", 32);
  s.call("capget", [header, sets], "is it lacking?", { orElse: notSeen, when });
  s.compute("effective", "load", sets, 0);
  s.compute("effective", "shr", slot("effective"), slot("flags"));
  s.compute("effective", "and", slot("effective"), 1);
  s.test("ifEqual", [slot("effective"), 0], seen);
  s.jump(notSeen);
  s.label(same!);
  compareLinks(s, seen, notSeen);
}

/** Tells whoever started this, in numbers. */
function report(s: Sequence, hint: string): void {
  const words = s.buffer("report words", REPORT_BYTES);
  s.compute("number", "load", slot("failed"), 48);
  s.put(words, 0, slot("number"));
  s.put(words, 8, slot("errno"));
  s.put(words, 16, slot(hint));
  s.put(words, 24, slot(FOUND_NUMBER));
  s.call("write", [slot(REPORT), words, REPORT_BYTES], "report what failed, and why", {
    when: "after a failure",
  });
}

/** Appends the failure steps. */
export function failureSteps(s: Sequence): void {
  s.process = "after a failure";
  s.label(FAIL);
  // Looking for the cause may fail too: what failed first is kept.
  s.compute("errno", "sub", 0, slot(ERROR));
  s.compute("failed", "set", slot(FAILURE));
  s.compute("iov", "set", s.buffer("message", 16 * 16));
  findErrno(s);
  s.compute("text length", "sub", slot("text end"), slot("text"));
  s.compute("name length", "sub", slot("name end"), slot("name"));
  const [own, said] = [s.unique("own message"), s.unique("message")];
  s.test("ifNot", [slot(MESSAGE_LENGTH), 0], own);
  sayAt(s, "failed", 8);
  s.jump(said);
  s.label(own);
  say(s, slot(MESSAGE), slot(MESSAGE_LENGTH));
  s.label(said);
  const noText = s.unique("no text");
  s.test("ifEqual", [slot("errno"), 0], noText);
  say(s, ": ", 2);
  say(s, slot("text"), slot("text length"));
  s.label(noText);
  const [hints, nextHint, nextLook, seen, found, noStep, end, text, exit] = [
    "hints",
    "next hint",
    "next look",
    "seen",
    "found",
    "no step",
    "end",
    "text",
    "exit",
  ].map((name) => s.unique(name));

  s.compute("part", "load", slot("failed"), 32);
  s.test("ifEqual", [slot("part"), 0], noStep!);
  sayAt(s, "failed", 24);
  say(s, slot("name"), slot("name length"));
  s.label(noStep!);

  follow(s, "hint", "failed", 40);
  s.label(hints!);
  s.compute("explains", "load", slot("hint"), 0);
  s.test("ifEqual", [slot("explains"), 0], end!);
  follow(s, "look", "hint", 8);
  s.test("ifEqual", [slot("explains"), 1], nextLook!);
  s.compute("explains", "sub", slot("explains"), 1);
  s.test("ifNot", [slot("explains"), slot("errno")], nextHint!);
  s.label(nextLook!);
  s.compute("path", "load", slot("look"), 0);
  s.test("ifEqual", [slot("path"), 0], found!);
  s.compute("path", "add", slot("path"), address(CONSTANTS));
  look(s, seen!, nextHint!);
  s.label(seen!);
  s.compute("look", "add", slot("look"), 32);
  s.jump(nextLook!);
  s.label(nextHint!);
  s.compute("hint", "add", slot("hint"), 32);
  s.jump(hints!);

  s.label(found!);
  sayHint(s);
  s.label(end!);
  s.test("ifEqual", [slot(REPORT), 0], text!);
  follow(s, "first hint", "failed", 40);
  s.compute("hint", "sub", slot("hint"), slot("first hint"));
  s.compute("hint", "shr", slot("hint"), 5);
  report(s, "hint");
  s.jump(exit!);
  s.label(text!);
  say(s, "\n", 1);
  s.compute("parts", "sub", slot("iov"), address("message"));
  s.compute("parts", "shr", slot("parts"), 4);
  s.call("writev", [2, address("message"), slot("parts")], "say what failed, and why", {
    when: "after a failure",
  });
  s.label(exit!);
  s.compute("status", "load", slot("failed"), 0);
  s.call("exit_group", [slot("status")], "exit", { when: "after a failure" });

  for (const [name, body] of s.looks) {
    s.label(lookLabel(name));
    body(seen!, nextHint!);
  }
}
