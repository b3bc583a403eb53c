import { assertEquals } from "@std/assert";
import { Channel } from "../../command/channel.ts";
import { pidfdOpen } from "../../ffi/pidfd.ts";
import { syscall } from "../../ffi/syscall.ts";
import { NOTES, RECORD } from "../../engine/protocol.ts";

/** Writes a record as a launcher does. */
async function tell(path: string, what: number, value: number): Promise<void> {
  const record = new BigUint64Array(RECORD.bytes / 8);
  record.set([BigInt(what), BigInt(value)]);
  await Deno.writeFile(path, new Uint8Array(record.buffer));
}

Deno.test("a launch that hangs is given up in time", async () => {
  const sleeper = new Deno.Command("sleep", { args: ["60"] }).spawn();
  const pidfd = pidfdOpen(sleeper.pid);
  using channel = new Channel(new Uint8Array());
  assertEquals(channel.wait(pidfd, 20), false);
  await tell(channel.paths[0], NOTES.open, 0);
  // The last who had it open is gone: it is over.
  assertEquals(channel.wait(pidfd, 60_000), true);
  sleeper.kill("SIGKILL");
  await sleeper.status;
  syscall("close", pidfd);
});

Deno.test("a launcher that dies without a word ends the wait", () => {
  const dead = new Deno.Command("sleep", { args: ["0.02"] }).spawn();
  const pidfd = pidfdOpen(dead.pid);
  using channel = new Channel(new Uint8Array());
  assertEquals(channel.wait(pidfd, 60_000), true);
  const { open, over } = channel.told();
  assertEquals([open, over], [false, false]);
  syscall("close", pidfd);
  return dead.status.then(() => {});
});

Deno.test("a channel tells what it was told, in any order, and the first failure", async () => {
  using channel = new Channel(new Uint8Array());
  await tell(channel.paths[0], 3, 2);
  await tell(channel.paths[0], NOTES.pidInside, 1);
  channel[Symbol.dispose]();
  const { open, pid, pidInside, failure } = channel.told();
  assertEquals([open, pid, pidInside, failure?.what], [true, undefined, 1, 3]);
});
