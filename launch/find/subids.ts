/** Steps that find the ranges of subuid(5) and subgid(5) when a plan runs, as ../subids.ts does. */
import { EACCES, ENOENT } from "../../ffi/abi/errno.ts";
import { lacks, STATUS } from "../hints/causes.ts";
import { ALL_IDS } from "../id_map.ts";
import {
  address,
  ERROR,
  type Hint,
  type Label,
  type Sequence,
  type Short,
  slot,
  vector,
} from "../plan.ts";
import { EXIT_FAILURE } from "../steps/context.ts";
import { FIRST_SUBID, SUBID_COUNT } from "../subids.ts";
import {
  byteAt,
  COLON,
  eachLine,
  NEWLINE,
  nextField,
  readNumber,
  readText,
  type Text,
} from "./text.ts";

const DIGITS = 20;

/** A text, or where one is and how long it is. */
type Part = string | readonly [Short, Short];

const USER: Part = [slot("user"), slot("user length")];
const AS_ROOT = ", as root";

/** The text of the file that is looked through. */
const IDS: Text = { start: "ids start", end: "ids end" };

/** Root may read every file, but for what a security module has against it. */
const UNREADABLE: (file: string) => Hint = (file) => ({
  errno: [EACCES],
  look: [lacks(STATUS, "Uid:\t0\t0")],
  why: `${file} is not for this user to read`,
  remedy: `chmod a+r ${file}, as root`,
});

/** Reads the range of the line at slot `line`: slots `range start` and `range count`, which is 0 if it has none. */
function readRange(s: Sequence): void {
  const [wrong, read] = [s.unique("wrong"), s.unique("range")];
  s.compute("at", "set", slot("line"));
  nextField(s, "at");
  readNumber(s, "at", "range start", wrong);
  s.test("ifNot", [slot("byte"), COLON], wrong);
  s.compute("at", "add", slot("at"), 1);
  readNumber(s, "at", "range count", wrong);
  s.compute("range end", "add", slot("range start"), slot("range count"));
  s.test("ifBelow", [ALL_IDS, slot("range end")], wrong);
  s.test("ifEqual", [slot("byte"), COLON], read);
  s.test("ifEqual", [slot("byte"), NEWLINE], read);
  s.label(wrong);
  s.compute("range count", "set", 0);
  s.label(read);
}

/**
 * Finds the user's first range in /etc/subuid or /etc/subgid: slots `FILE start` and `FILE count`.
 * Comes behind findAccount().
 */
export function findRange(s: Sequence, file: string, name: string): void {
  const [absent, there] = [s.unique("absent"), s.unique("there")];
  const text = readText(s, file, "the subordinate ids of who starts this", {
    absent,
    hints: [UNREADABLE(file)],
  });
  s.jump(there);
  s.label(absent);
  s.test("ifNot", [slot(ERROR), -ENOENT], "fail");
  s.compute(text.start, "set", address(`content of ${file}`));
  s.compute(text.end, "set", slot(text.start));
  s.label(there);
  s.compute(IDS.start, "set", slot(text.start));
  s.compute(IDS.end, "set", slot(text.end));
  s.compute("ids file", "set", file);
  s.routine("own range", () => findOwn(s, name, file.length));
  s.compute(`${file} start`, "set", slot("range start"));
  s.compute(`${file} count`, "set", slot("range count"));
}

/** Finds the first line that is the user's, and its range. */
function findOwn(s: Sequence, name: string, fileLength: number): void {
  const [mine, wrong, found] = ["mine", "wrong", "found"]
    .map((label) => s.unique(label)) as [Label, Label, Label];
  s.compute("line number", "set", 0);
  eachLine(s, IDS, "line", () => {
    const other = s.unique("other");
    s.compute("line number", "add", slot("line number"), 1);
    s.test("ifSame", [slot("line"), slot("uid text"), slot("uid length")], mine);
    s.test("ifEqual", [slot("name length"), 0], other);
    s.test("ifSame", [slot("line"), slot("account"), slot("name length")], mine);
    s.label(other);
  });
  const file: Part = [slot("ids file"), fileLength];
  sayNone(s, name, file);
  s.label(mine);
  s.routine("range", () => readRange(s));
  s.test("ifEqual", [slot("range count"), 0], wrong);
  s.jump(found);
  s.label(wrong);
  sayWrong(s, name, file);
  s.label(found);
}

/** Leaves the first id of the first range that nobody has in slot `free`; 0 if there is none. */
function findFree(s: Sequence): void {
  const [again, fits] = [s.unique("again"), s.unique("fits")];
  s.compute("free", "set", FIRST_SUBID);
  s.label(again);
  s.compute("moved", "set", 0);
  eachLine(s, IDS, "line", () => skipTaken(s));
  s.test("ifNot", [slot("moved"), 0], again);
  s.compute("free end", "add", slot("free"), SUBID_COUNT - 1);
  s.test("ifBelow", [slot("free end"), ALL_IDS], fits);
  s.compute("free", "set", 0);
  s.label(fits);
}

