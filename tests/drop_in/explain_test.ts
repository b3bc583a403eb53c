// The command lines of bwrap once more, explained and under strace(1): both tell the same. One process explains all of
// them, as Deno's start would take longer than all else.

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  differenceOf,
  type Explained,
  type Explainer,
  startExplainer,
} from "../support/explained.ts";
import { requires } from "../requires.ts";
import { type Bench, prepareBench } from "./bench.ts";
import { clientLines } from "./bwrap_lines_clients.ts";
import { processLines } from "./bwrap_lines_process.ts";
import { rootLines } from "./bwrap_lines_root.ts";
import { keyOf, type Line, runLine } from "./run_line.ts";

/** What explain cannot know, or this test cannot compare: why. */
const UNKNOWN: readonly (readonly [about: RegExp, why: string])[] = [
  [/waits for the last|reaps what others leave/, "how many processes the program leaves"],
  [/: --userns( |$)|--pidns$/, "whether setgroups is denied in a user namespace of others"],
  [
    /sync-fd|--lock-file locks|: --json-status-fd|its end is told behind|no end is told where a filter|a thumbnailer: one file/,
    "which numbers descriptors have, and so their order",
  ],
  [/three in each other/, "strace cannot follow a launch in a launch"],
  [/what root was denied/, "who explains has another bounding set"],
];

const isKnown = (line: Line): boolean => !UNKNOWN.some(([about]) => about.test(keyOf(line)));

/** Clients' lines as both; of each other line one half as root, one as a user, in turns. */
const LINES: readonly Line[] = [
  ...[...rootLines, ...processLines].filter((_, i) => i % 4 === 0 || i % 4 === 3),
  ...clientLines,
].filter(isKnown);

/** How many launches are compared as each user. */
const LEAST = 60;

/** The same with a file as standard input: what comes through a pipe explain does not know. */
const withFile = ({ stdin, ...line }: Line): Line =>
  stdin === undefined ? line : {
    ...line,
    setup: `${line.setup ?? ":"}\nprintf %s '${stdin}' >input`,
    shell: `exec <input; ${line.shell}`,
  };

/** Runs a line, and gives its launches. */
async function take(line: Line, bench: Bench, explainer: Explainer): Promise<Explained[]> {
  const { stderr } = await runLine("bwrap", withFile(line), bench);
  const launches = explainer.taken();
  const isRefused = explainer.refused() !== undefined;
  assert(launches.length > 0 || isRefused, `nothing was launched, nor refused: ${stderr}`);
  return launches;
}

const needs = (as: Line["as"]) =>
  requires({
    binary: false,
    programs: ["strace"],
    ...as === "root" ? { root: true } : { userNamespaces: true },
  });

for (const as of ["root", "user"] as const) {
  Deno.test(`explain tells of bwrap what strace sees, as ${as}`, needs(as), async (t) => {
    await using explainer = await startExplainer(as);
    using bench = prepareBench({ kind: "folder", path: explainer.programs });
    let count = 0;
    for (const line of LINES.filter((line) => line.as === as)) {
      await t.step(line.name, async () => {
        for (const launch of await take(line, bench, explainer)) {
          count++;
          assertEquals(differenceOf(launch), undefined);
        }
      });
    }
    assert(count >= LEAST, `only ${count} launches were compared`);
  });
}

Deno.test("a step more, less or other is found", needs("user"), async () => {
  await using explainer = await startExplainer("user");
  using bench = prepareBench({ kind: "folder", path: explainer.programs });
  const line = clientLines.find(({ name, as }) => as === "user" && /agent's run/.test(name))!;
  const [launch] = await take(line, bench, explainer);
  const { steps } = launch!;
  const differs = (changed: Explained["steps"]) =>
    assertMatch(differenceOf({ ...launch!, steps: changed }) ?? "", /strace saw|never seen/);
  assertEquals(differenceOf(launch!), undefined);
  for (const [i, step] of steps.entries()) {
    const other = { ...step, call: step.call.replace("(", "(1, ") };
    differs(steps.toSpliced(i, 1));
    differs(steps.toSpliced(i, 1, other));
    differs(steps.toSpliced(i, 0, other));
  }
});
