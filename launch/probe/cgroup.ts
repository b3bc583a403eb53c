/** The probe of delegation: whether cgroups can be made below one's own. @see cgroups(7) */
import { AT_FDCWD, AT_REMOVEDIR, O_CLOEXEC, O_WRONLY } from "../../ffi/abi/fcntl.ts";
import { __WALL } from "../../ffi/abi/wait.ts";
import { address, slot } from "../plan.ts";
import { EXIT_FAILURE, failed } from "../steps/context.ts";
import { forkQuietly } from "../steps/process.ts";
import { cgroupHints } from "./hints.ts";
import { type Last, succeed } from "./steps.ts";

/** Makes a cgroup, moves a child into it, and removes it again. */
export function delegate(parentFolder: string, folder: string): Last {
  return (context) => {
    const { s } = context;
    const hints = cgroupHints(parentFolder);
    const [child, parent, refused] = [s.unique("child"), s.unique("parent"), s.unique("refused")];
    s.call("mkdirat", [AT_FDCWD, folder, 0o755], "a cgroup below the caller's", {
      failure: failed(`cannot create a cgroup in ${parentFolder}`, hints),
    });
    forkQuietly(s, "child", child, "a process to move into it");
    s.jump(parent);

    s.process = "child";
    s.label(child);
    const move = { failure: failed(`cannot move a process into a cgroup below it`, hints) };
    const procs = `${folder}/cgroup.procs`;
    s.call("openat", [AT_FDCWD, procs, O_WRONLY | O_CLOEXEC, 0], "the processes of the cgroup", {
      result: "processes",
      ...move,
    });
    s.call("write", [slot("processes"), "0", 1], "move into it", move);
    s.call("exit_group", [0], "exit: it is empty again");

    s.process = "main";
    s.label(parent);
    s.compute("status", "set", 0);
    s.call("wait4", [slot("child"), address("status"), __WALL, 0], "the child is gone");
    s.call("unlinkat", [AT_FDCWD, folder, AT_REMOVEDIR], "remove the cgroup", {
      failure: failed(`cannot remove the cgroup ${folder}`, hints),
    });
    s.test("ifNot", [slot("status"), 0], refused);
    succeed(context);
    s.label(refused);
    s.call("exit_group", [EXIT_FAILURE], "exit: the child has said why", { when: "if it failed" });
  };
}
