/** The target's security context. @see selinux(8) */
import { words } from "../../engine/failure.ts";
import { option } from "../option.ts";
import { AT_FDCWD, O_CLOEXEC, O_WRONLY } from "../../ffi/abi/fcntl.ts";
import { failed } from "../context.ts";
import type { Joining } from "./joining.ts";
import { inodeAt } from "../proc/inode.ts";
import { refuse } from "../say.ts";
import { readTargetFile } from "./target_files.ts";

const CONTEXT_BYTES = 4096;

const EXEC = "/proc/self/attr/exec";

/** Runs in the target's SELinux context, if there is SELinux. */
export function followContext(joining: Joining): void {
  const { s, target } = joining;
  s.block(({ leave }) => {
    inodeAt(s, "/sys/fs/selinux/enforce", "is SELinux at work?", { fails: leave });
    s.if(
      target.isGiven,
      () => s.block(() => setContext(joining), { when: "if it is" }),
      {
        otherwise() {
          refuse(joining, words`no target PID specified for ${option("join.context")}`);
        },
      },
    );
  });
}

function setContext(joining: Joining): void {
  const { s } = joining;
  const label = s.memory("context", CONTEXT_BYTES);
  const words = { into: label, room: CONTEXT_BYTES, when: "if it is" };
  const length = readTargetFile(joining, "attr/current", words);
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
