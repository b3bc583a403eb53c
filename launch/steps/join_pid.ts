/** The PID namespace of a target. @see pid_namespaces(7) */
import { ESRCH } from "../../ffi/abi/errno.ts";
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { NS_GET_TGID_FROM_PIDNS } from "../../ffi/abi/nsfs.ts";
import { ERROR, slot } from "../plan.ts";
import type { Context } from "./context.ts";
import { inodeOf } from "./inode.ts";
import { namespaceSlot, openOfTarget } from "./join_target.ts";
import { say } from "./say.ts";

/**
 * Opens the PID namespace of the target: that of its children, which differs where the target has
 * unshared it, unless nothing can be started there any more.
 */
export function openPid(context: Context, target: number): void {
  const { s } = context;
  const [own, gone, tell, chosen] = ["own", "gone", "tell", "chosen"].map((name) => s.unique(name));
  const fd = slot(namespaceSlot("pid"));
  const ns = `/proc/${target}/ns/pid`;
  const differs = "is it the target's own, too?";
  s.call(
    "openat",
    [AT_FDCWD, `${ns}_for_children`, O_RDONLY | O_CLOEXEC, 0],
    "the PID namespace in which the target starts its children",
    { result: namespaceSlot("pid"), orElse: own! },
  );
  inodeOf(s, ns, "target's inode", differs, { orElse: chosen!, when: "if there is one" });
  inodeOf(s, fd, "inode", differs, { orElse: chosen!, when: "if there is one" });
  s.test("ifEqual", [slot("inode"), slot("target's inode")], chosen!);
  // Kernels before 6.11 cannot tell.
  s.call("ioctl", [fd, NS_GET_TGID_FROM_PIDNS, 1], "does its PID 1 live?", {
    orElse: gone!,
    when: "if it is not",
  });
  s.jump(tell!);
  s.label(gone!);
  s.test("ifNot", [slot(ERROR), -ESRCH], tell!);
  s.call("close", [fd], "nothing can be started there", { when: "if it does not" });
  say(
    context,
    `note: the PID namespace of process ${target}'s children (${ns}_for_children) has ended: entering its own`,
    "if it does not",
  );
  s.jump(own!);
  s.label(tell!);
  say(
    context,
    `note: process ${target} starts its children in another PID namespace than its own: entering theirs ` +
      `(pid_for_children), not ${ns}`,
    "if it does",
  );
  s.jump(chosen!);
  s.label(own!);
  openOfTarget(context, target, "pid", "if there is no other");
  s.label(chosen!);
}
