/**
 * Why a program cannot be executed: execve(2) says ENOENT both of a program that is not there and of
 * one whose interpreter is not, and EACCES of a mode, a mount, a directory and a folder above.
 */
import { AT_FDCWD, O_CLOEXEC, O_NONBLOCK, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { S_IFDIR, S_IFMT, S_IFREG, ST_NOEXEC, STATFS, X_OK } from "../../ffi/abi/stat.ts";
import { STATX_BASIC_STATS, STX } from "../../ffi/abi/statx.ts";
import type { Builder } from "../../engine/builder.ts";
import { NEWLINE, NUL } from "../../engine/characters.ts";
import { any, not, type When } from "../../engine/condition.ts";
import { layout, struct } from "../../engine/struct.ts";
import type { Variable } from "../../engine/value.ts";
import type { Look } from "../../engine/failure.ts";
import { EXEC_CAUSES, type ExecCause } from "./hints.ts";
import { eachPath, type Environment, type SearchedName } from "./search.ts";

const number = (cause: ExecCause): number => EXEC_CAUSES.indexOf(cause);

/** Of a program so much is read: its first line, of which the kernel takes no more. */
const LINE_BYTES = 256;
const CARRIAGE_RETURN = 0x0d;

const STATUS = layout(STX.bytes, { mode: [STX.mode, 2] });
const MOUNT = layout(STATFS.bytes, { flags: [STATFS.flags, 8] });

/** Where a program is: at a path, or wherever its name is found in PATH. */
export interface Where {
  /** Where it was tried last. */
  readonly path: Variable;
  readonly isSearched: When;
  readonly name: SearchedName;
  readonly environment: Environment;
}

/**
 * The look that a program was not executed for this cause. The number that it finds is that of the
 * folder of PATH in which the program is.
 */
export function execLook(s: Builder, where: Where, cause: ExecCause): Look {
  return s.look("why the program was not executed", (found, given) => {
    const seen = findCause(s, where);
    found.set(seen.folder);
    return given.number("first").is(seen.cause);
  }, number(cause));
}

/** Finds the cause, and the number of the folder of PATH that has the program. */
function findCause(s: Builder, where: Where): { cause: Variable; folder: Variable } {
  const cause = s.variable("cause", number("absent"));
  const folder = s.variable("folder", 0);
  const status = struct(s, "status", STATUS);
  s.block((all) => {
    const tryPath = (path: Variable): void => {
      folder.advance();
      const args = [AT_FDCWD, path, 0, STATX_BASIC_STATS, status.at];
      const there = s.call("statx", args, "is it there?", {
        result: "there",
        fails: { EACCES: () => cause.set(number("folder above it")), otherwise: "ignored" },
      });
      s.if(there.is(0), () => {
        examine(s, path, status.get("mode").and(S_IFMT), (found) => cause.set(number(found)));
        all.leave();
      });
    };
    const { path, isSearched, name, environment } = where;
    s.if(isSearched, () => eachPath(s, name, environment, tryPath), {
      otherwise: () => tryPath(path),
    });
  });
  return { cause, folder };
}

/** Looks at a program that is there. */
function examine(
  s: Builder,
  path: Variable,
  mode: ReturnType<Variable["and"]>,
  conclude: (cause: ExecCause) => void,
): void {
  s.block(({ leave }) => {
    const endWith = (cause: ExecCause) => () => {
      conclude(cause);
      leave();
    };
    const type = s.variable("type", mode);
    s.if(type.is(S_IFDIR), endWith("directory"));
    s.if(type.isNot(S_IFREG), endWith("special file"));
    const mount = struct(s, "mount", MOUNT);
    const seen = s.call("statfs", [path, mount.at], "is its mount noexec?", {
      result: "seen",
      fails: "ignored",
    });
    s.if(seen.is(0), () => s.if(mount.get("flags").has(ST_NOEXEC), endWith("noexec")));
    const access = s.call("faccessat", [AT_FDCWD, path, X_OK], "does its mode allow it?", {
      result: "access",
      fails: "ignored",
    });
    const line = readLine(s, path, () => {
      s.if(access.is(0), endWith("other"), { otherwise: endWith("mode") });
    });
    const isProgram = any(line.begins("#!"), line.begins("\x7fELF"));
    s.if(
      access.isNot(0),
      () => s.if(isProgram, endWith("mode"), { otherwise: endWith("mode, no program") }),
    );
    s.if(not(isProgram), endWith("other"));
    s.if(line.begins("\x7fELF"), endWith("ELF"));
    const end = s.variable("end", line.seek(NEWLINE, NUL));
    s.if(end.byte(-1).is(CARRIAGE_RETURN), endWith("carriage return"));
    conclude("script");
  });
}

/** Reads how a program begins; runs a block, which leaves, if it cannot be read. */
function readLine(s: Builder, path: Variable, unreadable: () => void): Variable {
  // A zero ends what is read.
  const line = s.memory("first line", LINE_BYTES + 1);
  const flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
  const file = s.call("openat", [AT_FDCWD, path, flags, 0], "what is it?", {
    result: "file",
    fails: unreadable,
  });
  s.call("read", [file, line, LINE_BYTES], "how does it begin?", { fails: "ignored" });
  s.call("close", [file], "the file is done", { fails: "ignored" });
  return s.variable("line", line);
}
