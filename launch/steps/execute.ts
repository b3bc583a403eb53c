/** Programs that are open, and may have no name. @see execveat(2) */
import { ENOSYS, EPERM } from "../../ffi/abi/errno.ts";
import { AT_EMPTY_PATH } from "../../ffi/abi/fcntl.ts";
import { type CallOptions, ERROR, type Failure, type Sequence, type Short, slot } from "../plan.ts";
import { textAround } from "../text_around.ts";

/**
 * Executes the program whose descriptor is in a slot. Filters refuse execveat(2), as the kernel never
 * does, with EPERM or ENOSYS: then it is executed by a path of /proc.
 */
export function executeOpen(
  s: Sequence,
  fd: string,
  [argv, environ]: readonly [Short, Short],
  note: string,
  options: CallOptions & { readonly failure: Failure },
): void {
  const [refused, byPath] = [s.unique("refused"), s.unique("by a path")];
  s.call("execveat", [slot(fd), "", argv, environ, AT_EMPTY_PATH], note, {
    ...options,
    orElse: refused,
  });
  s.label(refused);
  s.test("ifEqual", [slot(ERROR), -EPERM], byPath);
  s.test("ifNot", [slot(ERROR), -ENOSYS], options.orElse ?? "fail");
  s.label(byPath);
  s.call("execve", [textAround(s, "/proc/self/fd/", fd, ""), argv, environ], `${note}, by a path`, {
    ...options,
    when: "if a filter refuses execveat(2)",
  });
}
