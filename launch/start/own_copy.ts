/** A launcher in a file that is run where it may be hostile runs from a sealed copy of itself instead. */
import { starts } from "../../engine/looks.ts";
import {
  AT_FDCWD,
  F_ADD_SEALS,
  F_GET_SEALS,
  F_SEAL_GROW,
  F_SEAL_SEAL,
  F_SEAL_SHRINK,
  F_SEAL_WRITE,
  MFD_ALLOW_SEALING,
  MFD_CLOEXEC,
  MFD_EXEC,
  O_CLOEXEC,
  O_RDONLY,
  SEEK_END,
  SEEK_SET,
} from "../../ffi/abi/fcntl.ts";
import { EACCES, EFBIG } from "../../ffi/abi/errno.ts";
import { MAP_POPULATE, MAP_PRIVATE, PROT_READ } from "../../ffi/abi/mman.ts";
import { PATH_MAX } from "../../ffi/abi/limits.ts";
import { W_OK } from "../../ffi/abi/stat.ts";
import { STATX_UID } from "../../ffi/abi/statx.ts";
import type { Builder } from "../../engine/builder.ts";
import { type Hint, words } from "../../engine/failure.ts";
import { all, any, type When } from "../../engine/condition.ts";
import { struct } from "../../engine/struct.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { isJoining } from "../join/asked.ts";
import type { FilePart } from "../starter.ts";
import { FEW_FILES, NO_PROC } from "../causes.ts";
import { failed, type Start } from "../context.ts";
import { STATX } from "../structs.ts";
import { inheritedEnviron } from "../program/environment.ts";
import { executeOpen } from "../program/execute.ts";
import { ifTooLarge, withFileSize } from "./file_size.ts";
import { goOnReadOnly } from "./read_only.ts";

/** More than any launcher has. */
const MOST_BYTES = 1 << 30;

/** No copy is larger. */
const MOST_COPIED = 1 << 20;

const SELF = "/proc/self/exe";
const SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

/** It takes a descriptor of this file, and one of the copy. */
const NO_DESCRIPTOR: Hint = {
  ...FEW_FILES,
  why: "it runs from a copy of its launcher, for which this process may open too few files",
};

const CANNOT_COPY = failed("cannot make a copy in memory", [NO_DESCRIPTOR, {
  errno: [EFBIG],
  why: "it runs from a copy of its launcher, and no file may become as large here",
  remedy: "start it where the hard limit is higher: ulimit -f unlimited",
}]);
const CANNOT_RUN = failed("cannot run a copy in memory", [{
  look: [starts("/proc/sys/vm/memfd_noexec", "2")],
  why: "programs in memory alone are forbidden here: vm.memfd_noexec is 2",
  remedy: "sysctl vm.memfd_noexec=1",
}]);

/**
 * Whoever is inside can make `#!/proc/self/exe` the program: the launcher itself is then run in
 * there, where its file can be opened through /proc/PID/exe, and be written to as soon as nobody runs
 * it (CVE-2019-5736 of runc). A copy in memory that is sealed is of no use to them.
 *
 * @returns Whether it is such a copy now.
 */
export function becomeCopy(start: Start): When {
  const { s, starter } = start;
  if (!starter.isFile) return isJoining(start);
  const [joins, isInside] = [isJoining(start), hasForeignRoot(start)];
  if (joins === true || isInside === false) {
    s.if(joins, () => becomeSealed(start, starter.part));
    return joins;
  }
  const copies = s.variable("is of use to others", 0);
  const isChangeable = s.variable("may be changed", 0);
  s.if(joins, () => copies.set(1), {
    otherwise: () =>
      s.if(isInside, () => {
        findWhetherChanged(start, isChangeable);
        copies.set(isChangeable);
      }),
  });
  s.if(copies.is(1), () => becomeSealed(start, starter.part, isChangeable.is(1)));
  return copies.is(1);
}

/**
 * Whether the program has another root, and cannot do all that the caller can. Only then are there files
 * that it may not change.
 */
const hasForeignRoot = ({ spec, request }: Start): When =>
  all(
    request.isGiven(spec.newRoot),
    any(request.includes(spec.namespaces, "user"), request.isGiven(spec.capabilities)),
  );

/** Finds out whether the caller may change the launcher's file: its owner may give itself that right. */
function findWhetherChanged({ s }: Start, copies: Variable): void {
  s.block(({ leave }) => {
    s.call("faccessat", [AT_FDCWD, SELF, W_OK], "may the program write to this launcher's file?", {
      fails(error) {
        s.if(error.is("EACCES").not(), leave);
        const file = struct(s, "statx", STATX);
        const args = [AT_FDCWD, SELF, 0, STATX_UID, file.at];
        s.call("statx", args, "is it its own?", { fails: leave });
        const uid = s.call("geteuid", [], "is it its own?", { result: "uid", fails: "ignored" });
        s.if(uid.isNot(file.get("uid")), leave);
      },
    });
    copies.set(1);
  });
}

