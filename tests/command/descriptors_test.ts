/** What a launcher that waits keeps open of what it was started with. */
import { assertEquals } from "@std/assert";
import { AT_FDCWD, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { cString, syscall } from "../../ffi/syscall.ts";
import { Command, type CommandOptions } from "../../mod.ts";
import { requires } from "../requires.ts";
import "./helpers.ts";

const F_DUPFD = 0;
/** Far above what a launcher opens for itself. */
const HIGH = 40;

const opened = (pid: number): string[] =>
  [...Deno.readDirSync(`/proc/${pid}/fd`)].flatMap(({ name }) => {
    try {
      return [Deno.readLinkSync(`/proc/${pid}/fd/${name}`).replace(/\d+/g, "N")];
    } catch (error) {
      // A program that has just begun opens its libraries, and closes them.
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  });

const parentOf = (pid: number): number =>
  Number(Deno.readTextFileSync(`/proc/${pid}/status`).match(/^PPid:\s+(\d+)/m)![1]);

/** Runs with a descriptor that programs inherit. */
async function withInherited(use: (path: string) => Promise<void>): Promise<void> {
  const path = "/etc/hostname";
  const fd = syscall("openat", AT_FDCWD, cString(path), O_RDONLY, 0);
  const high = syscall("fcntl", fd, F_DUPFD, HIGH);
  syscall("close", fd);
  try {
    await use(path);
  } finally {
    syscall("close", high);
  }
}

for (
  const [about, options, kept] of [
    ["in no PID namespace of its own", {}, ["/proc/N/task/N/children"]],
    ["in a PID namespace", { namespaces: ["pid"] }, []],
  ] as [string, CommandOptions, string[]][]
) {
  Deno.test(
    `the waiter of a program ${about} keeps nothing that was inherited`,
    requires({ userNamespaces: true }),
    async () => {
      await withInherited(async (path) => {
        await using child = new Command("sleep", {
          args: ["60"],
          mapRootUser: true,
          forwardSignals: true,
          stdin: "null",
          stdout: "piped",
          ...options,
        } as CommandOptions).spawn();
        assertEquals(opened(child.pid).filter((file) => file === path), [path]);
        assertEquals(opened(parentOf(child.pid)), kept);
        await child.stdout.cancel();
      });
    },
  );
}

Deno.test(
  "a pipe ends when its program closes it, though its waiter lives",
  requires({ userNamespaces: true }),
  async () => {
    await using child = new Command("sh", {
      args: ["-c", "exec sleep 60 >&- 2>&-"],
      mapRootUser: true,
      stdout: "piped",
    }).spawn();
    assertEquals((await child.stdout.getReader().read()).done, true);
  },
);
