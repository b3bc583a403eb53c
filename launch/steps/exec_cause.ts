/**
 * Why a program cannot be executed: execve(2) says ENOENT both of a program that is not there and of
 * one whose interpreter is not, and EACCES of a mode, a mount, a directory and a folder above.
 */
import { EACCES } from "../../ffi/abi/errno.ts";
import { AT_FDCWD, O_CLOEXEC, O_NONBLOCK, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { S_IFDIR, S_IFMT, S_IFREG, ST_NOEXEC, STATFS, X_OK } from "../../ffi/abi/stat.ts";
import { STATX_BASIC_STATS, STX } from "../../ffi/abi/statx.ts";
import { ERROR, type Look, type Sequence, type Short, slot } from "../plan.ts";
import { eachFolder, type Environment } from "./search.ts";

/** What is seen of a program that was not executed. */
const CAUSES = [
  "absent",
  "folder above it",
  "directory",
  "special file",
  "noexec",
  "mode",
  "mode, no program",
  "carriage return",
  "script",
  "ELF",
  "other",
] as const;

export type ExecCause = typeof CAUSES[number];

const CAUSE = "exec cause";
const number = (cause: ExecCause): number => CAUSES.indexOf(cause);

/** Of a program so much is read: its first line, of which the kernel takes no more. */
const LINE_BYTES = 256;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Where a program is: at a path, or searched by its name in PATH. */
export type Where = { readonly path: Short } | {
  readonly name: Uint8Array;
  readonly environment: Environment;
};

/**
 * The look that a program was not executed for this cause. The number that it finds is that of the
 * folder of PATH in which the program is.
 */
export function execLook(s: Sequence, where: Where, cause: ExecCause): Look {
  return s.look("why the program was not executed", (found, given) => {
    findCause(s, where);
    found.set(slot("folder"));
    return given.number("first").is(slot(CAUSE));
  }, number(cause));
}

/** Leaves the cause in slot {@linkcode CAUSE}, and in slot `folder` which folder of PATH has the program. */
function findCause(s: Sequence, where: Where): void {
  const [found, done] = [s.unique("found"), s.unique("cause")];
  const status = s.buffer("statx", STX.bytes);
  s.compute(CAUSE, "set", number("absent"));
  s.compute("folder", "set", 0);
  const tryPath = (): void => {
    const [failed, next] = [s.unique("failed"), s.unique("next")];
    s.compute("folder", "add", slot("folder"), 1);
    s.call("statx", [AT_FDCWD, slot("path"), 0, STATX_BASIC_STATS, status], "is it there?", {
      orElse: failed,
    });
    s.jump(found);
    s.label(failed);
    s.test("ifNot", [slot(ERROR), -EACCES], next);
    s.compute(CAUSE, "set", number("folder above it"));
    s.label(next);
  };
  if ("name" in where) eachFolder(s, where.name, where.environment, tryPath);
  else {
    s.compute("path", "set", where.path);
    tryPath();
  }
  s.jump(done);
  s.label(found);
  examine(s, done);
  s.label(done);
}

/** Of a program that is there, at slot `path`. */
function examine(s: Sequence, done: string): void {
  const conclude = (cause: ExecCause): void => s.compute(CAUSE, "set", number(cause));
  const status = s.buffer("statx", STX.bytes);
  s.compute("type", "load", status, STX.mode);
  s.compute("type", "and", slot("type"), S_IFMT);
  conclude("directory");
  s.test("ifEqual", [slot("type"), S_IFDIR], done);
  conclude("special file");
  s.test("ifNot", [slot("type"), S_IFREG], done);

  const executable = s.unique("mount allows it");
  const mount = s.buffer("statfs", STATFS.bytes);
  s.call("statfs", [slot("path"), mount], "is its mount noexec?", { orElse: executable });
  s.compute("flags", "load", mount, STATFS.flags);
  s.compute("flags", "and", slot("flags"), ST_NOEXEC);
  conclude("noexec");
  s.test("ifNot", [slot("flags"), 0], done);
  s.label(executable);
  const [refused, allowed, read] = [s.unique("mode"), s.unique("mode allows it"), s.unique("read")];
  s.compute("is executable", "set", 0);
  conclude("mode");
  s.call("faccessat", [AT_FDCWD, slot("path"), X_OK], "does its mode allow it?", {
    orElse: read,
  });
  s.compute("is executable", "set", 1);
  conclude("other");
  s.label(read);

  const [script, carriageReturn] = [s.unique("script"), s.unique("carriage return")];
  const line = s.buffer("first line", LINE_BYTES + 8);
  const flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
  s.call("openat", [AT_FDCWD, slot("path"), flags, 0], "what is it?", {
    result: "file",
    orElse: done,
  });
  s.call("read", [slot("file"), line, LINE_BYTES], "how does it begin?");
  s.call("close", [slot("file")], "the file is done");
  s.test("ifNot", [slot("is executable"), 0], allowed);
  s.test("ifSame", [line, "#!", 2], refused);
  s.test("ifSame", [line, "\x7fELF", 4], refused);
  conclude("mode, no program");
  s.label(refused);
  s.jump(done);
  s.label(allowed);
  s.test("ifSame", [line, "#!", 2], script);
  const other = s.unique("other");
  s.test("ifSame", [line, "\x7fELF", 4], other);
  s.jump(done);
  s.label(other);
  conclude("ELF");
  s.jump(done);
  s.label(script);
  conclude("script");
  s.compute("end", "seek", line, NEWLINE, 0);
  s.compute("byte", "byte", slot("end"), -1);
  s.test("ifEqual", [slot("byte"), CARRIAGE_RETURN], carriageReturn);
  s.jump(done);
  s.label(carriageReturn);
  conclude("carriage return");
}
