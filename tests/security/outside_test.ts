// What a program in a root of its own gets at through the processes that wait for it.

import { assert, assertEquals } from "@std/assert";
import type { RootOperation } from "../../launch/root/spec.ts";
import { EVERYBODY, inRoot, type Started } from "../launch/root/making.ts";
import { exists, requires } from "../requires.ts";
import { AS_USER, NIDO, run, start } from "../support/nido.ts";
import { until } from "../support/patience.ts";
import { withFolder } from "../support/folder.ts";

/** Looks for a way out at every process that is there, but for its own. */
const ATTACK = `for p in /proc/$PPID /proc/1; do
  for way in cwd root; do cat $p/$way/secret && echo "by $way"; done
  head -c 1 $p/exe | grep -q . && echo "read exe"
  (: <>$p/mem) && echo "write memory"
done 2>/dev/null; exit 7`;

const ROOT: readonly RootOperation[] = [
  { kind: "proc", destination: "/proc" },
  { kind: "dev", destination: "/dev" },
];

const LAUNCHES: Readonly<Record<string, Started["asked"]>> = {
  "that waits": { fork: true },
  "that ends with it": { fork: true, killChild: 9 },
  "that passes signals on": { fork: true, forwardSignals: true },
  "that has a PID 1": { fork: true, init: true, namespaces: ["pid"] },
};

for (const who of EVERYBODY) {
  for (const [name, asked] of Object.entries(LAUNCHES)) {
    Deno.test(
      `as ${who}: root inside gets nothing through the launcher ${name}`,
      requires({ userNamespaces: true }),
      () =>
        withFolder(async (folder) => {
          Deno.writeTextFileSync(`${folder}/secret`, "secret\n");
          // The scene: whoever may look at a process gets at files where it is.
          const scene = ["sh", "-c", "cat /proc/$PPID/cwd/secret; exit"];
          const through = ["sh", "-c", `${scene.map((word) => `'${word}'`).join(" ")}; exit 3`];
          const { stdout: open } = await run([...who === "user" ? AS_USER : [], ...through], {
            cwd: folder,
          });
          assertEquals(open, "secret\n");
          const { code, stdout, stderr } = await inRoot(ROOT, ATTACK, {
            who,
            cwd: folder,
            asked: { mapUser: 0, mapGroup: 0, ...asked },
          });
          assertEquals({ code, stderr }, { code: 7, stderr: "" });
          assert(!stdout.includes("secret"), stdout);
          assertEquals(stdout, "");
        }),
    );
  }
}

// As it ends the kernel takes its memory first, and with that the flag by which it was hidden.
for (const options of [[], ["--unshare-pid"], ["--json-status-fd", "2"]]) {
  Deno.test(
    `bwrap ${
      options.join(" ")
    }: what waits for a program stands in that one's root, whoever may look`,
    requires({ root: true }),
    () =>
      withFolder(async (folder) => {
        const root = ["--ro-bind", "/", "/", "--tmpfs", "/mnt", "--dir", "/mnt/inside"];
        const program = ["sh", "-c", "echo ready; exec sleep 60"];
        const job = start([...NIDO, "bwrap", ...root, ...options, ...program], { cwd: folder });
        try {
          await job.until("ready");
          const { pid } = job.child;
          await until("it stands inside", () => exists(`/proc/${pid}/cwd/mnt/inside`));
        } finally {
          job.signalGroup("SIGKILL");
          await job.outcome();
        }
      }),
  );
}
