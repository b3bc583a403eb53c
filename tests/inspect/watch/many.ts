/** Many processes at rest. */
import { start, type Started } from "../start.ts";

/** In Python: children that end when their parent does. */
const MANY = `
import os, sys
r, w = os.pipe()
for i in range(int(sys.argv[1])):
    if os.fork() == 0:
        os.close(w)
        os.read(r, 1)
        os._exit(0)
print("ready", flush=True)
sys.stdin.read()
`;

/** Starts so many processes, below `under`. */
export function startMany(count: number, under: readonly string[] = []): Promise<Started> {
  return start([...under, "python3", "-c", MANY, String(count)]);
}

/** Seconds that a process has been on a processor, in its threads that have ended too. */
export function secondsOf(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /s, "").split(" ");
  // utime and stime, in hundredths. @see proc_pid_stat(5)
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
