/** Commands that run, each with all that it starts in a group of its own, which ends as one. */

/** No command takes longer, on the slowest machine. One that hangs is a failure of its own, not the end of the run. */
const MOST_SECONDS = 900;

/** The groups that run, by the PIDs of their leaders. */
const running = new Set<number>();

/** Runs a command. @returns Its output, and whether it succeeded. */
export async function outputOf(
  words: readonly string[],
  cwd: string,
  env: Record<string, string>,
): Promise<{ output: string; isSuccess: boolean }> {
  // timeout(1) makes the group. One stream for both, so that lines stay in their order.
  const child = new Deno.Command("sh", {
    args: ["-c", 'exec timeout --signal=KILL "$@" 2>&1', "sh", String(MOST_SECONDS), ...words],
    cwd,
    env,
    stdin: "null",
    stdout: "piped",
  }).spawn();
  running.add(child.pid);
  const { success, stdout } = await child.output();
  running.delete(child.pid);
  return { output: new TextDecoder().decode(stdout), isSuccess: success };
}

/** Ends all that run: a terminal's Ctrl-C does not reach them. */
export function endGroups(): void {
  for (const leader of running) {
    try {
      Deno.kill(-leader, "SIGKILL");
    } catch {
      // It has just ended, or has just begun.
    }
  }
}
