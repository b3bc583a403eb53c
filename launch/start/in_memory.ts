/** Files in memory that a launcher goes on from: a copy of its file, or what maps its part of a large one. */
import {
  F_ADD_SEALS,
  F_SEAL_GROW,
  F_SEAL_SEAL,
  F_SEAL_SHRINK,
  F_SEAL_WRITE,
  F_SETFD,
  MFD_ALLOW_SEALING,
  MFD_CLOEXEC,
  MFD_EXEC,
  SEEK_END,
  SEEK_SET,
} from "../../ffi/abi/fcntl.ts";
import { EFBIG } from "../../ffi/abi/errno.ts";
import { MAP_POPULATE, MAP_PRIVATE, PROT_READ } from "../../ffi/abi/mman.ts";
import type { Builder } from "../../engine/builder.ts";
import type { Outcome, Outcomes } from "../../engine/builder/calls.ts";
import { CODE_IN_FILE, copiedInFile, ownCode } from "../../engine/constants.ts";
import type { When } from "../../engine/condition.ts";
import type { Failure, Hint } from "../../engine/failure.ts";
import { data } from "../../engine/operand.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { FEW_FILES } from "../causes.ts";
import { failed } from "../context.ts";
import type { FilePart } from "../starter.ts";
import { withFileSize } from "./file_size.ts";
import { DESCRIPTOR_BYTES } from "./stub.ts";

const SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

/** More than any launcher has. */
const MOST_BYTES = 1 << 30;

/** It takes a descriptor of this file, and one of the copy. */
export const NO_DESCRIPTOR: Hint = {
  ...FEW_FILES,
  why: "it runs from a copy of its launcher, for which this process may open too few files",
};

export const CANNOT_COPY: Failure = failed("cannot make a copy in memory", [NO_DESCRIPTOR, {
  errno: [EFBIG],
  why: "it runs from a copy of its launcher, and no file may become as large here",
  remedy: "start it where the hard limit is higher: ulimit -f unlimited",
}]);

/** Seals a file in memory. */
export function seal(s: Builder, file: Variable): void {
  s.call("fcntl", [file, F_ADD_SEALS, SEALS], "nobody can write to the copy", {
    fails: CANNOT_COPY,
  });
}

/** Creates a file in memory that can be executed, and gives its descriptor. */
function createInMemory(
  s: Builder,
  name: Value,
  fails: Outcome | Outcomes = CANNOT_COPY,
): Variable {
  const note = "those inside must not get at the file";
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  const file = s.variable("copy");
  s.block(({ leave }) => {
    const executable = s.call("memfd_create", [name, flags | MFD_EXEC], note, {
      result: "copy",
      fails() {
        const older = s.call("memfd_create", [name, flags], note, {
          result: "copy",
          fails,
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

/** Tells the copy what it is: it asks nobody. */
function mark(s: Builder, copy: Variable): void {
  const at = s.variable("where it says so", copiedInFile);
  s.call("pwrite64", [copy, Uint8Array.of(1), 1, at], "it is a copy", { fails: CANNOT_COPY });
}

/** Copies a file, and gives the copy's descriptor. */
export function copyFile(s: Builder, file: Variable, name: Value): Variable {
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
    mark(s, copy);
  });
  return copy;
}

/** Writes the stub, with the code, which is this image's too, and the descriptor of the file. */
function writeStub(s: Builder, copy: Variable, stub: Uint8Array, file: Variable): void {
  const { start, end } = CODE_IN_FILE;
  const descriptor = s.memory("descriptor", DESCRIPTOR_BYTES);
  s.store(descriptor, file);
  const parts: readonly (readonly [Value, number])[] = [
    [data(stub.subarray(0, start), "<headers>"), start],
    [ownCode, end - start],
    [data(stub.subarray(end), "<what maps the launcher>"), stub.length - DESCRIPTOR_BYTES - end],
    [descriptor, DESCRIPTOR_BYTES],
  ];
  for (const [from, bytes] of parts) {
    // Less than a page is written whole.
    s.call("write", [copy, from, bytes], "it maps the launcher", { fails: CANNOT_COPY });
  }
}

/**
 * Makes what maps a part of a file, and leaves that open for it; a copy of the part where those inside may
 * write to the file by its path, as the kernel would show them to who maps it. Gives its descriptor.
 */
export function makeStub(
  s: Builder,
  file: Variable,
  { part, stub }: { readonly part: FilePart; readonly stub: Uint8Array },
  { name, isChangeable }: { readonly name: Value; readonly isChangeable: When },
): Variable {
  const made = s.variable("copy");
  s.block(({ leave: end }) => {
    s.block(({ leave: copies }) => {
      s.if(isChangeable, copies);
      const copy = createInMemory(s, name, { EMFILE: copies, otherwise: CANNOT_COPY });
      withFileSize(s, stub.length, CANNOT_COPY, () => writeStub(s, copy, stub, file));
      s.call("fcntl", [file, F_SETFD, 0], "which stays open", { fails: CANNOT_COPY });
      made.set(copy);
      end();
    });
    made.set(copyPart(s, file, part, name));
  });
  return made;
}

/** Copies a part of a file, which is closed before: where only one descriptor may be open at a time. */
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
    mark(s, copy);
  });
  return copy;
}
