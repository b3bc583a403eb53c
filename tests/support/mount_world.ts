/** A mount namespace of a test's own, with things in it that hold mounts. */
import { start, type Started } from "../inspect/start.ts";
import { nido as quoted, type Outcome, run } from "./nido.ts";
import { until } from "./patience.ts";

const IS_ROOT = Deno.uid() === 0;

/** What has to be there. */
export const WORLD = {
  userNamespaces: true,
  programs: ["unshare", "nsenter", "mount", "umount"],
};

/** A world that lives until it is disposed of. Its folder is "/mnt", with an empty tmpfs on it. */
export interface MountWorld extends AsyncDisposable {
  /** A process in it. */
  readonly pid: number;
  /** Runs a shell's line in it; `nido` is nido, `$W` the process. */
  sh(line: string): Promise<Outcome>;
}

/** What has not yet become what it is there for. */
const BEFORE = ["sh", "chroot"];

/** Whether all that PID 1 has started in the background runs. */
function isSettled(pid: number): boolean {
  const children = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).match(/\d+/g) ?? [];
  return children.every((child) =>
    !BEFORE.includes(Deno.readTextFileSync(`/proc/${child}/comm`).trim())
  );
}

/** Starts one. @param setup A shell's lines: what it starts in the background lives as long as the world. */
export async function mountWorld(setup: string): Promise<MountWorld> {
  const own = "mount -t tmpfs world /mnt && ";
  const script = `${own}{ ${setup}\n} && echo ready && read x; kill -KILL -1 2>/dev/null`;
  // Of a PID namespace of its own, so that nothing is left of it.
  const words = ["unshare", ...IS_ROOT ? [] : ["-Ur"], "-mpf", "--mount-proc", "--kill-child"];
  const world: Started = await start([...words, "sh", "-c", script]);
  const pid = world.childOf();
  await until("all that is in the background runs", () => isSettled(pid));
  const enter = ["nsenter", "-t", String(pid), "-m", "-p"];
  const user = IS_ROOT ? [] : ["-U", "--preserve-credentials"];
  return {
    pid,
    sh: (line) => {
      const define = `nido() { ${quoted} "$@"; }; W=1; `;
      return run([...enter, ...user, "sh", "-c", define + line], { env: { LC_ALL: "C.UTF-8" } });
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}
