/** Probes of what concerns two processes: entering a namespace, and moving into a cgroup. */
import { AT_FDCWD, AT_REMOVEDIR, O_CLOEXEC, O_RDONLY, O_WRONLY } from "../../ffi/abi/fcntl.ts";
import { NAMESPACE_FLAGS } from "../../ffi/abi/namespaces.ts";
import { __WALL } from "../../ffi/abi/wait.ts";
import { unshareHints } from "../hints.ts";
import { address, slot } from "../plan.ts";
import { EXIT_FAILURE, failed } from "../steps/context.ts";
import { awaitGate, forkQuietly, makeGate, openGate } from "../steps/process.ts";
import { textAround } from "../text_around.ts";
import { cgroupHints, ENTER_HINTS } from "./hints.ts";
import { type Last, succeed } from "./steps.ts";

/** Joins the user and UTS namespaces that a child has created. */
export const enter: Last = (context) => {
  const { s, caller } = context;
  const types = ["user", "uts"] as const;
  const [child, parent] = [s.unique("child"), s.unique("parent")];
  const [ready, done] = [makeGate(s, "ready"), makeGate(s, "done")];
  forkQuietly(s, "child", child, "a process with namespaces to enter");
  s.jump(parent);

  s.process = "child";
  s.label(child);
  s.call("unshare", [NAMESPACE_FLAGS.user | NAMESPACE_FLAGS.uts], "namespaces to enter", {
    failure: failed("unshare failed", unshareHints(types, caller)),
  });
  openGate(s, ready, "they exist");
  awaitGate(s, done, "until they are entered");
  s.call("exit_group", [0], "exit: they were entered");

  s.process = "main";
  s.label(parent);
  awaitGate(s, ready, "wait until they exist");
  for (const type of types) {
    const path = textAround(s, "/proc/", "child", `/ns/${type}`);
    s.call("openat", [AT_FDCWD, slot(path), O_RDONLY | O_CLOEXEC, 0], `its ${type} namespace`, {
      result: `${type} namespace`,
      failure: failed(`cannot open /proc/PID/ns/${type} of a child`, ENTER_HINTS),
    });
  }
  for (const type of types) {
    s.call("setns", [slot(`${type} namespace`), NAMESPACE_FLAGS[type]], `enter it`, {
      failure: failed(`cannot enter the ${type} namespace of a child`, ENTER_HINTS),
    });
  }
  openGate(s, done, "they are entered");
  s.call("wait4", [slot("child"), 0, __WALL, 0], "the child is gone");
  succeed(context);
};

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
