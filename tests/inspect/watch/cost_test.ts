import { assert } from "@std/assert";
import { requires } from "../../requires.ts";
import { NIDO } from "../../support/nido.ts";
import { start } from "../start.ts";
import { secondsOf, startMany } from "./many.ts";

const PROCESSES = 2000;
/** How long to measure: a hundredth of a second, in which the kernel counts, is a quarter of a percent then. */
const SECONDS = 4;
/** It begins by reading all, and on a busy machine everything costs more for a while. */
const MOST_TIMES = 12;

Deno.test(
  `nido watch takes less than 2 % of a processor while ${PROCESSES} processes rest`,
  requires({ root: true, programs: ["unshare", "python3"] }),
  async () => {
    // What else runs on the machine would be told of, and cost: here only the processes at rest are seen.
    const inside = ["unshare", "-pf", "--kill-child", "--mount-proc"];
    await using many = await startMany(PROCESSES, inside);
    const pid = many.childOf();
    const enter = ["nsenter", "-t", String(pid), "-p", "-m", "sh", "-c", '"$@" & echo ready; wait'];
    await using watching = await start([...enter, "sh", ...NIDO, "watch"]);
    const nido = watching.childOf(watching.childOf());
    const shares: number[] = [];
    do {
      const before = secondsOf(nido);
      await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
      shares.push(100 * (secondsOf(nido) - before) / SECONDS);
    } while (shares.at(-1)! >= 2 && shares.length < MOST_TIMES);
    const alive = Deno.readTextFileSync(`/proc/${nido}/cmdline`).includes("watch");
    // It holds the standard error that is read to its end.
    Deno.kill(nido);
    const told = shares.map((share) => share.toFixed(2)).join(", ");
    console.log(`nido watch, ${PROCESSES} processes at rest: ${told} % of a processor`);
    assert(alive && shares.at(-1)! > 0 && shares.at(-1)! < 2, `${told} %`);
  },
);
