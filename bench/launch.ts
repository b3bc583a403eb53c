/** How long launches of a load take. */
import { aims, type Bench, type Findings, leftOut } from "./bench.ts";
import { able, type Absent, type Contender, file } from "./contender.ts";
import { type Argv, bwrap, frozenLoad, library, unshare, unshareWords } from "./launchers.ts";
import type { Load } from "./load.ts";
import { race } from "./race.ts";
import { runtime } from "./runtimes.ts";
import { overhead, overheadRatio, ratio, timesTable } from "./times_table.ts";

const TRUE: Argv = ["/bin/true"];
const BASE = TRUE[0];
const PEERS = ["unshare", "bwrap"];

function binary({ compiled }: Bench, load: Load): Contender | Absent {
  if ("problem" in compiled) return { label: "nido unshare", problem: compiled.problem };
  return compiled.nido("unshare", ...unshareWords(load, TRUE));
}

/** Measures one load, one launch after the other and many at once. */
export async function benchLaunch(bench: Bench, load: Load): Promise<Findings> {
  const { effort } = bench;
  const folder = bench.folder();
  const absent: Absent[] = [];
  const launchers = await able([
    file(BASE, BASE),
    frozenLoad(`${folder}/frozen`, load, TRUE),
    binary(bench, load),
    library(load, TRUE),
    unshare(load, TRUE),
    bwrap(load, TRUE),
  ], absent);
  const slow = await able([
    runtime("crun", `${folder}/crun`, load, TRUE),
    runtime("runc", `${folder}/runc`, load, TRUE),
  ], absent);
  const rounds = { warmUp: effort.warmUp, counted: effort.rounds };
  const single = await race([...launchers, ...slow], rounds);
  const crowd = await race(launchers, { warmUp: 1, counted: effort.crowds }, effort.atOnce);
  const { atOnce } = effort;
  return {
    section: {
      title: `Launch: ${load.name}`,
      blocks: [
        "One after the other:",
        timesTable(single, BASE, PEERS),
        `${atOnce} at once, the time of all divided by ${atOnce}:`,
        timesTable(crowd, BASE, PEERS),
        ...leftOut(absent),
      ],
    },
    aims: aims([
      {
        what: `frozen file, overhead ÷ unshare's: ${load.name}`,
        figure: overheadRatio(single, "frozen file", { base: BASE, peer: "unshare" }),
        atMost: 0.6,
      },
      {
        what: `frozen file, overhead ÷ bwrap's: ${load.name}`,
        figure: overheadRatio(single, "frozen file", { base: BASE, peer: "bwrap" }),
        atMost: 0.4,
      },
      {
        what: `\`Command\` ÷ \`Deno.Command("bwrap")\`: ${load.name}`,
        figure: ratio(single, "Command", "bwrap"),
        atMost: 0.6,
      },
      {
        what: `\`Command\` ÷ \`Deno.Command("bwrap")\`, ${atOnce} at once: ${load.name}`,
        figure: ratio(crowd, "Command", "bwrap"),
        atMost: 0.6,
      },
      {
        what: `\`nido unshare\` ÷ unshare: ${load.name}`,
        figure: ratio(single, "nido unshare", "unshare"),
        // A network namespace takes the kernel most of the time.
        atMost: load.namespaces.includes("net") ? 0.75 : 0.65,
      },
      {
        what: `\`nido unshare\` over a frozen file: ${load.name}`,
        figure: overhead(single, "nido unshare", "frozen file"),
        atMost: 0.1,
        unit: "ms",
      },
    ]),
  };
}
