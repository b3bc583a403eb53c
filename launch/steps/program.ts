/** The last steps: the program takes this process's place. @see execve(2), execvp(3) */
import { EACCES, ENOENT, ENOEXEC, ENOTDIR } from "../../ffi/abi/errno.ts";
import { type Bytes, concat, display, encode } from "../../ffi/bytes.ts";
import { execHints } from "../hints.ts";
import {
  type CallOptions,
  ERROR,
  FAILURE,
  type Failure,
  type Short,
  slot,
  vector,
} from "../plan.ts";
import { programEnvironment } from "./environment.ts";
import { TARGET_PATH } from "./join_environ.ts";
import { type Context, EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND } from "./context.ts";

const SLASH = 0x2f;
const COLON = 0x3a;

/** Where execvp(3) looks if there is no PATH. */
const DEFAULT_PATH = "/bin:/usr/bin";

/** Whether a program is searched: an empty name and one with a slash are not. */
function isBare(program: Bytes): boolean {
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

/** The longest path that the kernel takes, its NUL included. */
const PATH_MAX = 4096;

/**
 * Tries the program in every folder of the target's PATH, which is known only when it runs.
 *
 * @param attempt Appends the steps that try one path.
 */
function searchTargetPath(
  { s, spec }: Context,
  attempt: (path: Short, options: CallOptions) => void,
): void {
  const name = concat("/", spec.program, "\0");
  const [next, byte, end, bare, long] = ["folder", "byte", "end", "no folder", "too long"]
    .map((label) => s.unique(label));
  const path = s.buffer("candidate", PATH_MAX + name.length);
  s.compute(ERROR, "set", -ENOENT);
  s.compute("folders", "set", slot(TARGET_PATH));
  s.test("ifNot", [slot("folders"), 0], next!);
  s.compute("folders", "set", DEFAULT_PATH);
  s.label(next!);
  s.compute("start", "set", slot("folders"));
  s.label(byte!);
  s.compute("byte", "load", slot("folders"), 0);
  s.compute("byte", "and", slot("byte"), 0xff);
  s.test("ifEqual", [slot("byte"), 0], end!);
  s.test("ifEqual", [slot("byte"), COLON], end!);
  s.compute("folders", "add", slot("folders"), 1);
  s.jump(byte!);
  s.label(end!);
  s.compute("length", "sub", slot("folders"), slot("start"));
  s.compute("folders", "add", slot("folders"), 1);
  s.compute("last", "set", slot("byte"));
  s.test("ifBelow", [PATH_MAX, slot("length")], long!);
  // An empty folder is the working directory.
  s.compute("path", "add", path, 1);
  s.compute("end", "set", path);
  s.test("ifEqual", [slot("length"), 0], bare!);
  s.compute("path", "set", path);
  s.compute("end", "copy", path, slot("start"), slot("length"));
  s.label(bare!);
  s.compute("end", "copy", slot("end"), { kind: "text", bytes: name }, name.length);
  attempt(slot("path", `"<folder>/${display(spec.program)}"`), {
    when: "for each folder of the target's PATH, until it is found",
  });
  s.label(long!);
  s.test("ifEqual", [slot("last"), COLON], next!);
}

/** Runs the program: every candidate in turn, as execvp(3) does. */
export function execProgram(context: Context): void {
  const { s, spec } = context;
  const shown = display(spec.program);
  const refusal = (status: number, hints: Failure["hints"]): Failure => ({
    message: `failed to execute ${shown}`,
    status,
    hints,
  });
  // execvp(3) looks at the PATH that the program will have.
  const { environ, path, isTargets } = programEnvironment(context);
  const isSearched = spec.search !== false && isBare(spec.program);
  const paths = isSearched ? candidates(spec.program, path) : [spec.program];
  const argv = vector(spec.argv.map(encode), "arguments");
  const script = vector(
    ["/bin/sh", slot("path"), ...spec.argv.slice(1).map(encode)],
    "script arguments",
  );
  const [failed, refused, isScript] = ["failed", "refused", "is a script"].map((name) =>
    s.unique(name)
  );

  s.compute("denied", "set", 0);
  const attempt = (path: Short, options: CallOptions): void => {
    const [tried, next] = [s.unique("tried"), s.unique("next")];
    s.call("execve", [path, argv, environ], `run ${shown}`, { orElse: tried, ...options });
    s.label(tried);
    s.test("ifEqual", [slot(ERROR), -ENOENT], next);
    s.test("ifEqual", [slot(ERROR), -ENOTDIR], next);
    s.test("ifNot", [slot(ERROR), -EACCES], failed!);
    s.compute("denied", "set", 1);
    s.label(next);
  };
  if (isSearched && isTargets) searchTargetPath(context, attempt);
  else {
    for (const path of paths) {
      s.compute("path", "set", encode(path));
      attempt(encode(path), paths.length > 1 ? { when: "the first that exists" } : {});
    }
  }
  const notFound = refusal(EXIT_NOT_FOUND, paths.length === 1 ? execHints(shown, spec) : []);
  const notExecutable = refusal(EXIT_NOT_EXECUTABLE, execHints(shown, spec));
  // Somewhere on the way permission was denied: that is what is said, as execvp(3) does.
  s.test("ifEqual", [slot("denied"), 0], failed!);
  s.compute(ERROR, "set", -EACCES);
  s.label(failed!);
  if (spec.search !== false) s.test("ifEqual", [slot(ERROR), -ENOEXEC], isScript!);
  s.compute(FAILURE, "set", { kind: "failure", failure: notFound });
  s.test("ifEqual", [slot(ERROR), -ENOENT], "fail");
  s.label(refused!);
  s.compute(FAILURE, "set", { kind: "failure", failure: notExecutable });
  s.jump("fail");

  if (spec.search === false) return;
  // A file without a first line that names its interpreter is the shell's.
  s.label(isScript!);
  s.put(script, 8, slot("path"));
  s.call("execve", ["/bin/sh", script, environ], `run ${shown} by the shell`, {
    orElse: refused!,
    when: "if it is a script without #!",
  });
}
