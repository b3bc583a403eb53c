/**
 * Going on from a sealed file in memory: a copy of the launcher's file, or if it is a part of a large file what
 * maps that part (stub.ts).
 */
import { starts } from "../../engine/looks.ts";
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { EACCES } from "../../ffi/abi/errno.ts";
import { PATH_MAX } from "../../ffi/abi/limits.ts";
import type { Builder } from "../../engine/builder.ts";
import type { CallError, Outcome } from "../../engine/builder/calls.ts";
import type { When } from "../../engine/condition.ts";
import { type Failure, words } from "../../engine/failure.ts";
import type { Value } from "../../engine/value.ts";
import { NO_PROC } from "../causes.ts";
import { failed } from "../context.ts";
import { inheritedEnviron } from "../program/environment.ts";
import { executeOpen } from "../program/execute.ts";
import type { Starter } from "../starter.ts";
import { ifTooLarge } from "./file_size.ts";
import {
  CANNOT_COPY,
  copyFile,
  copyPart,
  makeStub,
  NO_DESCRIPTOR,
  type Opened,
  type Refused,
  seal,
} from "./in_memory.ts";
import { goOnReadOnly } from "./read_only.ts";

export const SELF = "/proc/self/exe";

/** No copy is larger. */
const MOST_COPIED = 1 << 20;

const CANNOT_RUN = failed("cannot run a copy in memory", [{
  look: [starts("/proc/sys/vm/memfd_noexec", "2")],
  why: "programs in memory alone are forbidden here: vm.memfd_noexec is 2",
  remedy: "sysctl vm.memfd_noexec=1",
}]);

/** What comes of failures. */
export interface NotSealed extends Refused {
  readonly open: Outcome;
  readonly run: Failure | ((error: CallError) => void);
  /** A block where there is no descriptor for both files: else the launcher is copied, for which one is enough. */
  readonly tooFew?: () => void;
}

/** Each is said. */
const saidOf = (s: Builder): NotSealed => ({
  open(error) {
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
  copy: CANNOT_COPY,
  run: CANNOT_RUN,
});

/**
 * Goes on from there. The words are read again.
 *
 * @param name What it is called.
 * @param isChangeable Whether those inside may write to the launcher's file: it must be a copy then, or a mount.
 * @param opened The variables of what is open, for who comes back where that fails.
 */
export function goOnSealed(
  s: Builder,
  { part, stub }: Pick<Starter, "part" | "stub">,
  name: Value,
  isChangeable: When,
  refused: NotSealed = saidOf(s),
  opened: Opened = { self: s.variable("self"), copy: s.variable("copy") },
): void {
  const { self, copy } = opened;
  s.call("openat", [AT_FDCWD, SELF, O_RDONLY | O_CLOEXEC, 0], "the file of this launcher", {
    result: self,
    fails: refused.open,
  });
  const argv = s.variable("argv", s.stack.plus(8), "<argv>");
  const given = [argv, inheritedEnviron(s)] as const;
  s.if(isChangeable, () => ifTooLarge(s, MOST_COPIED, () => goOnReadOnly(s, self, given)));
  const { tooFew } = refused;
  if (!part || !stub) copyFile(s, opened, name, refused);
  else if (tooFew) makeStub(s, opened, { stub, name }, refused, tooFew);
  else {
    s.block(({ leave: done }) => {
      s.block(({ leave: copies }) => {
        s.if(isChangeable, copies);
        makeStub(s, opened, { stub, name }, refused, copies);
        done();
      });
      copyPart(s, opened, { part, name }, CANNOT_COPY);
    });
  }
  seal(s, copy, refused);
  executeOpen(s, copy, given, "go on as the copy", refused.run);
}
