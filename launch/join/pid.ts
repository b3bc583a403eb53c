/** The PID namespace of a target. @see pid_namespaces(7) */
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { NS_GET_TGID_FROM_PIDNS } from "../../ffi/abi/nsfs.ts";
import type { Variable } from "../../engine/value.ts";
import { words } from "../../engine/failure.ts";
import type { Joining } from "./joining.ts";
import { inodeAt, inodeOf } from "../proc/inode.ts";
import { openOfTarget } from "./files.ts";
import { fdName } from "./order.ts";
import { say } from "../say.ts";

/**
 * Opens the PID namespace of the target: that of its children, which differs where the target has
 * unshared it, unless nothing can be started there any more.
 */
export function openPid(joining: Joining): Variable {
  const { s, target } = joining;
  const namespace = s.variable(fdName("pid"));
  s.block((opened) => {
    s.block((own) => {
      const note = "the PID namespace in which the target starts its children";
      const ofChildren = s.call(
        "openat",
        [
          AT_FDCWD,
          target.path("ns/pid_for_children"),
          O_RDONLY | O_CLOEXEC,
          0,
        ],
        note,
        {
          result: fdName("pid"),
          fails: own.leave,
        },
      );
      lookAtChildren(joining, ofChildren, own.leave);
      namespace.set(ofChildren);
      opened.leave();
    });
    s.block(() => {
      namespace.set(openOfTarget(joining, "pid"));
    }, { when: "if there is no other" });
  });
  return namespace;
}

/**
 * Says so if the namespace of the target's children is not its own.
 *
 * @param ended A block that leaves, which is run if nothing can be started in theirs.
 */
function lookAtChildren(
  joining: Joining,
  ofChildren: Variable,
  ended: () => void,
): void {
  const { s, target } = joining;
  s.block(({ leave }) => {
    const ask = "is it the target's own, too?";
    const own = inodeAt(s, target.path("ns/pid"), ask, { fails: leave });
    const theirs = inodeOf(s, ofChildren, ask, { fails: leave });
    s.if(theirs.is(own), leave);
    s.call("ioctl", [ofChildren, NS_GET_TGID_FROM_PIDNS, 1], "does its PID 1 live?", {
      fails: {
        ESRCH() {
          s.call("close", [ofChildren], "nothing can be started there", {
            fails: "ignored",
            when: "if it does not",
          });
          say(
            joining,
            words`note: the PID namespace of process ${target.number}'s children (${
              target.shown("ns/pid_for_children")
            }) has ended: entering its own`,
            "if it does not",
          );
          ended();
        },
        // Kernels before 6.11 cannot tell.
        otherwise: "ignored",
      },
      when: "if it is not",
    });
    say(
      joining,
      words`note: process ${target.number} starts its children in another PID namespace than its own: entering theirs (pid_for_children), not ${
        target.shown("ns/pid")
      }`,
      "if it does",
    );
  }, { when: "if there is one" });
}