/** Where the range of a line overlaps with the one from `free` on, that moves behind it. */
function skipTaken(s: Sequence): void {
  const [before, overlaps, next] = ["before", "overlaps", "next"]
    .map((label) => s.unique(label)) as [Label, Label, Label];
  s.routine("range", () => readRange(s));
  s.test("ifEqual", [slot("range count"), 0], next);
  s.compute("free end", "add", slot("free"), SUBID_COUNT);
  s.test("ifBelow", [slot("range start"), slot("free end")], before);
  s.jump(next);
  s.label(before);
  s.test("ifBelow", [slot("free"), slot("range end")], overlaps);
  s.jump(next);
  s.label(overlaps);
  s.compute("free", "set", slot("range end"));
  s.compute("moved", "set", 1);
  s.label(next);
}

/** Leaves a number's digits at slot `NAME digits`, so many as slot `NAME length` says. */
function digitsOf(s: Sequence, name: string): Part {
  const [digits, length, buffer] = [`${name} digits`, `${name} length`, `${name} text`];
  s.buffer(buffer, DIGITS);
  s.compute(digits, "decimal", slot(name), address(buffer, DIGITS));
  s.compute(length, "sub", address(buffer, DIGITS), slot(digits));
  return [slot(digits), slot(length)];
}

/** What both messages say: the user's name or number, a free range, and whether only root gives it. */
function findWords(s: Sequence): void {
  const [named, root] = [s.unique("named"), s.unique("root")];
  s.compute("user", "set", slot("account"));
  s.compute("user length", "sub", slot("name length"), 1);
  s.test("ifNot", [slot("name length"), 0], named);
  s.compute("user", "set", slot("uid text"));
  s.compute("user length", "sub", slot("uid length"), 1);
  s.label(named);
  findFree(s);
  digitsOf(s, "free");
  s.compute("as root", "set", 0);
  s.test("ifEqual", [slot("euid"), 0], root);
  s.compute("as root", "set", AS_ROOT.length);
  s.label(root);
}

/** Says what is wrong, and what gives a range if anything does, as where the caller is known; and exits. */
function sayLack(s: Sequence, name: string, what: readonly Part[], remedy: readonly Part[]): void {
  const first: readonly Part[] = [`${name}: `, ...what, "\n"];
  const parts = [...first, "  try:  ", ...remedy, [AS_ROOT, slot("as root")] as const, "\n"];
  const texts = parts.flatMap((part) => typeof part === "string" ? [part, part.length] : [0, 0]);
  const iov = vector(texts, s.unique("lack"));
  parts.forEach((part, i) => {
    if (typeof part === "string") return;
    part.forEach((word, j) => s.put(iov, 16 * i + 8 * j, word));
  });
  s.compute("lack", "set", iov);
  s.compute("parts", "set", first.length);
  s.compute("more parts", "set", parts.length);
  s.routine("say lack", () => {
    const none = s.unique("none");
    s.test("ifEqual", [slot("free"), 0], none);
    s.compute("parts", "set", slot("more parts"));
    s.label(none);
    const when = "if there are none";
    s.call("writev", [2, slot("lack"), slot("parts")], "say that there are no such ids", { when });
    s.call("exit_group", [EXIT_FAILURE], "exit", { when });
  });
}

/** `NAME:START:COUNT` with a range that nobody has. */
const GIVEN: readonly Part[] = [
  USER,
  ":",
  [slot("free digits"), slot("free length")],
  `:${SUBID_COUNT}`,
];

function sayNone(s: Sequence, name: string, file: Part): void {
  const whole = s.unique("whole");
  s.routine("words", () => findWords(s));
  const set = ([first, last]: readonly [string, string]): void => {
    s.compute("echo", "set", first);
    s.compute("echo length", "set", first.length);
    s.compute("echo end", "set", last);
    s.compute("echo end length", "set", last.length);
  };
  set(["echo '", "'"]);
  s.test("ifEqual", [slot(IDS.end), slot(IDS.start)], whole);
  s.compute("last", "sub", slot(IDS.end), 1);
  byteAt(s, "last");
  s.test("ifEqual", [slot("byte"), NEWLINE], whole);
  // The last line has no end yet.
  set(["(echo; echo '", "')"]);
  s.label(whole);
  sayLack(s, name, ['no line matching user "', USER, '" in ', file], [
    [slot("echo"), slot("echo length")],
    ...GIVEN,
    [slot("echo end"), slot("echo end length")],
    " >> ",
    file,
  ]);
}

function sayWrong(s: Sequence, name: string, file: Part): void {
  s.compute("wrong line", "set", slot("line number"));
  s.routine("words", () => findWords(s));
  const line = digitsOf(s, "wrong line");
  sayLack(
    s,
    name,
    ["line ", line, " of ", file, " is not NAME:START:COUNT"],
    ["sed -i '", line, "s/.*/", ...GIVEN, "/' ", file],
  );
}
