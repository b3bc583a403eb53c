/** The probe of entering: what nsenter(1) does. */
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { NAMESPACE_FLAGS } from "../../ffi/abi/namespaces.ts";
import { __WALL } from "../../ffi/abi/wait.ts";
import { textAround } from "../../engine/text.ts";
import { knownTypes, unshareHints } from "../namespaces/hints.ts";
import { failed } from "../context.ts";
import { awaitGate, makeGate, openGate, startHelper } from "../wait/process.ts";
import { ENTER_HINTS } from "./hints.ts";
import { type LastSteps, succeed } from "./steps.ts";

/** Joins the user and UTS namespaces that a child has created. */
export const enter: LastSteps = (context) => {
  const { s } = context;
  const types = ["user", "uts"] as const;
  const [ready, done] = [makeGate(s, "ready"), makeGate(s, "done")];
  const child = startHelper(s, "child", "a process with namespaces to enter", () => {
    s.call("unshare", [NAMESPACE_FLAGS.user | NAMESPACE_FLAGS.uts], "namespaces to enter", {
      fails: failed("unshare failed", unshareHints(knownTypes(types))),
    });
    openGate(s, ready, "they exist");
    awaitGate(s, done, "until they are entered");
    s.exit(0, "exit: they were entered");
  });
  awaitGate(s, ready, "wait until they exist");
  const namespaces = types.map((type) => {
    const path = textAround(s, "/proc/", child, `/ns/${type}`);
    return s.call("openat", [AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0], `its ${type} namespace`, {
      result: `${type} namespace`,
      fails: failed(`cannot open /proc/PID/ns/${type} of a child`, ENTER_HINTS),
    });
  });
  types.forEach((type, i) => {
    s.call("setns", [namespaces[i]!, NAMESPACE_FLAGS[type]], `enter it`, {
      fails: failed(`cannot enter the ${type} namespace of a child`, ENTER_HINTS),
    });
  });
  openGate(s, done, "they are entered");
  s.call("wait4", [child, 0, __WALL, 0], "the child is gone", { fails: "ignored" });
  succeed(context);
};
