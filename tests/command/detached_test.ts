/** Programs in a session of their own, which may outlive who started them. */
import { assertEquals } from "@std/assert";
import { requires } from "../requires.ts";
import { Command } from "../../mod.ts";

const MODULE = JSON.stringify(new URL("../../mod.ts", import.meta.url));
const QUIET = { stdin: "null", stdout: "null", stderr: "null" } as const;
const FORMS = {
  "without namespaces": {},
  "in a PID namespace": { namespaces: ["user", "pid"], mapRootUser: true },
} as const;

/** Process group and session of a process. @see proc_pid_stat(5) */
async function leaders(pid: number): Promise<number[]> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")")).split(" ").slice(3, 5).map(Number);
}

/** Whether a program that Deno has let go of is alive when Deno is not. */
async function livesOn(kind: string, options: object): Promise<boolean> {
  const script = `import { Command } from ${MODULE};
    const child = new ${kind}("sleep", ${JSON.stringify(options)}).spawn();
    console.log(child.pid);
    child.unref();`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", "--no-lock", script],
    stderr: "inherit",
  }).output();
  const pid = Number(new TextDecoder().decode(stdout));
  // Who is to end may take a moment.
  for (let i = 0; i < 400; i++) {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => ") Z");
    if (/\) [ZX]/.test(stat)) return false;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  Deno.kill(pid, "SIGKILL");
  return true;
}

for (const [where, form] of Object.entries(FORMS)) {
  Deno.test(
    `a detached program leads a session and a process group ${where}`,
    requires({ userNamespaces: true }),
    async () => {
      for (const detached of [true, false]) {
        await using child = new Command("sleep", { ...form, ...QUIET, args: ["60"], detached })
          .spawn();
        const own = detached ? [child.pid, child.pid] : await leaders(Deno.pid);
        assertEquals(await leaders(child.pid), own);
      }
    },
  );

  Deno.test(
    `a detached program outlives who started it ${where}, and others do as Deno's`,
    requires({ userNamespaces: true }),
    async () => {
      const options = { ...QUIET, args: ["60"] };
      const [detached, denos, own] = await Promise.all([
        livesOn("Command", { ...form, ...options, detached: true }),
        livesOn("Deno.Command", options),
        livesOn("Command", { ...form, ...options }),
      ]);
      assertEquals([detached, own], [true, denos]);
    },
  );
}
