/** The target's security context. @see selinux(8) */
import { words } from "../../engine/failure.ts";
import { option } from "../option.ts";
import { AT_FDCWD, O_CLOEXEC, O_WRONLY } from "../../ffi/abi/fcntl.ts";
import { type Context, failed } from "../context.ts";
import { inodeOf } from "../proc/inode.ts";
import { refuse } from "../say.ts";
import { readTargetFile } from "./target_files.ts";

const CONTEXT_BYTES = 4096;

const EXEC = "/proc/self/attr/exec";

/** Runs in the target's SELinux context, if there is SELinux. */
export function followContext(context: Context, target: number | undefined): void {
  const { s } = context;
  s.block(({ leave }) => {
    inodeOf(s, "/sys/fs/selinux/enforce", "is SELinux at work?", { fails: leave });
    if (target === undefined) {
      refuse(context, words`no target PID specified for ${option("join.context")}`);
    } else s.block(() => setContext(context, target), { when: "if it is" });
  });
}

function setContext(context: Context, target: number): void {
  const { s } = context;
  const label = s.memory("context", CONTEXT_BYTES);
  const words = { into: label, room: CONTEXT_BYTES, when: "if it is" };
  const length = readTargetFile(context, target, "attr/current", words);
  const file = s.call(
    "openat",
    [AT_FDCWD, EXEC, O_WRONLY | O_CLOEXEC, 0],
    "the program's context",
    {
      result: "file",
      fails: failed(`cannot open ${EXEC}`),
    },
  );
  s.call("write", [file, label, length], "it is the target's", {
    fails: failed("failed to set exec context"),
  });
  s.call("close", [file], "the file is done", { fails: "ignored" });
}
