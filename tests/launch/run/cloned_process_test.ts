// What clone() gives: a process, with its pidfd, its signals and its end.

import { assertEquals, assertThrows } from "@std/assert";
import { clone, SyscallError } from "../../../mod.ts";
import { sh } from "./clones.ts";

Deno.test("the pidfd is the process's, and is closed with its end", async () => {
  const child = clone(sh("exec sleep 60"));
  const { pidfd } = child;
  const info = () => Deno.readTextFileSync(`/proc/self/fdinfo/${pidfd}`);
  assertEquals(info().match(/^Pid:\s*(\d+)$/m)?.[1], String(child.pid));
  child.kill();
  assertEquals((await child.status).signal, "SIGTERM");
  assertThrows(() => child.pidfd, TypeError, "has ended");
  assertThrows(() => child.kill(), TypeError, "has ended");
  assertThrows(info, Deno.errors.NotFound);
  // Disposing of what has ended does nothing.
  await child[Symbol.asyncDispose]();
});

Deno.test("kill() takes names and numbers of signals, and no others", async () => {
  await using child = clone(sh("exec sleep 60"));
  child.kill(0);
  assertThrows(() => child.kill("SIGNIL" as "SIGHUP"), TypeError, "no such signal");
  assertEquals(assertThrows(() => child.kill(65), SyscallError).code, "EINVAL");
  child.kill(1);
  assertEquals(await child.status, { success: false, code: 129, signal: "SIGHUP" });
});

Deno.test("a real-time signal has a number, but no name", async () => {
  assertEquals(await clone(sh("kill -40 $$")).status, {
    success: false,
    code: 168,
    signal: null,
  });
});

Deno.test("disposing of a child kills it", async () => {
  const status = await (async () => {
    await using child = clone(sh("exec sleep 60"));
    return { status: child.status };
  })();
  assertEquals((await status.status).signal, "SIGKILL");
});
