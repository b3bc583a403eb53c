/** All benchmarks, one after the other. */
import { type Aim, aimSection } from "./aim.ts";
import { benchAlive, benchSandboxesAlive } from "./alive.ts";
import type { Bench, Effort, Findings } from "./bench.ts";
import { benchEnter } from "./enter.ts";
import { benchLaunch } from "./launch.ts";
import { benchList } from "./list.ts";
import { LOADS } from "./load.ts";
import { machineSection } from "./machine.ts";
import type { Section } from "./markdown.ts";
import { benchMemory, benchSandboxMemory } from "./memory.ts";
import { methodSection } from "./method.ts";
import { benchBinds, benchOrdinary, benchSandbox } from "./sandbox.ts";
import { SANDBOXES } from "./sandbox_lines.ts";
import { benchStart } from "./start.ts";

/** For figures that can be told from each other. */
export const FULL: Effort = {
  rounds: 300,
  warmUp: 10,
  atOnce: 200,
  crowds: 15,
  alive: 1000,
  processes: 2000,
};

/** Enough to see that all of it works. */
export const QUICK: Effort = {
  rounds: 2,
  warmUp: 0,
  atOnce: 5,
  crowds: 1,
  alive: 10,
  processes: 10,
};

const BENCHMARKS: readonly ((bench: Bench) => Promise<Findings>)[] = [
  ...LOADS.map((load) => (bench: Bench) => benchLaunch(bench, load)),
  ...SANDBOXES.map((sandbox) => (bench: Bench) => benchSandbox(bench, sandbox)),
  ...(Deno.uid() === 0 ? SANDBOXES : []).map((sandbox) => (bench: Bench) =>
    benchOrdinary(bench, sandbox)
  ),
  benchBinds,
  benchEnter,
  benchStart,
  benchList,
  benchMemory,
  benchSandboxMemory,
  benchAlive,
  benchSandboxesAlive,
];

/** The report; the verdict on the aims is the first part of it, but the last to be known. */
export async function run(bench: Bench, told: (section: Section) => void): Promise<Section[]> {
  const sections: Section[] = [];
  const aims: Aim[] = [];
  const add = (section: Section): void => {
    told(section);
    sections.push(section);
  };
  add(machineSection());
  add(methodSection(bench.effort));
  for (const benchmark of BENCHMARKS) {
    const found = await benchmark(bench);
    add(found.section);
    aims.push(...found.aims);
  }
  const verdict = aimSection(aims);
  told(verdict);
  return [verdict, ...sections];
}
