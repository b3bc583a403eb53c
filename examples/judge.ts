/**
 * Judges programs, many at a time: each alone in its namespaces, without a network, for a second
 * at the most, whatever it does with signals. Whatever a program starts ends with it.
 *
 *     deno run --allow-ffi --allow-run judge.ts
 */
import { Command } from "../mod.ts";

const SUBMISSIONS: Readonly<Record<string, string>> = {
  right: "echo $((6 * 7))",
  wrong: "echo 41",
  slow: "sleep 1000 & sleep 1000",
  stubborn: "trap '' TERM INT HUP; sleep 1000",
  broken: "exit 3",
  nosy: "set -- /proc/[0-9]*; [ $# = 1 ] && echo 42",
};

async function judge(script: string): Promise<string> {
  const child = new Command("sh", {
    args: ["-c", script],
    namespaces: ["user", "pid", "mnt", "net", "ipc", "uts"],
    mapRootUser: true,
    mountProc: true,
    clearEnv: true,
    env: { PATH: "/usr/bin:/bin" },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let late = false;
  // SIGTERM, which an AbortSignal sends, can be ignored.
  const timer = setTimeout(() => {
    try {
      child.kill("SIGKILL");
      late = true;
    } catch {
      // It has just ended.
    }
  }, 1000);
  const { code, stdout, signal } = await child.output();
  clearTimeout(timer);
  if (late) return "too slow";
  if (signal) return `died of ${signal}`;
  if (code !== 0) return `exit status ${code}`;
  return new TextDecoder().decode(stdout) === "42\n" ? "accepted" : "wrong answer";
}

const verdicts = Object.entries(SUBMISSIONS).map(async ([name, script]) =>
  [name, await judge(script)] as const
);
for (const [name, verdict] of await Promise.all(verdicts)) console.log(`${name}: ${verdict}`);
