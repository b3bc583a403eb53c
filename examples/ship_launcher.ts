/**
 * Writes a launcher: a file of some KiB that needs neither Deno nor nido, for any Linux machine of
 * that architecture.
 *
 *     deno run --allow-write ship_launcher.ts [FILE]
 */
import { Command } from "../mod.ts";

const [file = "greet"] = Deno.args;
const bytes = new Command("/bin/sh", {
  args: ["-c", 'echo "hello $1 from $(hostname), PID $$"', "greet"],
  namespaces: ["user", "pid", "mnt", "uts"],
  mapRootUser: true,
  mountProc: true,
  hostname: "nest",
}).freeze();
await Deno.writeFile(file, bytes, { mode: 0o755 });
console.log(`${file}: ${Math.ceil(bytes.length / 1024)} KiB. Try: ./${file} world`);
