/** Programs that are open, and may have no name. @see execveat(2) */
import { AT_EMPTY_PATH } from "../../ffi/abi/fcntl.ts";
import type { Builder } from "../../engine/builder.ts";
import type { CallError } from "../../engine/builder/calls.ts";
import { textAround } from "../../engine/text.ts";
import type { Value, Variable } from "../../engine/value.ts";
import type { Failure } from "../../engine/failure.ts";

/**
 * Executes the program that a descriptor is of. Filters refuse execveat(2), as the kernel never does,
 * with EPERM or ENOSYS: then it is executed by a path of /proc.
 *
 * @param fails What it means if it cannot be executed: it is said, or a block is run that leaves.
 */
export function executeOpen(
  s: Builder,
  fd: Variable,
  [argv, environ]: readonly [Value, Value],
  note: string,
  fails: Failure | ((error: CallError) => void),
): void {
  s.call("execveat", [fd, "", argv, environ, AT_EMPTY_PATH], note, {
    fails(error) {
      s.if(error.is("EPERM", "ENOSYS").not(), () => {
        if (typeof fails === "function") fails(error);
        else error.fail(fails);
      });
      const path = textAround(s, "/proc/self/fd/", fd, "");
      s.call("execve", [path, argv, environ], `${note}, by a path`, {
        fails,
        when: "if a filter refuses execveat(2)",
      });
    },
  });
}
