/**
 * A suite in which each test has namespaces of its own: the same port, the same host name, no
 * process left behind.
 *
 *     deno test --allow-ffi --allow-run isolated_tests.ts
 */
import { Command } from "../mod.ts";

/** Runs a shell script as root of a machine of its own, with a loopback interface. */
async function onOwnMachine(script: string): Promise<string> {
  const { success, stdout, stderr } = await new Command("sh", {
    args: ["-euc", `ip link set lo up; ${script}`],
    namespaces: ["user", "pid", "mnt", "uts", "ipc", "net"],
    mapRootUser: true,
    mountProc: true,
    hostname: "under-test",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

for (const name of ["one", "two"]) {
  Deno.test(`server ${name} has the host name and the address to itself`, async () => {
    const output = await onOwnMachine(`hostname; ip -brief address show lo`);
    if (!/^under-test\nlo .*127\.0\.0\.1/.test(output)) throw new Error(output);
  });
}

Deno.test("what a test leaves running ends with it", async () => {
  const output = await onOwnMachine("sleep 1000 & echo started");
  if (output !== "started\n") throw new Error(output);
});
