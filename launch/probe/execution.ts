/** Probes of how launchers are executed: in memory, or as files without a name. */
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
import { imageOf } from "../../engine/image.ts";
import { textAround } from "../../engine/text.ts";
import { Builder } from "../../engine/builder.ts";
import { data, type Operand, vector } from "../../engine/operand.ts";
import { failed } from "../context.ts";
import { executeOpen } from "../program/execute.ts";
import { MEMFD_HINTS, UNNAMED_HINTS } from "./hints.ts";
import type { LastSteps } from "./steps.ts";

/** An image that only exits, and its length. */
function nothing(arch: Arch): [Operand, number] {
  const s = new Builder("main");
  s.exit(0, "exit: it was executed");
  const image = imageOf(s.plan("nido"), arch);
  return [data(image, "an image that exits"), image.length];
}

/** The image of a program in memory alone. @see memfd_create(2) */
export function executeInMemory(arch: Arch): LastSteps {
  return ({ s }) => {
    const [image, length] = nothing(arch);
    const fails = failed("memfd_create failed", MEMFD_HINTS);
    const note = "a file in memory that may be executed";
    const file = s.variable("image");
    s.block(({ leave }) => {
      const made = s.call("memfd_create", ["nido", MFD_CLOEXEC | MFD_EXEC], note, {
        result: "image",
        fails: {
          // Kernels before 6.3 do not know MFD_EXEC.
          EINVAL() {
            const args = ["nido", MFD_CLOEXEC];
            file.set(s.call("memfd_create", args, note, { result: "image", fails }));
            leave();
          },
          otherwise: fails,
        },
      });
      file.set(made);
    });
    s.call("write", [file, image, length], "a program", {
      fails: failed("cannot write to the file in memory"),
    });
    const refused = failed("cannot execute the file in memory", MEMFD_HINTS);
    executeOpen(s, file, [vector(["nido"]), 0], "execute it", refused);
  };
}

/** The image in a file that never had a name, in the first folder that allows it. */
export function executeUnnamed(arch: Arch, folders: readonly string[]): LastSteps {
  return ({ s }) => {
    const [image, length] = nothing(arch);
    folders.forEach((folder, i) => {
      s.block(({ leave }) => {
        const isLast = i === folders.length - 1;
        const fails = isLast ? failed("cannot execute an unnamed file", UNNAMED_HINTS) : leave;
        const args = [AT_FDCWD, folder, O_TMPFILE[arch] | O_RDWR | O_CLOEXEC, 0o700];
        const file = s.call("openat", args, "a file", { result: "file", fails });
        s.call("write", [file, image, length], "a program", { fails: "ignored" });
        // A file that is open for writing cannot be executed.
        const path = textAround(s, "/proc/self/fd/", file, "");
        const again = [AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0];
        const program = s.call("openat", again, "open it for reading", {
          result: "image",
          fails: "ignored",
        });
        s.call("close", [file], "nobody writes to it any more", { fails: "ignored" });
        executeOpen(s, program, [vector(["nido"]), 0], "execute it", fails);
      });
    });
  };
}
