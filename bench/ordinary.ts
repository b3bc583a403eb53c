/** Sandboxes that an ordinary user starts: a Deno of that user measures them, and tells root's. */
import type { Bench } from "./bench.ts";
import type { Absent } from "./contender.ts";
import type { Argv } from "./launchers.ts";
import type { Task } from "./ordinary_main.ts";
import type { Times } from "./race.ts";
import type { Sandbox } from "./sandbox_lines.ts";
import { filesIn } from "./sandboxers.ts";

const ORDINARY = { uid: 1000, gid: 1000 } as const;

const MAIN = decodeURI(new URL("ordinary_main.ts", import.meta.url).pathname);

/** What each file takes, and who did not take part. */
export async function timesOfUser(
  { compiled, effort, folder }: Bench,
  sandbox: Sandbox,
  argv: Argv,
): Promise<{ readonly times: readonly Times[]; readonly absent: readonly Absent[] }> {
  const top = folder();
  const files = await filesIn(top, compiled);
  const task: Task = {
    ...{ sandbox: sandbox.name, top, argv },
    files: files.filter((one) => "path" in one),
    rounds: { warmUp: effort.warmUp, counted: effort.rounds },
  };
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-config", "--allow-all", MAIN, JSON.stringify(task)],
    env: { DENO_DIR: "/nonexistent", NO_COLOR: "1" },
    ...ORDINARY,
  }).output();
  const decoder = new TextDecoder();
  if (success) return { times: JSON.parse(decoder.decode(stdout)), absent: [] };
  const problem = decoder.decode(stderr).trim().split("\n")[0] ?? "";
  return { times: [], absent: [{ label: "all", problem }] };
}
