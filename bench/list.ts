/** How long it takes to list namespaces among many processes. */
import { aims, type Bench, type Findings, leftOut } from "./bench.ts";
import { able, type Absent, installed } from "./contender.ts";
import { race } from "./race.ts";
import { overhead, timesTable } from "./times_table.ts";

/** Does something while there are this many processes more, which sleep. */
async function withProcesses<T>(count: number, work: () => Promise<T>): Promise<T> {
  const script = `i=0; while [ $i -lt ${count} ]; do sleep 600 & pids="$pids $!"; i=$((i + 1)); done
    echo ready; read end; kill $pids`;
  const shell = new Deno.Command("/bin/sh", {
    args: ["-c", script],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  try {
    const { done } = await shell.stdout.getReader().read();
    if (done) throw new Error(`Cannot start ${count} processes`);
    return await work();
  } finally {
    // Should this end before, its end of the pipe closes as well.
    await shell.stdin.close();
    await shell.status;
  }
}

/** Measures `nido lsns` beside lsns(8). */
export async function benchList({ effort, compiled }: Bench): Promise<Findings> {
  const title = `List: namespaces among ${effort.processes} processes more`;
  if ("problem" in compiled) {
    const absent = [{ label: "nido lsns", problem: compiled.problem }];
    return { section: { title, blocks: leftOut(absent) }, aims: [] };
  }
  const absent: Absent[] = [];
  const asked = [compiled.empty, compiled.nido("lsns"), installed("lsns")];
  const contenders = await able(asked, absent);
  const counted = Math.ceil(effort.rounds / 10);
  const times = await withProcesses(
    effort.processes,
    () => race(contenders, { warmUp: 1, counted }),
  );
  const base = compiled.empty.label;
  return {
    section: { title, blocks: [timesTable(times, base, ["lsns"]), ...leftOut(absent)] },
    aims: aims([{
      what: `\`nido lsns\` over an empty program, ${effort.processes} processes more`,
      figure: overhead(times, "nido lsns", base),
      atMost: 300,
      unit: "ms",
    }]),
  };
}
