// The recorded command lines once more, read by the binary's front and by JavaScript: see readers_test.ts.

import { assertEquals, assertGreater } from "@std/assert";
import { prepareBench } from "../drop_in/bench.ts";
import { lacksOfLine } from "../drop_in/compare.ts";
import { frozen } from "../drop_in/frozen.ts";
import { lsnsLines } from "../drop_in/lsns_lines.ts";
import { nsenterLines } from "../drop_in/nsenter_lines.ts";
import { keyOf, type Line, type Outcome, runLine, type Tool } from "../drop_in/run_line.ts";
import { unshareLines } from "../drop_in/unshare_lines.ts";
import { requires } from "../requires.ts";
import { NIDO } from "../support/nido.ts";
import { isLeftToDeno, SHARE_OF_LEFT, SMALL } from "./left.ts";

const TABLES: readonly (readonly [Tool, readonly Line[]])[] = [
  ["unshare", unshareLines],
  ["nsenter", nsenterLines],
  ["lsns", lsnsLines],
];
/** Deno opens /dev/null where they are closed. */
const BETTER_BY_FRONT = /^unshare as \w+: closed standard (in|out)put stays closed$/;
/** Deno's start takes longer than all else: of lines that show little here, one in so many. */
const SHARE_OF_OTHERS = 8;
const AT_ONCE = navigator.hardwareConcurrency;

/** Whether only Deno knows the command, or frozen_test.ts, too, launches what JavaScript reads. */
const showsLittle = (tool: Tool, line: Line): boolean =>
  tool === "lsns" || tool === "unshare" && frozen(line) !== undefined;

/** An outcome as text, without the numbers of processes and inodes, and with flags that the front finds out when it runs. */
const shownBy = ({ stdout, stderr, ...rest }: Outcome): string =>
  JSON.stringify({
    ...rest,
    stdout: stdout.replace(/\d{2,}/g, "N"),
    stderr: stderr.replace(/\d{2,}/g, "N"),
  });

Deno.test(
  "recorded lines do the same by the front and by Deno",
  requires({ binary: true, userNamespaces: true, programs: ["prlimit"] }),
  async () => {
    using bench = prepareBench({ kind: "binary", path: NIDO[0]! });
    const lines = TABLES.flatMap(([tool, lines]) =>
      lines.filter((line) => lacksOfLine(line, false).length === 0)
        .filter((line, i) => i % SHARE_OF_OTHERS === 0 || !showsLittle(tool, line))
        .map((line) => [tool, line] as const)
    ).values();
    const differing: string[] = [];
    let [compared, left] = [0, 0];
    const worker = async (): Promise<void> => {
      for (const [tool, line] of lines) {
        const small = await runLine(tool, line, bench, ["prlimit", `--as=${SMALL * 1024}:`]);
        const isLeft = isLeftToDeno(small);
        compared++;
        if (isLeft) left++;
        // Deno reads it then, whichever way it comes: a few of these are enough.
        if (isLeft && left % SHARE_OF_LEFT !== 0) continue;
        const byDeno = shownBy(
          await runLine(tool, { ...line, env: { ...line.env, NIDO_FRONT: "0" } }, bench),
        );
        // What shows its limits is asked without one.
        if (!isLeft && shownBy(small) === byDeno) continue;
        if (shownBy(await runLine(tool, line, bench)) === byDeno) continue;
        differing.push(`${tool} ${keyOf(line)}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    console.log(`Deno had to start for ${left} of ${compared}`);
    assertEquals(differing.filter((line) => !BETTER_BY_FRONT.test(line)), []);
    assertGreater(compared - left, compared / 3);
  },
);
