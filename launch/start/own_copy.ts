/**
 * A launcher in a file that is run where it may be hostile runs from a sealed file in memory instead: a
 * copy of itself, or if it is a part of a large file from what maps that part (stub.ts).
 */
import { starts } from "../../engine/looks.ts";
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { EACCES } from "../../ffi/abi/errno.ts";
import { PATH_MAX } from "../../ffi/abi/limits.ts";
import { W_OK } from "../../ffi/abi/stat.ts";
import { STATX_UID } from "../../ffi/abi/statx.ts";
import { words } from "../../engine/failure.ts";
import { all, any, type When } from "../../engine/condition.ts";
import { struct } from "../../engine/struct.ts";
import type { Variable } from "../../engine/value.ts";
import { isSeenInside } from "../join/asked.ts";
import { NO_PROC } from "../causes.ts";
import { failed, type Start } from "../context.ts";
import { STATX } from "../structs.ts";
import { inheritedEnviron } from "../program/environment.ts";
import { executeOpen } from "../program/execute.ts";
import { ifTooLarge } from "./file_size.ts";
import { copyFile, makeStub, NO_DESCRIPTOR, seal } from "./in_memory.ts";
import { goOnReadOnly } from "./read_only.ts";

/** No copy is larger. */
const MOST_COPIED = 1 << 20;

const SELF = "/proc/self/exe";

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
 * @param wantsUser As of isRootless().
 * @returns Whether it is such a copy now.
 */
export function becomeCopy(start: Start, wantsUser: When): When {
  const { s, starter } = start;
  // What is explained is what the copy does: of a binary's front that there is one is to be found out, too.
  const { isFile = false, behind } = starter;
  const isSeen = isSeenInside(start);
  if (!isFile && !behind) return isSeen;
  const isInside = hasForeignRoot(start, wantsUser);
  if (isSeen === true || isInside === false) {
    if (isFile) s.if(all(isSeen, s.copied.is(0)), () => becomeSealed(start));
    return isSeen;
  }
  const copies = s.variable("is of use to others", s.copied);
  s.if(copies.is(0), () => {
    const isChangeable = s.variable("may be changed", 0);
    s.if(isSeen, () => copies.set(1), {
      otherwise: () =>
        s.if(isInside, () => {
          findWhetherChanged(start, isChangeable);
          copies.set(isChangeable);
        }),
    });
    if (isFile) s.if(copies.is(1), () => becomeSealed(start, isChangeable.is(1)));
  });
  return copies.is(1);
}

/**
 * Whether the program has another root, and cannot do all that the caller can. Only then are there files
 * that it may not change. Of a user namespace that is only tried the copy finds out whether there can be one.
 */
const hasForeignRoot = ({ spec, request }: Start, wantsUser: When): When =>
  all(
    request.isGiven(spec.newRoot),
    any(
      request.includes(spec.namespaces, "user"),
      request.includes(spec.tryNamespaces ?? [], "user"),
      wantsUser,
      request.isGiven(spec.capabilities),
    ),
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

/** @param isChangeable Whether those inside may write to the launcher's file: it must be a copy then, or a mount. */
function becomeSealed(
  { s, spec, request, starter: { part, stub } }: Start,
  isChangeable: When = false,
): void {
  // The numbers that words were read from are free, and must be theirs again before others take them.
  request.renew?.();
  const args = [AT_FDCWD, SELF, O_RDONLY | O_CLOEXEC, 0];
  const self = s.call("openat", args, "the file of this launcher", {
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
  });
  const argv = s.variable("argv", s.stack.plus(8), "<argv>");
  s.if(
    isChangeable,
    () =>
      ifTooLarge(
        s,
        MOST_COPIED,
        () => goOnReadOnly(s, self, [argv, inheritedEnviron(s)]),
      ),
  );
  const name = request.command ?? spec.name;
  const copy = part && stub
    ? makeStub(s, self, { part, stub }, { name, isChangeable })
    : copyFile(s, self, name);
  seal(s, copy);
  executeOpen(s, copy, [argv, inheritedEnviron(s)], "go on as the copy", CANNOT_RUN);
}
