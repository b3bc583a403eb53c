/** Sets SELinux labels. They are this process's until it executes a program. @see proc_pid_attr(5) */
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { F_OK } from "../../ffi/abi/stat.ts";
import { number } from "../../engine/operand.ts";
import { any } from "../../engine/condition.ts";
import { type Context, failed } from "../context.ts";
import { writeFile } from "../ids/steps.ts";

/** Refuses them where there is no SELinux, before anything is told or made. */
export function refuseLabels({ s, spec: { execLabel, fileLabel }, request }: Context): void {
  s.if(any(request.isGiven(execLabel), request.isGiven(fileLabel)), () => {
    const args = [AT_FDCWD, "/sys/fs/selinux/enforce", F_OK];
    const refused = failed("labeling not supported on this system", [{
      why: "SELinux is not switched on, or not mounted on /sys/fs/selinux",
      remedy: "leave the label out",
    }]);
    s.call("faccessat", args, "is SELinux at work?", { fails: () => s.fail(refused) });
  });
}

/** Sets those that are asked for, while the caller's /proc is there. */
export function setLabels(context: Context): void {
  const { s, spec: { execLabel, fileLabel }, request } = context;
  for (
    const [label, path, note] of [
      [execLabel, "/proc/self/attr/exec", "the program's label"],
      [fileLabel, "/proc/self/attr/fscreate", "the label of files that are made"],
    ] as const
  ) {
    request.ifGiven(s, label, (label) => {
      writeFile(context, [number(AT_FDCWD), path], request.value(label), {
        length: request.length(s, label),
        note,
        shown: path,
      });
    });
  }
}
