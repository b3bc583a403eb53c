/** This process's /proc/self: descriptors have paths there. @see proc_pid_fd(5) */
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { PROC_SUPER_MAGIC } from "../../ffi/abi/stat.ts";
import type { Builder } from "../../engine/builder.ts";
import { textAround } from "../../engine/text.ts";
import type { Variable } from "../../engine/value.ts";
import { NO_PROC } from "../causes.ts";
import { checkFileSystem } from "../proc/file_system.ts";
import { cannot, goTo, type Root, WAY } from "./root.ts";

/** Sees to it that /proc/self is open. */
export function openSelf(root: Root): void {
  const { s, self } = root;
  s.subroutine("proc self", { parameters: [] }, () => {
    s.if(self.is(0), () => {
      s.call("openat", [AT_FDCWD, "/proc/self", WAY, 0], "where descriptors have paths", {
        result: self,
        fails: cannot(root, "open /proc/self", NO_PROC),
      });
      checkFileSystem(root, self, PROC_SUPER_MAGIC, "what is mounted on /proc is no proc");
    });
  })({});
}

/** Goes there, so that paths of {@linkcode inSelf} mean something. */
export function goToSelf(root: Root): void {
  openSelf(root);
  goTo(root, root.self, "where descriptors have paths", cannot(root, "go to /proc/self"));
}

/** The path of a descriptor, from /proc/self. */
export const inSelf = (s: Builder, fd: Variable): Variable => textAround(s, "fd/", fd, "");
