// Random options of bwrap, good and bad: each launch does what explain said of it, or fails as it said.

import { assert, assertGreater } from "@std/assert";
import { randomFrom } from "../readers/random_words.ts";
import { requires } from "../requires.ts";
import { differenceOf, startExplainer } from "../support/explained.ts";
import { quote } from "../support/nido.ts";
import { prepareBench } from "./bench.ts";
import { lineFrom } from "./random_bwrap_lines.ts";
import { type Line, runLine } from "./run_line.ts";

/** Lines of each kind. */
const COUNT = Number(Deno.env.get("NIDO_LINES") ?? 25);
const SEED = Number(Deno.env.get("NIDO_SEED") ?? 1);
const MOST_FAILURES = Number(Deno.env.get("NIDO_FAILURES") ?? 5);

/**
 * What explain cannot know, as explain_test.ts has it; that nobody outside writes the maps, or that only who owns
 * the IPC namespace may mount its queues; what strace(1) does not show whole, or may not read; and descriptor 7, which
 * the explainer has.
 */
const UNKNOWN =
  /^--(sync-fd|json-status-fd|lock-file|userns2?|pidns|userns-block-fd|mqueue|scope-abstract-unix-sockets|forward-signals|(add-)?seccomp(-fd)?|help|version)$/;

/** The most that strace shows of a text. */
const MOST_SHOWN = 4000;

/** Whether explain can know all of it: not whether another id may write to files of /proc, nor what a root of it refuses. */
const isKnown = (words: readonly string[]): boolean =>
  !words.some((word) => UNKNOWN.test(word) || word.length > MOST_SHOWN) &&
  !words.some((word, i) => word === "--proc" && (words.includes("--uid") || words[i + 1] === "/"));

const SETUP = `mkdir d work; echo content >f; echo content >d/g; printf -- '--dir\\0/made' >args`;
const DESCRIPTORS = "3<f 4<d 5>info 6<args 8</dev/null 9</proc/self/ns/net";

for (const as of Deno.uid() === 0 ? ["root", "user"] as const : ["user"] as const) {
  for (const isBad of [false, true]) {
    Deno.test(
      `as ${as}: random ${isBad ? "bad" : "good"} options of bwrap do what explain said`,
      requires({ binary: false, programs: ["strace"], userNamespaces: true }),
      async () => {
        await using explainer = await startExplainer(as);
        using bench = prepareBench({ kind: "folder", path: explainer.programs });
        const random = randomFrom(SEED + (isBad ? 1 : 0));
        const failures: string[] = [];
        const counts = { explained: 0, refused: 0 };
        for (let i = 0; i < COUNT && failures.length < MOST_FAILURES; i++) {
          let words: string[];
          do words = lineFrom(random, isBad); while (!isKnown(words));
          const shell = `exec bwrap ${quote([...words, "sh", "-c", "exit 7"])} ${DESCRIPTORS}`;
          const line: Line = { name: `line ${i}`, as, setup: SETUP, shell };
          const { code, stderr } = await runLine("bwrap", line, bench);
          const told = `line ${i} ${JSON.stringify(words.map((word) => word.slice(0, 80)))}`;
          const launches = explainer.taken();
          const refused = explainer.refused();
          for (const launch of launches) {
            const difference = differenceOf(launch);
            if (difference !== undefined) failures.push(`${told}: ${difference}\n${stderr}`);
          }
          counts[refused === undefined ? "explained" : "refused"]++;
          if (refused === undefined && launches.length !== 1) {
            failures.push(`${told}: ${launches.length} launches: ${code} ${stderr}`);
          }
        }
        console.log(`${as}: ${JSON.stringify(counts)}`);
        assert(failures.length === 0, failures.join("\n\n"));
        assertGreater(counts.explained, COUNT / (isBad ? 5 : 2));
      },
    );
  }
}
