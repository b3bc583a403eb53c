/**
 * A program that believes its machine is called "nest" and has been up for 30 days.
 *
 *     deno run --allow-ffi --allow-run hostname_and_clock.ts
 */
import { Command } from "../mod.ts";

const DAY = 24n * 60n * 60n;

const { stdout } = await new Command("sh", {
  args: ["-c", "hostname; cut -d. -f1 /proc/uptime"],
  namespaces: ["user", "uts", "time"],
  mapRootUser: true,
  hostname: "nest",
  boottime: 30n * DAY,
  // A process is in a new time namespace as soon as it is executed.
}).output();

const [hostname, seconds] = new TextDecoder().decode(stdout).split("\n");
console.log(`${hostname} is up for ${BigInt(seconds!) / DAY} days`);
