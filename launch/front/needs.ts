/**
 * What Deno needs of the process that it starts in. Where it is not there, Deno ends in a panic or a
 * crash of V8: so one line says what is missing before it starts. The numbers are what every version
 * since 2.4 needs at least, and of address space what versions before and since 2.7 need.
 */
import { AT_FDCWD, O_CLOEXEC, O_RDONLY, SEEK_END } from "../../ffi/abi/fcntl.ts";
import { PATH_MAX } from "../../ffi/abi/limits.ts";
import { PR_GET_MDWE, PR_MDWE_NO_INHERIT, PR_MDWE_REFUSE_EXEC_GAIN } from "../../ffi/abi/prctl.ts";
import { F_OK } from "../../ffi/abi/stat.ts";
import { RLIM_INFINITY, RLIMIT_AS, RLIMIT_DATA, RLIMIT_NOFILE } from "../../ffi/abi/resource.ts";
import type { Builder } from "../../engine/builder.ts";
import { type Behind, cannotStart } from "./loader.ts";

/** Limits: their number, what is needed, and what is said where there is less. */
const limits = (gibibytes: number) =>
  [
    // V8 reserves its cages of pointers, of which little is ever used.
    [RLIMIT_AS, gibibytes * 2 ** 30, `it needs ${gibibytes} GiB of address space (ulimit -v)`],
    [RLIMIT_DATA, 560 * 2 ** 20, "it needs 560 MiB of data (ulimit -d)"],
    [RLIMIT_NOFILE, 13, "it needs 13 open files (ulimit -n)"],
  ] as const;

/** Ends where Deno could not start. */
export function checkNeeds(s: Builder, { fileBytes }: Pick<Behind, "fileBytes">): void {
  const limit = s.memory("rlimit", 16);
  const isSince27 = fileBytes === undefined;
  for (const [resource, least, message] of limits(isSince27 ? 33 : 65)) {
    s.call("prlimit64", [0, resource, 0, limit], "is it enough for Deno?", {
      fails: () => s.store(limit, RLIM_INFINITY),
    });
    s.if(limit.word().isBelow(least), () => s.fail(cannotStart(message)));
  }
  const mdwe = s.call("prctl", [PR_GET_MDWE, 0, 0, 0, 0], "may V8 make code?", {
    result: "mdwe",
    // Kernels before 6.3 have none.
    fails: "ignored",
  });
  const refuses = PR_MDWE_REFUSE_EXEC_GAIN;
  s.if(mdwe.isOneOf(refuses, refuses | PR_MDWE_NO_INHERIT), () =>
    s.fail(
      cannotStart("V8 may not make memory executable (PR_SET_MDWE, MemoryDenyWriteExecute=)"),
    ));
  const path = s.memory("own path", PATH_MAX + 1);
  const length = s.call("readlinkat", [AT_FDCWD, "/proc/self/exe", path, PATH_MAX], "this file", {
    result: "length",
    fails: () => {
      s.call("faccessat", [AT_FDCWD, "/proc/version", F_OK], "is there a proc?", {
        fails: () => s.fail(cannotStart("/proc is not mounted")),
      });
      s.fail(cannotStart("/proc is of a PID namespace that this process is not in"));
    },
  });
  // What follows holds for runtimes before Deno 2.7.
  if (isSince27) return;
  s.store(path.plus(length), 0, { bytes: 1 });
  const file = s.call("openat", [AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0], "may it be read?", {
    result: "file",
    fails: {
      EACCES: () => s.fail(cannotStart("this user may not read its file, only execute it")),
      otherwise: () => s.fail(cannotStart("its file was deleted, or is not in this root")),
    },
  });
  const end = s.call("lseek", [file, 0, SEEK_END], "is it whole?", {
    result: "end",
    fails: "ignored",
  });
  s.if(
    end.isNot(fileBytes),
    () => s.fail(cannotStart("its file is not as it was built: strip(1) drops what Deno needs")),
  );
  s.call("close", [file], "it may be read", { fails: "ignored" });
  s.call("getcwd", [path, PATH_MAX], "is there a current folder?", {
    fails: {
      ENOENT: () => s.fail(cannotStart("the current folder was deleted")),
      otherwise: "ignored",
    },
  });
}
