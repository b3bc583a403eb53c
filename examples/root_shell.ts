/**
 * A shell in a root file system of its own: a folder with an unpacked image, or nothing but busybox.
 *
 *     deno run --allow-ffi --allow-run root_shell.ts ROOT [COMMAND...]
 */
import { Command } from "../mod.ts";

const [root, program = "/bin/sh", ...args] = Deno.args;
if (root === undefined) {
  console.error("usage: root_shell.ts ROOT [COMMAND...]");
  Deno.exit(2);
}
const child = new Command(program, {
  args,
  namespaces: ["user", "pid", "mnt", "uts", "ipc"],
  mapRootUser: true,
  root,
  mountProc: true,
  hostname: "nest",
  clearEnv: true,
  env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/", TERM: "xterm" },
  stdin: "inherit",
  stdout: "inherit",
  stderr: "inherit",
}).spawn();
Deno.exit((await child.status).code);
