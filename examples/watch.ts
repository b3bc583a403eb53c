/**
 * Says which namespaces come and go, and who was first seen in them.
 *
 *     deno run --allow-ffi watch.ts [SECONDS]
 */
import { watch } from "../mod.ts";

const [seconds] = Deno.args;
const ends = seconds === undefined ? {} : { signal: AbortSignal.timeout(1000 * Number(seconds)) };

for await (const event of watch(ends)) {
  if (event.kind !== "namespace") continue;
  const name = `${event.type}:[${event.ns}]`;
  if (event.change === "new") console.log(`+ ${name} with ${event.by?.name ?? "no process"}`);
  if (event.change === "gone") console.log(`- ${name}`);
}