/** @param isFile Whether a file that cannot be written to does as well: else it must be a copy. */
function becomeSealed(
  { s, spec, request }: Start,
  part: FilePart | undefined,
  isFile: When = false,
): void {
  const self = s.call(
    "openat",
    [AT_FDCWD, SELF, O_RDONLY | O_CLOEXEC, 0],
    "the file of this launcher",
    {
      result: "self",
      fails(error) {
        const path = s.memory("own path", PATH_MAX + 1);
        s.call("readlinkat", [AT_FDCWD, SELF, path, PATH_MAX], "what it is called", {
          fails: "ignored",
        });
        const file = { string: s.variable("own file", path), isWord: true };
        error.fail(failed(`cannot open ${SELF}`, [...NO_PROC, NO_DESCRIPTOR, {
          errno: [EACCES],
          why: "it runs from a copy of its launcher, which this user may not read, " +
            "only execute",
          remedy: words`chmod a+r ${file}, as its owner`,
        }]));
      },
    },
  );
  // Of a file that is not in memory the kernel says EINVAL.
  const seals = s.call("fcntl", [self, F_GET_SEALS], "is it a sealed copy already?", {
    result: "seals",
    fails: "ignored",
  });
  s.if(any(seals.isLess(0), seals.and(F_SEAL_WRITE).is(0)), () => {
    const argv = s.variable("argv", s.stack.plus(8), "<argv>");
    s.if(
      isFile,
      () =>
        ifTooLarge(
          s,
          MOST_COPIED,
          () => goOnReadOnly(s, self, [argv, inheritedEnviron(s)], request.renew),
        ),
    );
    const name = request.command ?? spec.name;
    const copy = part ? copyPart(s, self, part, name) : copyFile(s, self, name);
    s.call("fcntl", [copy, F_ADD_SEALS, SEALS], "nobody can write to the copy", {
      fails: CANNOT_COPY,
    });
    request.renew?.();
    executeOpen(s, copy, [argv, inheritedEnviron(s)], "go on as the copy", CANNOT_RUN);
  }, { when: "if it is not" });
  s.call("close", [self], "it is a sealed copy", { fails: "ignored" });
}

/** Creates a file in memory that can be executed, and gives its descriptor. */
function createInMemory(s: Builder, name: Value): Variable {
  const note = "those inside must not get at the file";
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  const file = s.variable("copy");
  s.block(({ leave }) => {
    const executable = s.call("memfd_create", [name, flags | MFD_EXEC], note, {
      result: "copy",
      fails() {
        const older = s.call("memfd_create", [name, flags], note, {
          result: "copy",
          fails: CANNOT_COPY,
          when: "if Linux is older than 6.3",
        });
        file.set(older);
        leave();
      },
    });
    file.set(executable);
  });
  return file;
}

/** Copies a file, and gives the copy's descriptor. */
function copyFile(s: Builder, file: Variable, name: Value): Variable {
  const copy = createInMemory(s, name);
  const bytes = s.call("lseek", [file, 0, SEEK_END], "how large it is", {
    result: "bytes",
    fails: CANNOT_COPY,
  });
  s.call("lseek", [file, 0, SEEK_SET], "from its start", { fails: CANNOT_COPY });
  withFileSize(s, bytes, CANNOT_COPY, () => {
    s.loop(({ leave }) => {
      const copied = s.call("sendfile", [copy, file, 0, MOST_BYTES], "copy it", {
        result: "copied",
        fails: CANNOT_COPY,
      });
      s.if(copied.is(0), leave);
    });
  });
  return copy;
}

/** Copies a part of a file, which is closed before: one descriptor is open at a time. */
function copyPart(s: Builder, file: Variable, { offset, bytes }: FilePart, name: Value): Variable {
  const args = [0, bytes, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, offset];
  const start = s.call("mmap", args, "the launcher's part of it", {
    result: "part",
    fails: CANNOT_COPY,
  });
  s.call("close", [file], "that is mapped", { fails: "ignored" });
  const copy = createInMemory(s, name);
  const at = s.variable("at", start);
  const rest = s.variable("bytes to copy", bytes);
  withFileSize(s, bytes, CANNOT_COPY, () => {
    // A signal may have less copied.
    s.while(rest.isNot(0), () => {
      const copied = s.call("write", [copy, at, rest], "copy it", {
        result: "copied",
        fails: CANNOT_COPY,
      });
      s.if(copied.is(0), () => s.fail(CANNOT_COPY));
      at.advance(copied);
      rest.set(rest.minus(copied));
    });
  });
  return copy;
}
