/** In a mount namespace that is joined, or in another root, a path leads wherever somebody has put it. */
import { OPTION_WORDS } from "../../cli/option_words.ts";
import { assert, assertEquals } from "@std/assert";
import { compileFor } from "../../launch/compile.ts";
import type { LaunchSpec } from "../../launch/spec.ts";
import { withImage } from "../machine/run_image.ts";
import { requires } from "../requires.ts";
import { AS_USER, type Outcome, run } from "../support/nido.ts";
import { runWith, stopBefore } from "../support/stop.ts";
import { startTarget } from "../support/target.ts";

/** Runs `sh -c script` as this spec has it. */
function launch(
  script: string,
  more: Partial<LaunchSpec>,
  as: readonly string[] = [],
): Promise<Outcome> {
  const spec = { name: "nido", program: "sh", argv: ["sh", "-c", script], namespaces: [], ...more };
  return withImage(compileFor(spec, { front: OPTION_WORDS }), Deno.build.arch, (path) => {
    Deno.chmodSync(path, 0o755);
    return run([...as, path]);
  });
}

/** Files of /proc/self that a launch writes to. */
const WRITTEN = ["uid_map", "gid_map", "setgroups", "timens_offsets"];

const RUN = requires({
  root: true,
  userNamespaces: true,
  namespaces: ["time"],
  programs: ["unshare"],
});

Deno.test("where /proc is planted, nothing is written through it", RUN, async () => {
  const folder = Deno.makeTempDirSync({ prefix: "nido-planted-" });
  try {
    Deno.chmodSync(folder, 0o755);
    Deno.writeTextFileSync(`${folder}/victim`, "as it was", { mode: 0o600 });
    const plant = WRITTEN.map((file) => `ln -s ${folder}/victim /proc/self/${file}`).join("; ");
    const before = `mount -t tmpfs none /proc; mkdir /proc/self; ${plant}`;
    await using target = await startTarget("-Urm", { as: "user", before });
    const join = { target: target.pid, namespaces: ["mnt"] } as const;
    for (
      const [more, shown] of [
        [{ namespaces: ["user"], mapUser: 0, mapGroup: 0 }, "0 0"],
        [{ namespaces: ["user", "pid"], fork: true, mapUser: 7, mapGroup: 8 }, "7 8"],
        [{ namespaces: ["user"], mapUser: 5, setgroups: "deny" }, "5 65534"],
        [{ namespaces: ["time"], boottime: 1000000n, monotonic: 5n }, "0 0"],
      ] as [Partial<LaunchSpec>, string][]
    ) {
      const { code, stdout, stderr } = await launch("echo $(id -u) $(id -g)", { join, ...more });
      assertEquals([code, stdout, stderr], [0, `${shown}\n`, ""]);
      assertEquals(Deno.readTextFileSync(`${folder}/victim`), "as it was");
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test(
  "a /proc that is something else before anything is joined is refused",
  RUN,
  async () => {
    await using target = await startTarget("-u");
    const spec: Partial<LaunchSpec> = {
      join: { files: { uts: "/tmp/nido-planted-uts" } },
      namespaces: ["user"],
      mapUser: 0,
    };
    const script = `touch /tmp/nido-planted-uts && mount --bind /proc/${target.pid}/ns/uts \\
      /tmp/nido-planted-uts && mount -t tmpfs none /proc && exec "$0"`;
    const { code, stderr } = await launch("true", spec, ["unshare", "-m", "sh", "-c", script]);
    Deno.removeSync("/tmp/nido-planted-uts");
    assertEquals([code, stderr], [1, "nido: what is mounted on /proc is no proc\n"]);
  },
);

Deno.test(
  "who joins as an ordinary user sets the clocks of a new time namespace",
  RUN,
  async () => {
    await using target = await startTarget("-Uru", { as: "user" });
    const { stdout, stderr } = await launch("cat /proc/uptime", {
      join: { target: target.pid, namespaces: ["user", "uts"] },
      namespaces: ["time"],
      fork: true,
      boottime: 1000000000n,
    }, AS_USER);
    assertEquals(stderr, "");
    assert(Number.parseFloat(stdout) > 1000000000, stdout);
  },
);

Deno.test("a new namespace is kept where the caller is, not in what is joined", RUN, async () => {
  const kept = Deno.makeTempFileSync({ prefix: "nido-planted-" });
  try {
    await using target = await startTarget("-m");
    const outcome = await launch("true", {
      join: { target: target.pid, namespaces: ["mnt"] },
      namespaces: ["uts"],
      persist: { uts: kept },
    }, ["unshare", "-m", "sh", "-c", `"$0"; stat -f -c %T ${kept}`]);
    assertEquals([outcome.stdout, outcome.stderr], ["nsfs\n", ""]);
    const inside = await run(["nsenter", "-t", `${target.pid}`, "-m", "stat", "-f", "-c%T", kept]);
    assert(inside.stdout !== "nsfs\n");
  } finally {
    Deno.removeSync(kept);
  }
});

Deno.test(
  "an interpreter is registered with what was mounted, not with what is there by then",
  requires({ root: true, userNamespaces: true, filesystems: ["binfmt_misc"], kernel: "6.7" }),
  async () => {
    const root = Deno.makeTempDirSync({ prefix: "nido-planted-" });
    try {
      Deno.mkdirSync(`${root}/misc`);
      Deno.writeTextFileSync(`${root}/register`, "as it was");
      const plan = compileFor({
        name: "nido",
        program: "/none",
        argv: ["none"],
        namespaces: [],
        mapUser: 0,
        root,
        mountBinfmt: "/misc",
        loadInterp: ":nido:M::nido::/none:",
      }, {});
      const step = plan.steps.find((step) =>
        step.do === "call" && step.note === "register an interpreter"
      )!;
      const said = await runWith(stopBefore(plan, step), () => {
        Deno.renameSync(`${root}/misc`, `${root}/old`);
        Deno.symlinkSync(".", `${root}/misc`);
      });
      assertEquals(said, "nido: /misc/register is not what was mounted there\n");
      assertEquals(Deno.readTextFileSync(`${root}/register`), "as it was");
    } finally {
      Deno.removeSync(root, { recursive: true });
    }
  },
);
