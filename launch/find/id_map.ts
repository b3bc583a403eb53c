/**
 * Steps that work out a map of ids when a plan runs, as maps.ts does where the caller is known.
 *
 * The ranges asked for are gathered, each as four words: the first inner id, the first outer id,
 * the count, and how many inner ids there may be (more for ranges that may grow at that end). Then
 * one pair of ids, that of the caller, is taken out of every range as punch() does: of what is left
 * of the inner ids the nth is matched with the nth that is left of the outer ids.
 */
import { EINVAL } from "../../ffi/abi/errno.ts";
import { ALL_IDS, MAP_LINES } from "../id_map.ts";
import { address, type Operand, type Sequence, type Short, slot } from "../plan.ts";
import type { IdRangeSource } from "../spec.ts";
import { fail, NEWLINE, readNumber, readText, skip } from "./text.ts";

const SPACE = 0x20;
const RANGE_BYTES = 32;
const DIGITS = 20;
/** Farther than any id. */
const NONE = -1;
/** "4294967294 4294967294 4294967294\n" and room for a number to be put there. */
const LINE_BYTES = 33 + 8;

/** A map to be worked out. */
export interface WantedMap {
  readonly kind: "uid" | "gid";
  /** The inside id of the caller's own. */
  readonly inner?: number | "current";
  /** The slot with the caller's own id. */
  readonly outer: string;
  readonly sources: readonly IdRangeSource[];
  /** Whether it is written from outside, by root itself or by newuidmap(1) or newgidmap(1). */
  readonly ranges: boolean;
}

/** Where the text of a map will be. */
export function mapContent(kind: "uid" | "gid"): { content: Operand; length: Operand } {
  return { content: address(`${kind} map text`), length: slot(`${kind} map length`) };
}

/** Where the arguments of newuidmap(1) or newgidmap(1) will be. */
export const toolArguments = (kind: "uid" | "gid"): Operand => address(`new${kind}map arguments`);

function append(s: Sequence, ...range: readonly [Short, Short, Short, Short]): void {
  range.forEach((word, i) => s.put(slot("range"), 8 * i, word));
  s.compute("range", "add", slot("range"), RANGE_BYTES);
}

/** Appends the ids of the caller's own user namespace. */
function appendAll(s: Sequence, kind: "uid" | "gid"): void {
  const path = `/proc/self/${kind}_map`;
  const read = s.unique("read");
  const text = readText(s, path, `the ${kind}s that there are`);
  s.compute("at", "set", slot(text.start));
  s.compute("map end", "set", slot(text.end));
  s.compute("is map", "set", 1);
  s.routine("all ids", () => appendLines(s));
  s.test("ifNot", [slot("is map"), 0], read);
  fail(s, `failed to parse ${path}`, EINVAL);
  s.label(read);
}

/** Appends the ranges of the lines from slot `at` on; or makes slot `is map` 0. */
function appendLines(s: Sequence): void {
  const [next, line, wrong, end, room] = ["next", "line", "wrong", "end", "room"]
    .map((label) => s.unique(label)) as [string, string, string, string, string];
  s.compute("all end", "add", slot("range"), RANGE_BYTES * MAP_LINES);
  s.label(next);
  skip(s, "at", SPACE, NEWLINE);
  s.test("ifBelow", [slot("at"), slot("map end")], line);
  s.jump(end);
  s.label(line);
  for (const word of ["inner", "outer", "count"]) {
    skip(s, "at", SPACE);
    readNumber(s, "at", word, wrong);
  }
  s.test("ifBelow", [slot("range"), slot("all end")], room);
  s.label(wrong);
  s.compute("is map", "set", 0);
  s.jump(end);
  s.label(room);
  append(s, slot("inner"), slot("inner"), slot("count"), slot("count"));
  s.jump(next);
  s.label(end);
}

function appendSource(s: Sequence, kind: "uid" | "gid", source: IdRangeSource): void {
  if (typeof source === "object") {
    append(s, source.inner, source.outer, source.count, source.count);
  } else if (source === "all") appendAll(s, kind);
  else {
    const file = subidFile(kind);
    const [start, count] = [slot(`${file} start`), slot(`${file} count`)];
    if (source === "auto") append(s, 0, start, count, ALL_IDS);
    else append(s, start, start, count, count);
  }
}

/** The file that has the caller's ranges. */
export const subidFile = (kind: "uid" | "gid"): string =>
  kind === "uid" ? "/etc/subuid" : "/etc/subgid";

/** Appends a number and a separator to the text at slot `out`, and its address to the arguments. */
function sayNumber(s: Sequence, value: string, separator: Operand): void {
  s.compute("separator", "set", separator);
  s.compute("value", "set", slot(value));
  s.routine("digits", () => sayDigits(s));
}

function sayDigits(s: Sequence): void {
  s.put(slot("argument"), 0, slot("out"));
  s.compute("argument", "add", slot("argument"), 8);
  s.buffer("digits", DIGITS);
  s.compute("digits start", "decimal", slot("value"), address("digits", DIGITS));
  s.compute("length", "sub", address("digits", DIGITS), slot("digits start"));
  s.compute("out", "copy", slot("out"), slot("digits start"), slot("length"));
  s.put(slot("out"), 0, slot("separator"));
  s.compute("out", "add", slot("out"), 1);
}

