/**
 * Two network namespaces joined by a pair of interfaces, and a word from one to the other.
 *
 *     deno run --allow-ffi --allow-run veth_pair.ts
 */
import { Command } from "../mod.ts";

/** A process that holds a network namespace open. */
const hold = (options: object) => new Command("sleep", { args: ["60"], ...options }).spawn();

// The user namespace of the first owns both, so that its root may move interfaces between them.
await using left = hold({ namespaces: ["user", "net"], mapRootUser: true });
await using right = hold({
  join: { target: left.pid, namespaces: ["user"] },
  namespaces: ["net"],
});

/** Runs a shell script as root in the network namespace of a process. */
async function at(pid: number, script: string): Promise<string> {
  const { success, stdout, stderr } = await new Command("sh", {
    args: ["-euc", script],
    join: { target: pid, namespaces: ["user", "net"] },
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

await at(left.pid, `ip link add here type veth peer name there netns ${right.pid}`);
await at(left.pid, "ip address add 10.0.0.1/24 dev here; ip link set here up");
await at(right.pid, "ip address add 10.0.0.2/24 dev there; ip link set there up");

// bash can listen to nothing, but the kernel answers: whoever has the address is a neighbour.
const answer = await at(
  right.pid,
  `bash -c 'echo hello >/dev/udp/10.0.0.1/9' 2>/dev/null; sleep 0.1; ip -brief neighbour`,
);
console.log(answer.includes("10.0.0.1") && !answer.includes("FAILED") ? "they talk" : answer);
