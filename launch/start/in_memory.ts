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
import { copiedInFile, COPY } from "../../engine/constants.ts";
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

/** The launcher's file, and what is gone on from. */
export interface Opened {
  readonly self: Variable;
  readonly copy: Variable;
}

/** What comes of failures. */
export interface Refused {
  readonly copy: Outcome;
  /** As of withFileSize(). */
  readonly tooLow?: () => void;
}

/** Seals a file in memory. */
export function seal(s: Builder, file: Variable, { copy: fails }: Refused): void {
  s.call("fcntl", [file, F_ADD_SEALS, SEALS], "nobody can write to the copy", { fails });
}

/** Creates a file in memory that can be executed. */
function createInMemory(s: Builder, copy: Variable, name: Value, fails: Outcome | Outcomes): void {
  const note = "those inside must not get at the file";
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  s.call("memfd_create", [name, flags | MFD_EXEC], note, {
    result: copy,
    fails() {
      s.call("memfd_create", [name, flags], note, {
        result: copy,
        fails,
        when: "if Linux is older than 6.3",
      });
    },
  });
}

/** Tells the copy what it is: it asks nobody. */
function mark(s: Builder, copy: Variable, fails: Outcome): void {
  const at = s.variable("where it says so", copiedInFile);
  s.call("pwrite64", [copy, Uint8Array.of(COPY), 1, at], "it is a copy", { fails });
}

/** Copies a file. */
export function copyFile(
  s: Builder,
  { self, copy }: Opened,
  name: Value,
  { copy: fails, tooLow }: Refused,
): void {
  createInMemory(s, copy, name, fails);
  const bytes = s.call("lseek", [self, 0, SEEK_END], "how large it is", {
    result: "bytes",
    fails,
  });
  s.call("lseek", [self, 0, SEEK_SET], "from its start", { fails });
  withFileSize(s, { bytes, tooLarge: CANNOT_COPY, tooLow }, () => {
    s.loop(({ leave }) => {
      const copied = s.call("sendfile", [copy, self, 0, MOST_BYTES], "copy it", {
        result: "copied",
        fails,
      });
      s.if(copied.is(0), leave);
    });
    mark(s, copy, fails);
  });
}

/** Writes the stub, with the descriptor of the file at its end. */
function writeStub(s: Builder, { self, copy }: Opened, stub: Uint8Array, fails: Outcome): void {
  const descriptor = s.memory("descriptor", DESCRIPTOR_BYTES);
  s.store(descriptor, self);
  const known = stub.subarray(0, -DESCRIPTOR_BYTES);
  // Less than a page is written whole.
  const [what, where] = ["what maps the launcher", "where that is"];
  s.call("write", [copy, data(known, `<${what}>`), known.length], what, { fails });
  s.call("write", [copy, descriptor, DESCRIPTOR_BYTES], where, { fails });
}

/**
 * Makes what maps a part of a file, and leaves that open for it.
 *
 * @param copies What is done instead where there is no descriptor for both.
 */
export function makeStub(
  s: Builder,
  opened: Opened,
  { stub, name }: { readonly stub: Uint8Array; readonly name: Value },
  { copy: fails, tooLow }: Refused,
  copies: () => void,
): void {
  const { self, copy } = opened;
  createInMemory(s, copy, name, { EMFILE: copies, otherwise: fails });
  withFileSize(s, { bytes: stub.length, tooLarge: CANNOT_COPY, tooLow }, () => {
    writeStub(s, opened, stub, fails);
  });
  s.call("fcntl", [self, F_SETFD, 0], "which stays open", { fails });
}

/** Copies a part of a file, which is closed before: where only one descriptor may be open at a time. */
export function copyPart(
  s: Builder,
  { self, copy }: Opened,
  { part: { offset, bytes }, name }: { readonly part: FilePart; readonly name: Value },
  fails: Failure,
): void {
  const args = [0, bytes, PROT_READ, MAP_PRIVATE | MAP_POPULATE, self, offset];
  const start = s.call("mmap", args, "the launcher's part of it", { result: "part", fails });
  s.call("close", [self], "that is mapped", { fails: "ignored" });
  createInMemory(s, copy, name, fails);
  const at = s.variable("at", start);
  const rest = s.variable("bytes to copy", bytes);
  withFileSize(s, { bytes, tooLarge: fails }, () => {
    // A signal may have less copied.
    s.while(rest.isNot(0), () => {
      const copied = s.call("write", [copy, at, rest], "copy it", { result: "copied", fails });
      s.if(copied.is(0), () => s.fail(fails));
      at.advance(copied);
      rest.set(rest.minus(copied));
    });
    mark(s, copy, fails);
  });
}
