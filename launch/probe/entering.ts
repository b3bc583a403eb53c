/** The probe of entering: what nsenter(1) does. */
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { NAMESPACE_FLAGS } from "../../ffi/abi/namespaces.ts";
import { __WALL } from "../../ffi/abi/wait.ts";
import { unshareHints } from "../hints/namespaces.ts";
import { slot } from "../plan.ts";
import { failed } from "../steps/context.ts";
import { awaitGate, forkQuietly, makeGate, openGate } from "../steps/process.ts";
import { textAround } from "../text_around.ts";
import { ENTER_HINTS } from "./hints.ts";
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
    s.call("openat", [AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0], `its ${type} namespace`, {
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
