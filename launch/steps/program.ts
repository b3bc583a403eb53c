/** The last steps: the program takes this process's place. @see execve(2), execvp(3) */
import { EACCES, ENOENT, ENOEXEC, ENOTDIR } from "../../ffi/abi/errno.ts";
import { type Bytes, concat, display, encode } from "../../ffi/bytes.ts";
import { execHints } from "../hints.ts";
import { ERROR, FAILURE, type Failure, slot, vector } from "../plan.ts";
import { type Context, EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND } from "./context.ts";

/** Where execvp(3) looks if there is no PATH. */
const DEFAULT_PATH = "/bin:/usr/bin";

/** The paths at which execvp(3) looks for a program. */
export function candidates(program: Bytes, path: Bytes | undefined): Bytes[] {
  const name = encode(program);
  if (name.length === 0 || name.includes(0x2f)) return [program];
  const folders: Uint8Array[] = [];
  let rest = encode(path ?? DEFAULT_PATH);
  for (let end = rest.indexOf(0x3a); end >= 0; end = rest.indexOf(0x3a)) {
    folders.push(rest.subarray(0, end));
    rest = rest.subarray(end + 1);
  }
  // An empty folder is the working directory.
  return [...folders, rest].map((folder) => folder.length ? concat(folder, "/", name) : name);
}

/** Leaves the address of the environment that the kernel placed behind argv in slot `environ`. */
export function environment({ s }: Context): void {
  s.compute("environ", "load", slot("stack"), 0);
  s.compute("environ", "shl", slot("environ"), 3);
  s.compute("environ", "add", slot("environ"), slot("stack"));
  s.compute("environ", "add", slot("environ"), 16);
}

/** The variables that a filtered environment keeps; undefined if it is not filtered. */
function keptVariables({ spec, caller }: Context): Uint8Array[] | undefined {
  if (!spec.clearEnv && !spec.whitelistEnv) return undefined;
  return (spec.whitelistEnv ?? []).flatMap((name) => {
    const found = caller.environ?.find((variable) => valueOf(variable, name) !== undefined);
    return found === undefined ? [] : [encode(found)];
  });
}

/** The value of `NAME=value`, if that is the name. */
function valueOf(variable: Bytes, name: Bytes): Uint8Array | undefined {
  const bytes = encode(variable);
  const start = encode(concat(name, "="));
  return start.every((byte, i) => bytes[i] === byte) ? bytes.subarray(start.length) : undefined;
}

/** Runs the program: every candidate in turn, as execvp(3) does. */
export function execProgram(context: Context): void {
  const { s, spec, caller } = context;
  const shown = display(spec.program);
  const refusal = (status: number, hints: Failure["hints"]): Failure => ({
    message: `failed to execute ${shown}`,
    status,
    hints,
  });
  const kept = keptVariables(context);
  if (!kept) environment(context);
  const environ = kept ? vector(kept, "environment") : slot("environ");
  // execvp(3) looks at the PATH that the program will have.
  const path = kept ? kept.flatMap((variable) => valueOf(variable, "PATH") ?? [])[0] : caller.path;
  const paths = spec.search === false ? [spec.program] : candidates(spec.program, path);
  const argv = vector(spec.argv.map(encode), "arguments");
  const script = vector(
    ["/bin/sh", slot("path"), ...spec.argv.slice(1).map(encode)],
    "script arguments",
  );
  const [failed, refused, isScript] = ["failed", "refused", "is a script"].map((name) =>
    s.unique(name)
  );

  s.compute("denied", "set", 0);
  for (const path of paths) {
    const [tried, next] = [s.unique("tried"), s.unique("next")];
    s.compute("path", "set", encode(path));
    s.call("execve", [encode(path), argv, environ], `run ${shown}`, {
      orElse: tried,
      ...(paths.length > 1 ? { when: "the first that exists" } : {}),
    });
    s.label(tried);
    s.test("ifEqual", [slot(ERROR), -ENOENT], next);
    s.test("ifEqual", [slot(ERROR), -ENOTDIR], next);
    s.test("ifNot", [slot(ERROR), -EACCES], failed!);
    s.compute("denied", "set", 1);
    s.label(next);
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
