/**
 * A launcher in a file that is run where it may be hostile runs from a sealed file in memory instead: see
 * sealed.ts.
 */
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { W_OK } from "../../ffi/abi/stat.ts";
import { STATX_UID } from "../../ffi/abi/statx.ts";
import { copiedFile, COPY } from "../../engine/constants.ts";
import { all, any, type When } from "../../engine/condition.ts";
import type { Builder } from "../../engine/builder.ts";
import { scratch } from "../../engine/struct.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { isSeenInside } from "../join/asked.ts";
import type { Start } from "../context.ts";
import type { Starter } from "../starter.ts";
import { STATX } from "../structs.ts";
import { goOnSealed, SELF } from "./sealed.ts";

/** No descriptor. */
const NONE = -1;

/**
 * Becomes the copy before all words are read, where one of them says that it will be needed: those read so
 * far are read again. What fails is said where the copy is needed.
 *
 * @param name What it is called.
 */
export function becomeCopyEarly(s: Builder, starter: Starter, name: Value): void {
  s.if(s.copied.is(0), () => {
    const opened = { self: s.variable("self", NONE), copy: s.variable("copy", NONE) };
    s.block(({ leave }) => {
      const refused = { open: leave, copy: leave, run: leave, tooFew: leave, tooLow: leave };
      goOnSealed(s, starter, name, false, refused, opened);
    });
    for (const file of Object.values(opened)) {
      s.call("close", [file], "it is not gone on with", { fails: "ignored" });
    }
  });
}

/** Lets go of what could be gone on with instead: words make a launch. */
export function letGoOfFile(s: Builder): void {
  s.if(s.copied.isAtLeast(COPY + 1), () => {
    s.call("close", [copiedFile(s)], "the launcher is mapped", { fails: "ignored" });
    s.copied.set(COPY);
  });
}

/**
 * Whoever is inside can make `#!/proc/self/exe` the program: the launcher itself is then run in
 * there, where its file can be opened through /proc/PID/exe, and be written to as soon as nobody runs
 * it (CVE-2019-5736 of runc). A copy in memory that is sealed is of no use to them.
 *
 * @param wantsUser As of isRootless().
 * @returns Whether it is such a copy now.
 */
export function becomeCopy(start: Start, wantsUser: When): When {
  const { s, spec, request, starter } = start;
  // What is explained is what the copy does: of a binary's front that there is one is to be found out, too.
  const { isFile = false, behind } = starter;
  const isSeen = isSeenInside(start);
  if (!isFile && !behind) return isSeen;
  const isInside = hasForeignRoot(start, wantsUser);
  const goOn = (isChangeable: When): void => {
    // The numbers that words were read from are free, and must be theirs again before others take them.
    request.renew?.();
    goOnSealed(s, starter, request.command ?? spec.name, isChangeable);
  };
  if (isSeen === true || isInside === false) {
    if (isFile) s.if(all(isSeen, s.copied.is(0)), () => goOn(false));
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
    if (isFile) s.if(copies.is(1), () => goOn(isChangeable.is(1)));
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
        const file = scratch(s, "statx", STATX);
        const args = [AT_FDCWD, SELF, 0, STATX_UID, file.at];
        s.call("statx", args, "is it its own?", { fails: leave });
        const uid = s.call("geteuid", [], "is it its own?", { result: "uid", fails: "ignored" });
        s.if(uid.isNot(file.get("uid")), leave);
      },
    });
    copies.set(1);
  });
}
