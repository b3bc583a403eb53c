/**
 * A server runs in namespaces of its own, and is entered while it does.
 *
 *     deno run --allow-ffi --allow-run enter_server.ts
 */
import { Command } from "../mod.ts";

await using server = new Command("sh", {
  args: ["-c", "echo ready; while sleep 0.1; do :; done"],
  namespaces: ["user", "pid", "mnt", "net", "uts"],
  mapRootUser: true,
  mountProc: true,
  hostname: "server",
  stdout: "piped",
}).spawn();

// Its first line says that it is there.
await server.stdout.pipeThrough(new TextDecoderStream()).getReader().read();

const { stdout } = await new Command("sh", {
  args: ["-c", "hostname; cat /proc/1/comm; ip -brief link"],
  join: { target: server.pid, all: true },
}).output();
console.log(new TextDecoder().decode(stdout).trimEnd());
