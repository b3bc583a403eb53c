/** The probe of delegation: whether cgroups can be made below one's own. @see cgroups(7) */
import { AT_FDCWD, AT_REMOVEDIR, O_CLOEXEC, O_WRONLY } from "../../ffi/abi/fcntl.ts";
import { __WALL } from "../../ffi/abi/wait.ts";
import { EXIT_FAILURE, failed } from "../context.ts";
import { startHelper, STATUS_BYTES } from "../wait/process.ts";
import { cgroupHints } from "./hints.ts";
import { type LastSteps, succeed } from "./steps.ts";

/** Makes a cgroup, moves a child into it, and removes it again. */
export function delegate(parentFolder: string, folder: string): LastSteps {
  return (context) => {
    const { s } = context;
    const hints = cgroupHints(parentFolder);
    s.call("mkdirat", [AT_FDCWD, folder, 0o755], "a cgroup below the caller's", {
      fails: failed(`cannot create a cgroup in ${parentFolder}`, hints),
    });
    const child = startHelper(s, "child", "a process to move into it", () => {
      const fails = failed(`cannot move a process into a cgroup below it`, hints);
      const args = [AT_FDCWD, `${folder}/cgroup.procs`, O_WRONLY | O_CLOEXEC, 0];
      const processes = s.call("openat", args, "the processes of the cgroup", {
        result: "processes",
        fails,
      });
      s.call("write", [processes, "0", 1], "move into it", { fails });
      s.exit(0, "exit: it is empty again");
    });
    const status = s.memory("status", STATUS_BYTES);
    s.call("wait4", [child, status, __WALL, 0], "the child is gone", { fails: "ignored" });
    s.call("unlinkat", [AT_FDCWD, folder, AT_REMOVEDIR], "remove the cgroup", {
      fails: failed(`cannot remove the cgroup ${folder}`, hints),
    });
    s.if(status.half().isNot(0), () => s.exit(EXIT_FAILURE, "exit: the child has said why"), {
      when: "if it failed",
    });
    succeed(context);
  };
}