/** Makes `smaller` the smaller of two slots. */
function least(s: Sequence, smaller: string, other: string): void {
  const is = s.unique("smaller");
  s.test("ifBelow", [slot(smaller), slot(other)], is);
  s.compute(smaller, "set", slot(other));
  s.label(is);
}

/** How far from the start of a span its hole is, in slot `at`; farther than any if there is none. */
function findHole(s: Sequence, at: string, [start, hole, room]: readonly string[]): void {
  const [within, done] = [s.unique("hole"), s.unique("done")];
  s.compute(at, "sub", slot(hole!), slot(start!));
  s.test("ifBelow", [slot(at), slot(room!)], within);
  s.compute(at, "set", NONE);
  s.jump(done);
  s.label(within);
  s.compute(room!, "sub", slot(room!), 1);
  s.label(done);
}

/** Leaves in slot `id` the id that is the `done`th of a span, and ends the piece before its hole. */
function idBehind(s: Sequence, id: string, start: string, hole: string): void {
  const [before, done] = [s.unique("before"), s.unique("done")];
  s.compute(id, "add", slot(start), slot("done"));
  s.test("ifBelow", [slot("done"), slot(hole)], before);
  s.compute(id, "add", slot(id), 1);
  s.jump(done);
  s.label(before);
  least(s, "piece end", hole);
  s.label(done);
}

/** Works out a map, as text and as arguments: as {@linkcode mapContent} and {@linkcode toolArguments} have them. */
export function findMap(s: Sequence, { kind, inner, outer, sources, ranges }: WantedMap): void {
  const single = inner !== undefined;
  const most = sources.reduce((sum, source) => sum + (source === "all" ? MAP_LINES : 1), 0) +
    (single ? 1 : 0);
  const argv = `new${kind}map arguments`;
  s.buffer(argv, 8 * (3 + 9 * most));
  s.put(address(argv), 0, `new${kind}map`);
  s.compute("argument", "set", address(argv, 16));
  s.compute("out", "set", s.buffer(`${kind} map text`, LINE_BYTES * 3 * most));
  s.compute("range", "set", s.buffer("ranges", RANGE_BYTES * most));
  s.compute("own inner", "set", NONE);
  s.compute("own outer", "set", NONE);
  if (single) {
    s.compute("own inner", "set", inner === "current" ? slot(outer) : inner);
    s.compute("own outer", "set", slot(outer));
    append(s, slot("own inner"), slot("own outer"), 1, 1);
  }
  for (const source of sources) appendSource(s, kind, source);
  findSeparators(s, ranges);
  s.routine("map", () => sayRanges(s));
  s.compute(`${kind} map length`, "sub", slot("out"), address(`${kind} map text`));
}

/** Takes the caller's own pair of ids out of the ranges, and appends what is left to the text. */
function sayRanges(s: Sequence): void {
  const [nextRange, nextPiece, doneRange, done] = ["range", "piece", "done", "all done"]
    .map((label) => s.unique(label)) as [string, string, string, string];
  s.compute("ranges end", "set", slot("range"));
  s.compute("range", "set", address("ranges"));
  // The own pair is the first range, and is whole.
  s.compute("inner hole", "set", NONE);
  s.compute("outer hole", "set", NONE);
  s.label(nextRange);
  s.test("ifEqual", [slot("range"), slot("ranges end")], done);
  ["inner start", "outer start", "outer room", "inner room"].forEach((word, i) =>
    s.compute(word, "load", slot("range"), 8 * i)
  );
  findHole(s, "inner before", ["inner start", "inner hole", "inner room"]);
  findHole(s, "outer before", ["outer start", "outer hole", "outer room"]);
  least(s, "outer room", "inner room");
  s.compute("done", "set", 0);
  s.label(nextPiece);
  s.test("ifEqual", [slot("done"), slot("outer room")], doneRange);
  s.compute("piece end", "set", slot("outer room"));
  idBehind(s, "inner", "inner start", "inner before");
  idBehind(s, "outer", "outer start", "outer before");
  s.compute("count", "sub", slot("piece end"), slot("done"));
  sayNumber(s, "inner", slot("space"));
  sayNumber(s, "outer", slot("space"));
  sayNumber(s, "count", slot("newline"));
  s.compute("done", "set", slot("piece end"));
  s.jump(nextPiece);
  s.label(doneRange);
  s.compute("inner hole", "set", slot("own inner"));
  s.compute("outer hole", "set", slot("own outer"));
  s.compute("range", "add", slot("range"), RANGE_BYTES);
  s.jump(nextRange);
  s.label(done);
}

/** The kernel reads lines; arguments end with a NUL each. */
function findSeparators(s: Sequence, ranges: boolean): void {
  const done = s.unique("separators");
  s.compute("space", "set", SPACE);
  s.compute("newline", "set", NEWLINE);
  if (!ranges) return;
  s.test("ifEqual", [slot("euid"), 0], done);
  s.compute("space", "set", 0);
  s.compute("newline", "set", 0);
  s.label(done);
}
