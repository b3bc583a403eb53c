/**
 * Runs a build without a network, so that what it needs is what is there.
 *
 *     deno run --allow-ffi --allow-run build_offline.ts make -j4
 */
import { Command } from "../mod.ts";

const [program = "sh", ...args] = Deno.args;
const { code } = await new Command(program, {
  args: Deno.args.length > 0 ? args : ["-c", "ip -brief link; echo built"],
  namespaces: ["user", "net"],
  // The files that it makes are the caller's, as in any build.
  mapCurrentUser: true,
  stdin: "inherit",
  stdout: "inherit",
  stderr: "inherit",
}).output();
Deno.exit(code);
