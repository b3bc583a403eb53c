/** A root directory with nothing in it but what a test puts there: no /proc, no library, no shell. */
import { AT_FDCWD, O_WRONLY } from "../../ffi/abi/fcntl.ts";
import { MNT_DETACH, MS_BIND, MS_PRIVATE, MS_REC } from "../../ffi/abi/mount.ts";
import { CLONE_NEWNS, CLONE_NEWUSER } from "../../ffi/abi/sched.ts";
import { imageOf } from "../../engine/image.ts";
import { address, slot, STACK, vector } from "../../engine/operand.ts";
import { RawSteps } from "./raw_steps.ts";
import { AS_USER, type Outcome, run, USER_ID } from "./nido.ts";

/** A static program that writes each of its arguments on a line, and exits with 7. */
function sayArguments(): Uint8Array {
  const s = new RawSteps("test");
  s.compute("argument", "add", slot(STACK), 8);
  s.label("next");
  s.compute("text", "load", slot("argument"), 0);
  s.test("ifEqual", [slot("text"), 0], "done");
  s.compute("end", "seek", slot("text"), 0, 0);
  s.compute("length", "sub", slot("end"), slot("text"));
  s.call("write", [1, slot("text"), slot("length")], "write");
  s.call("write", [1, "\n", 1], "write");
  s.compute("argument", "add", slot("argument"), 8);
  s.jump("next");
  s.label("done");
  s.call("exit_group", [7], "exit");
  return imageOf(s.plan("test"), Deno.build.arch);
}

/** A program that makes a folder the root of a new mount namespace and runs a program there. */
function enter(folder: string, argv: readonly string[], uid: number): Uint8Array {
  const s = new RawSteps("test");
  const write = (path: string, text: string): void => {
    s.call("openat", [AT_FDCWD, path, O_WRONLY, 0], "open", { result: "file", orElse: "fail" });
    s.call("write", [slot("file"), text, text.length], "write", { orElse: "fail" });
    s.call("close", [slot("file")], "close");
  };
  const user = uid === 0 ? 0 : CLONE_NEWUSER;
  s.call("unshare", [CLONE_NEWNS | user], "unshare", { orElse: "fail" });
  if (user) {
    write("/proc/self/uid_map", `${uid} ${uid} 1`);
    write("/proc/self/setgroups", "deny");
    write("/proc/self/gid_map", `${uid} ${uid} 1`);
  }
  s.call("mount", ["none", "/", 0, MS_REC | MS_PRIVATE, 0], "", { orElse: "fail" });
  s.call("mount", [folder, folder, 0, MS_BIND, 0], "", { orElse: "fail" });
  s.call("chdir", [folder], "", { orElse: "fail" });
  s.call("pivot_root", [".", "."], "", { orElse: "fail" });
  s.call("umount2", [".", MNT_DETACH], "", { orElse: "fail" });
  s.call("chdir", ["/"], "", { orElse: "fail" });
  s.call("execve", [`/${argv[0]}`, vector(argv), address("no environment")], "");
  s.label("fail");
  s.call("exit_group", [99], "exit: the empty root cannot be made");
  return imageOf(s.plan("test"), Deno.build.arch);
}

/** Users that may start something here. */
export const USERS: readonly ("root" | "user")[] = Deno.uid() === 0 ? ["root", "user"] : ["user"];

/**
 * Runs a program in an empty root, with an empty environment.
 *
 * @param program Gets the name `frozen`; beside it there is only `static`.
 */
export async function runInEmptyRoot(
  program: Uint8Array,
  args: readonly string[],
  as: "root" | "user",
): Promise<Outcome> {
  const uid = as === "root" ? 0 : Deno.uid() === 0 ? USER_ID : Deno.uid()!;
  const folder = Deno.makeTempDirSync({ prefix: "nido-empty-" });
  try {
    Deno.chmodSync(folder, 0o755);
    Deno.mkdirSync(`${folder}/root`);
    const write = (name: string, bytes: Uint8Array): void =>
      Deno.writeFileSync(`${folder}/${name}`, bytes, { mode: 0o755 });
    write("root/frozen", program);
    write("root/static", sayArguments());
    write("enter", enter(`${folder}/root`, ["frozen", ...args], uid));
    return await run([...as === "user" ? AS_USER : [], "env", "-i", `${folder}/enter`]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
