/** Where a program is looked for. @see execvp(3) */
import { PATH_MAX } from "../../ffi/abi/limits.ts";
import { type Bytes, concat, display, encode } from "../../ffi/bytes.ts";
import {
  type CallOptions,
  type Label,
  type Operand,
  type Sequence,
  type Short,
  slot,
} from "../plan.ts";

const SLASH = 0x2f;
const COLON = 0x3a;

/** Where execvp(3) looks if there is no PATH. */
const DEFAULT_PATH = "/bin:/usr/bin";

/** Whether a program is searched: an empty name and one with a slash are not. */
export function isBare(program: Bytes): boolean {
  const name = encode(program);
  return name.length > 0 && !name.includes(SLASH);
}

/** The paths at which execvp(3) looks for a program. */
export function candidates(program: Bytes, path: Bytes | undefined): Bytes[] {
  const name = encode(program);
  if (!isBare(program)) return [program];
  const folders: Uint8Array[] = [];
  let rest = encode(path ?? DEFAULT_PATH);
  for (let end = rest.indexOf(COLON); end >= 0; end = rest.indexOf(COLON)) {
    folders.push(rest.subarray(0, end));
    rest = rest.subarray(end + 1);
  }
  // An empty folder is the working directory.
  return [...folders, rest].map((folder) => folder.length ? concat(folder, "/", name) : name);
}

/** An environment, and the PATH in it. */
export interface Environment {
  /** The address of the pointers to its variables. */
  readonly environ: Operand;
  /** How notes call the PATH if only the launch shows it; otherwise it is `path`. */
  readonly shown: string | undefined;
  readonly path: Bytes | undefined;
}

/**
 * Makes `attempt` for every path at which execvp(3) looks for a program, one after the other. The path
 * is also in slot `path`.
 *
 * @param attempt Appends steps that go on behind the last of them if there is nothing at this path.
 */
export function eachPath(
  s: Sequence,
  program: Bytes,
  { environ, shown, path }: Environment,
  attempt: (path: Short, options: CallOptions) => void,
): void {
  if (isBare(program) && shown !== undefined) {
    return eachFolder(s, program, { environ, shown, path: undefined }, attempt);
  }
  const paths = candidates(program, path);
  for (const found of paths) {
    s.compute("path", "set", encode(found));
    attempt(encode(found), paths.length > 1 ? { when: "the first that exists" } : {});
  }
}

/** The same in a loop, as it must be for a PATH that only the launch shows. */
export function eachFolder(
  s: Sequence,
  program: Bytes,
  { environ, shown, path: known }: Environment,
  attempt: (path: Short, options: CallOptions) => void,
): void {
  const name = concat("/", program, "\0");
  const [next, bare, long] = ["folder", "no folder", "too long"].map((label) => s.unique(label));
  const path = s.buffer("candidate", PATH_MAX + name.length);
  s.compute("folders", "set", known === undefined ? DEFAULT_PATH : encode(known));
  if (shown !== undefined) {
    findVariable(s, environ, "PATH", next!);
    s.compute("folders", "set", slot("value"));
  }
  s.label(next!);
  s.compute("start", "set", slot("folders"));
  s.compute("folders", "seek", slot("folders"), COLON, 0);
  s.compute("last", "byte", slot("folders"), 0);
  s.compute("length", "sub", slot("folders"), slot("start"));
  s.compute("folders", "add", slot("folders"), 1);
  s.test("ifBelow", [PATH_MAX, slot("length")], long!);
  // An empty folder is the working directory.
  s.compute("path", "add", path, 1);
  s.compute("end", "set", path);
  s.test("ifEqual", [slot("length"), 0], bare!);
  s.compute("path", "set", path);
  s.compute("end", "copy", path, slot("start"), slot("length"));
  s.label(bare!);
  s.compute("end", "copy", slot("end"), { kind: "text", bytes: name }, name.length);
  attempt(slot("path", `"<folder>/${display(program)}"`), {
    when: `for each folder of ${shown}, until it is found`,
  });
  s.label(long!);
  s.test("ifEqual", [slot("last"), COLON], next!);
}

/** Leaves the address of a variable's value in slot `value`, or goes to `absent`. */
export function findVariable(s: Sequence, environ: Operand, name: string, absent: Label): void {
  const [next, found] = [s.unique("next variable"), s.unique("variable")];
  s.compute("variable", "set", environ);
  s.label(next);
  s.compute("value", "load", slot("variable"), 0);
  s.test("ifEqual", [slot("value"), 0], absent);
  s.compute("variable", "add", slot("variable"), 8);
  s.test("ifSame", [slot("value"), `${name}=`, name.length + 1], found);
  s.jump(next);
  s.label(found);
  s.compute("value", "add", slot("value"), name.length + 1);
}
