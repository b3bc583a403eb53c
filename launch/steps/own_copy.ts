/** A launcher in a file that joins what may be hostile runs from a sealed copy of itself instead. */
import {
  AT_FDCWD,
  F_ADD_SEALS,
  F_GET_SEALS,
  F_SEAL_GROW,
  F_SEAL_SEAL,
  F_SEAL_SHRINK,
  F_SEAL_WRITE,
  MFD_ALLOW_SEALING,
  MFD_CLOEXEC,
  MFD_EXEC,
  O_CLOEXEC,
  O_RDONLY,
} from "../../ffi/abi/fcntl.ts";
import { NO_PROC } from "../hints/causes.ts";
import { slot, STACK } from "../plan.ts";
import { type Context, failed } from "./context.ts";
import { inheritedEnvironment } from "./environment.ts";
import { executeOpen } from "./execute.ts";

const SELF = "/proc/self/exe";
const SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
/** More than any launcher has. */
const MOST_BYTES = 1 << 30;

/**
 * Whoever is inside can make `#!/proc/self/exe` the program: the launcher itself is then run in
 * there, where its file can be opened through /proc/PID/exe, and be written to as soon as nobody runs
 * it (CVE-2019-5736 of runc). A copy in memory that is sealed is of no use to them.
 */
export function becomeCopy({ s, spec, origin }: Context): void {
  if (origin.isKnown || !spec.join) return;
  const [copy, made, more, safe] = ["copy", "made", "more", "safe"].map((name) => s.unique(name));
  s.call("openat", [AT_FDCWD, SELF, O_RDONLY | O_CLOEXEC, 0], "the file of this launcher", {
    result: "self",
    failure: failed(`cannot open ${SELF}`, NO_PROC),
  });
  s.call("fcntl", [slot("self"), F_GET_SEALS], "is it a sealed copy already?", {
    result: "seals",
    orElse: copy!,
  });
  s.compute("seals", "and", slot("seals"), F_SEAL_WRITE);
  s.test("ifNot", [slot("seals"), 0], safe!);
  s.label(copy!);
  const when = "if it is not";
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  const failure = failed("cannot make a copy in memory");
  s.call("memfd_create", [spec.name, flags | MFD_EXEC], "those inside must not get at the file", {
    result: "copy",
    orElse: made!,
    when,
  });
  s.jump(more!);
  s.label(made!);
  s.call("memfd_create", [spec.name, flags], "those inside must not get at the file", {
    result: "copy",
    failure,
    when: "if Linux is older than 6.3",
  });
  s.label(more!);
  s.call("sendfile", [slot("copy"), slot("self"), 0, MOST_BYTES], "copy it", {
    result: "copied",
    failure,
    when,
  });
  s.test("ifNot", [slot("copied"), 0], more!);
  s.call("fcntl", [slot("copy"), F_ADD_SEALS, SEALS], "nobody can write to the copy", {
    failure,
    when,
  });
  inheritedEnvironment(s);
  s.compute("own argv", "add", slot(STACK), 8);
  const [argv, environ] = [slot("own argv", "<argv>"), slot("environ", "<environ>")];
  executeOpen(s, "copy", [argv, environ], "go on as the copy", {
    failure: failed("cannot run a copy in memory", [{
      look: [{ path: "/proc/sys/vm/memfd_noexec", test: "starts", text: "2" }],
      why: "programs in memory alone are forbidden here: vm.memfd_noexec is 2",
      remedy: "sysctl vm.memfd_noexec=1",
    }]),
    when,
  });
  s.label(safe!);
  s.call("close", [slot("self")], "it is a sealed copy");
}
