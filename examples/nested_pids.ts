/**
 * A PID namespace in a PID namespace, and one process with three PIDs.
 *
 *     deno run --allow-ffi --allow-run --allow-write nested_pids.ts
 */
import { Command, type ProcessNode, processTree } from "../mod.ts";

await using outer = new Command("sleep", {
  args: ["60"],
  namespaces: ["user", "pid", "mnt"],
  mapRootUser: true,
  mountProc: true,
}).spawn();

// A launcher of the inner namespaces, to be started within the outer ones.
const launcher = await Deno.makeTempFile();
const inner = new Command("sleep", { args: ["60"], namespaces: ["pid", "mnt"], mountProc: true });
await Deno.writeFile(launcher, inner.freeze(), { mode: 0o755 });
await Deno.chmod(launcher, 0o755);

await using middle = new Command(launcher, {
  join: { target: outer.pid, namespaces: ["user", "pid"] },
}).spawn();

/** The process of that PID. */
function find(nodes: readonly ProcessNode[], pid: number): ProcessNode | undefined {
  for (const node of nodes) {
    if (node.pid === pid) return node;
    const found = find(node.children, pid);
    if (found) return found;
  }
  return undefined;
}

let innermost: ProcessNode | undefined;
while (!innermost) innermost = find(processTree(), middle.pid)?.children[0];
await Deno.remove(launcher);
// A launcher that waits keeps SIGTERM for its program, and a PID 1 does not take it.
middle.kill("SIGKILL");
console.log(`${innermost.name}: ${innermost.pids.join(" → ")}`);
