import { assert } from "@std/assert";
import { requires } from "../../requires.ts";
import { NIDO } from "../../support/nido.ts";
import { start } from "../start.ts";
import { secondsOf, startMany } from "./many.ts";

const PROCESSES = 2000;
const SECONDS = 8;

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
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const before = secondsOf(nido);
    await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
    const share = 100 * (secondsOf(nido) - before) / SECONDS;
    // It holds the standard error that is read to its end.
    Deno.kill(nido);
    console.log(`nido watch, ${PROCESSES} processes at rest: ${share.toFixed(1)} % of a processor`);
    assert(share > 0 && share < 2, `${share} %`);
  },
);
