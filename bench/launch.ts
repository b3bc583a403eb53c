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

function compiledOnes({ compiled }: Bench, load: Load): (Contender | Absent)[] {
  if ("problem" in compiled) return [{ label: "nido unshare", problem: compiled.problem }];
  return [compiled.empty, compiled.nido("unshare", ...unshareWords(load, TRUE))];
}

/** Measures one load, one launch after the other and many at once. */
export async function benchLaunch(bench: Bench, load: Load): Promise<Findings> {
  const { effort } = bench;
  const folder = bench.folder();
  const absent: Absent[] = [];
  const launchers = await able([
    file(BASE, BASE),
    frozenLoad(`${folder}/frozen`, load, TRUE),
    library(load, TRUE),
    unshare(load, TRUE),
    bwrap(load, TRUE),
  ], absent);
  const slow = await able([
    ...compiledOnes(bench, load),
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
        what: `\`nido unshare\` over an empty program: ${load.name}`,
        figure: overhead(single, "nido unshare", "an empty program"),
        atMost: 4,
        unit: "ms",
      },
    ]),
  };
}
