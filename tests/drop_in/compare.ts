/** Registers one test per line of a drop-in table. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { lacksOf } from "../requires.ts";
import { isBinary, isFronted, NIDO } from "../support/nido.ts";
import { type Lack, skipFor } from "../support/skip.ts";
import { prepareBench } from "./bench.ts";
import type { Bench, Programs } from "./bench.ts";
import { keyOf, runLine, USER_ID } from "./run_line.ts";
import type { Line, Need, Outcome, Tool } from "./run_line.ts";

/**
 * Registers the tests of one table.
 *
 * `NIDO_BIN` names the compiled binary; without it nido runs from source. `NIDO_ORACLE_DIR` names
 * a folder of util-linux's programs instead: so the harness itself is proven.
 */
export function testLines(
  tool: Tool,
  lines: readonly Line[],
  recorded: Readonly<Record<string, Outcome>>,
): void {
  const oracle = Deno.env.get("NIDO_ORACLE_DIR");
  let bench: Bench | undefined;
  for (const line of lines) {
    Deno.test({
      name: `${tool} ${keyOf(line)}`,
      ...skipFor(lacksOfLine(line, oracle !== undefined)),
      async fn() {
        const want = recorded[keyOf(line)];
        assert(want !== undefined, "This line is not recorded: run tests/drop_in/record.ts");
        bench ??= prepareBench(programs(oracle));
        compareOutcomes(tool, line, want, await runLine(tool, line, bench));
      },
    });
  }
  globalThis.addEventListener("unload", () => bench?.[Symbol.dispose]());
}

/** Fails unless `got` is what `line` should give when util-linux gives `want`. */
export function compareOutcomes(tool: Tool, line: Line, want: Outcome, got: Outcome): void {
  const differs = isFronted && line.differs?.behindDeno ? undefined : line.differs;
  const signal = differs?.signal === undefined ? want.signal : differs.signal ?? undefined;
  assertEquals(
    { stdout: got.stdout, code: got.code, signal: got.signal },
    { stdout: differs?.stdout ?? want.stdout, code: differs?.code ?? want.code, signal },
    `stderr was: ${got.stderr}`,
  );
  if (differs !== undefined) {
    if (differs.stderr === "") assertEquals(got.stderr, "");
    else if (differs.stderr !== undefined) assertStringIncludes(got.stderr, differs.stderr);
  } else if (line.stderr === "kernel") {
    assert(got.stderr.startsWith(`${tool}: `), `Expected "${tool}: …", got: ${got.stderr}`);
    assertStringIncludes(got.stderr, errnoText(want.stderr));
  } else {
    assertEquals(got.stderr, want.stderr);
  }
}

/** @returns the errno text that ends util-linux's message. */
function errnoText(stderr: string): string {
  return stderr.split("\n")[0]!.split(": ").at(-1)!;
}

export function programs(oracle: string | undefined): Programs {
  if (oracle !== undefined) return { kind: "folder", path: oracle };
  if (isBinary) return { kind: "binary", path: NIDO[0]! };
  // Lines that empty the environment or run as another user still need the same module cache.
  const cache = Deno.env.get("DENO_DIR");
  return {
    kind: "source",
    command: [...cache ? ["/usr/bin/env", `DENO_DIR=${cache}`] : [], ...NIDO],
  };
}

/** What the machine, or who runs the tests, lacks for a line. */
export function lacksOfLine(line: Line, oracle: boolean): Lack[] {
  const uid = Deno.uid();
  const lacks = (line.needs ?? []).flatMap((need) => missing(need) ?? []);
  if (line.as === "user" && uid !== 0 && uid !== USER_ID) {
    lacks.push({ what: `uid ${USER_ID} or root`, forGood: true });
  }
  if (oracle && line.differs !== undefined) {
    lacks.push({ what: "nido: it differs from util-linux on purpose", forGood: true });
  }
  return [...lacksOf(line.as === "root" ? { root: true } : { userNamespaces: true }), ...lacks];
}

function missing(need: Need): Lack | undefined {
  switch (need) {
    case "newuidmap":
      return [...lacksOf({ programs: [need] })][0];
    case "subids":
      return hasSubids()
        ? missing("newuidmap")
        : { what: `${SUBIDS} in /etc/subuid for uid ${USER_ID}`, forGood: false };
    case "root setup":
      return [...lacksOf({ root: true })][0];
    case "binary":
      // `deno run`, or the shell script around it, changes what they look at.
      return Deno.env.get("NIDO_ORACLE_DIR") ? undefined : [...lacksOf({ binary: true })][0];
    case "binfmt":
      return [...lacksOf({ filesystems: ["binfmt_misc"] })][0];
  }
}

const SUBIDS = "100000:65536";

function hasSubids(): boolean {
  const user = new Deno.Command("id", { args: ["-un", String(USER_ID)] }).outputSync();
  const name = new TextDecoder().decode(user.stdout).trim();
  return ["/etc/subuid", "/etc/subgid"].every((path) => {
    try {
      const lines = Deno.readTextFileSync(path).split("\n");
      return [name, USER_ID].some((owner) => lines.includes(`${owner}:${SUBIDS}`));
    } catch {
      return false;
    }
  });
}
