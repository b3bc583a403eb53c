/** Probes of how launchers are executed: in memory, or as files without a name. */
import { EINVAL } from "../../ffi/abi/errno.ts";
import {
  AT_FDCWD,
  MFD_CLOEXEC,
  MFD_EXEC,
  O_CLOEXEC,
  O_RDONLY,
  O_RDWR,
  O_TMPFILE,
} from "../../ffi/abi/fcntl.ts";
import type { Arch } from "../../ffi/machine/machine.ts";
import { imageOf } from "../image.ts";
import { data, ERROR, type Operand, Sequence, slot, vector } from "../plan.ts";
import { failed } from "../steps/context.ts";
import { executeOpen } from "../steps/execute.ts";
import { textAround } from "../text_around.ts";
import { MEMFD_HINTS, UNNAMED_HINTS } from "./hints.ts";
import type { Last } from "./steps.ts";

/** An image that does nothing but exit, and its length. */
function nothing(arch: Arch): [Operand, number] {
  const s = new Sequence("main");
  s.call("exit_group", [0], "exit: it was executed");
  const image = imageOf(s.plan("nido"), arch);
  return [data(image, "an image that exits"), image.length];
}

/** The image of a program in memory alone. @see memfd_create(2) */
export function executeInMemory(arch: Arch): Last {
  return ({ s }) => {
    const [image, length] = nothing(arch);
    const [older, made] = [s.unique("older"), s.unique("made")];
    const failure = failed("memfd_create failed", MEMFD_HINTS);
    const note = "a file in memory that may be executed";
    s.call("memfd_create", ["nido", MFD_CLOEXEC | MFD_EXEC], note, {
      result: "image",
      orElse: older,
      failure,
    });
    s.jump(made);
    s.label(older);
    // Kernels before 6.3 do not know MFD_EXEC.
    s.test("ifNot", [slot(ERROR), -EINVAL], "fail");
    s.call("memfd_create", ["nido", MFD_CLOEXEC], note, { result: "image", failure });
    s.label(made);
    s.call("write", [slot("image"), image, length], "a program", {
      failure: failed("cannot write to the file in memory"),
    });
    executeOpen(s, "image", [vector(["nido"]), 0], "execute it", {
      failure: failed("cannot execute the file in memory", MEMFD_HINTS),
    });
  };
}

/** The image in a file that never had a name, in the first folder that allows it. */
export function executeUnnamed(arch: Arch, folders: readonly string[]): Last {
  return ({ s }) => {
    const [image, length] = nothing(arch);
    for (const folder of folders) {
      const next = s.unique("next");
      s.call("openat", [AT_FDCWD, folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0o700], "a file", {
        result: "file",
        orElse: next,
        failure: failed("cannot execute an unnamed file", UNNAMED_HINTS),
      });
      s.call("write", [slot("file"), image, length], "a program");
      // What is open for writing cannot be run.
      const path = textAround(s, "/proc/self/fd/", "file", "");
      s.call("openat", [AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0], "open it for reading", {
        result: "image",
      });
      s.call("close", [slot("file")], "nobody writes to it any more");
      executeOpen(s, "image", [vector(["nido"]), 0], "execute it", {
        orElse: next,
        failure: failed("cannot execute an unnamed file", UNNAMED_HINTS),
      });
      s.label(next);
    }
    s.jump("fail");
  };
}
