/** A part of the environment of who starts a launch. @see environ(7) */
import { type Bytes, concat } from "../../ffi/bytes.ts";
import { type Sequence, slot, vector } from "../plan.ts";

/** Makes slot `environ` the address of an environment of those of its variables that have these names. */
export function filterEnvironment(s: Sequence, names: readonly Bytes[]): void {
  const kept = s.buffer("environment", 8 * (names.length + 1));
  if (names.length === 0) return s.compute("environ", "set", kept);
  const starts = names.map((name) => concat(name, "="));
  const table = vector(starts.flatMap((start) => [start, start.length]), "kept names");
  const [nextName, next, found, missing, done] = [
    "next name",
    "next variable",
    "kept",
    "missing",
    "all kept",
  ].map((label) => s.unique(label)) as [string, string, string, string, string];
  s.compute("kept name", "set", table);
  s.compute("kept", "set", kept);
  s.label(nextName);
  s.compute("name", "load", slot("kept name"), 0);
  s.test("ifEqual", [slot("name"), 0], done);
  s.compute("name length", "load", slot("kept name"), 8);
  s.compute("variable", "set", slot("environ"));
  s.label(next);
  s.compute("value", "load", slot("variable"), 0);
  s.test("ifEqual", [slot("value"), 0], missing);
  s.test("ifSame", [slot("value"), slot("name"), slot("name length")], found);
  s.compute("variable", "add", slot("variable"), 8);
  s.jump(next);
  s.label(found);
  s.put(slot("kept"), 0, slot("value"));
  s.compute("kept", "add", slot("kept"), 8);
  s.label(missing);
  s.compute("kept name", "add", slot("kept name"), 16);
  s.jump(nextName);
  s.label(done);
  s.compute("environ", "set", kept);
}
