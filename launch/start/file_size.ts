/** The limit of how large a file may become, which holds for files in memory, too. @see setrlimit(2) */
import { EFBIG } from "../../ffi/abi/errno.ts";
import { RLIM_INFINITY, RLIMIT_FSIZE } from "../../ffi/abi/resource.ts";
import type { Builder } from "../../engine/builder.ts";
import type { Failure } from "../../engine/failure.ts";
import { layout, struct } from "../../engine/struct.ts";
import type { Value } from "../../engine/value.ts";

/** struct rlimit64 */
const RLIMIT = layout(16, { soft: [0, 8], hard: [8, 8] });

/** Runs a block where no file of this process's own may become so large. */
export function ifTooLarge(s: Builder, bytes: number, block: () => void): void {
  const limit = limitNow(s);
  s.if(limit.get("hard").isBelow(bytes), block, { when: "if files may not become as large" });
}

function limitNow(s: Builder) {
  const limit = struct(s, "file size limit", RLIMIT, { soft: RLIM_INFINITY, hard: RLIM_INFINITY });
  s.call("prlimit64", [0, RLIMIT_FSIZE, 0, limit.at], "how large may a file become?", {
    fails: "ignored",
  });
  return limit;
}

/**
 * Writes a file of this process's own whatever the soft limit is, which is as it was after that. Nobody
 * gets SIGXFSZ, which ends a process without a word.
 *
 * @param bytes How large the file becomes.
 * @param tooLarge What is said where the hard limit is lower, and this process may not lift it.
 * @param tooLow A block instead of lifting the soft limit, which leaves.
 */
export function withFileSize(
  s: Builder,
  { bytes, tooLarge, tooLow }: {
    readonly bytes: Value;
    readonly tooLarge: Failure;
    readonly tooLow?: (() => void) | undefined;
  },
  write: () => void,
): void {
  const limit = limitNow(s);
  const isLifted = s.variable("is lifted", 0);
  const when = "if files may not become as large";
  s.if(limit.get("soft").isBelow(bytes), () => {
    if (tooLow) return tooLow();
    const most = s.variable("most bytes", limit.get("hard"));
    s.if(most.isBelow(bytes), () => most.set(bytes));
    const lifted = struct(s, "lifted limit", RLIMIT, { soft: most, hard: most });
    // Only CAP_SYS_RESOURCE lifts a hard limit. Without it nothing makes a file larger: not ftruncate(2),
    // fallocate(2), splice(2) nor a shared mapping.
    s.call("prlimit64", [0, RLIMIT_FSIZE, lifted.at, 0], "lift it for the copy", {
      fails: () => s.fail(tooLarge, EFBIG),
    });
    isLifted.set(1);
  }, { when });
  write();
  s.if(isLifted.is(1), () => {
    s.call("prlimit64", [0, RLIMIT_FSIZE, limit.at, 0], "the program's is as it was", {
      fails: "ignored",
    });
  }, { when });
}
