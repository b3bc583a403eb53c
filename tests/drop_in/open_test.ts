// The command lines of unshare once more, by a static file that reads its words itself: what runs is the
// same. Words that make no launch it refuses, too; how it says so, the command line's tests look at.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { commandTexts } from "../../cli/freeze.ts";
import { COMMANDS } from "../../cli/commands.ts";
import { OPTION_WORDS } from "../../cli/option_words.ts";
import { unshare } from "../../cli/unshare.ts";
import { openBytes } from "../../launch/freeze.ts";
import { type Bench, prepareBench } from "./bench.ts";
import { lacksOfLine } from "./compare.ts";
import { keyOf, type Line, type Outcome, runLine } from "./run_line.ts";
import { unshareLines } from "./unshare_lines.ts";
import recorded from "./unshare_recorded.json" with { type: "json" };
import { skipFor } from "../support/skip.ts";

const outcomes: Readonly<Record<string, Outcome>> = recorded;

/** What it takes less of than the command line: it says that of such a word. */
const STRICTER: readonly RegExp[] = [
  /takes names in any case/,
  /may have blanks, a sign and zeros/,
  /an offset of zero is no different/,
];

let bench: Bench | undefined;
let folder: string | undefined;

/** A folder with the file. */
async function withFile(): Promise<string> {
  if (folder !== undefined) return folder;
  folder = Deno.makeTempDirSync({ prefix: "nido-open-" });
  Deno.chmodSync(folder, 0o755);
  const texts = await commandTexts("unshare", COMMANDS);
  const bytes = openBytes(unshare, Deno.build.arch, { front: OPTION_WORDS, texts });
  Deno.writeFileSync(`${folder}/unshare`, bytes, { mode: 0o755 });
  for (const other of ["nsenter", "lsns"]) {
    Deno.symlinkSync(`/usr/bin/${other}`, `${folder}/${other}`);
  }
  return folder;
}

const isStricter = (line: Line): boolean => STRICTER.some((about) => about.test(keyOf(line)));

for (const line of unshareLines.filter((line) => !line.differs && !isStricter(line))) {
  Deno.test({
    name: `an open unshare ${keyOf(line)}`,
    ...skipFor(lacksOfLine(line, false)),
    async fn() {
      bench ??= prepareBench({ kind: "folder", path: await withFile() });
      const want = outcomes[keyOf(line)]!;
      const { code, signal, stdout, stderr } = await runLine("unshare", line, bench);
      assertEquals(
        { code, signal, stdout },
        { code: want.code, signal: want.signal, stdout: want.stdout },
        `stderr was: ${stderr}`,
      );
      if (want.stderr === "") assertEquals(stderr, "");
      else {assertEquals(
          stderr.startsWith("unshare: "),
          want.stderr.startsWith("unshare: "),
          stderr,
        );}
    },
  });
}

Deno.test("an open unshare takes the beginning of a line of /etc/passwd for no name", async () => {
  const file = `${await withFile()}/unshare`;
  const user = Deno.readTextFileSync("/etc/passwd").split(":", 2).join(":");
  for (const option of [`--map-user=${user}`, "--map-group=root:x"]) {
    const { code, stderr } = await new Deno.Command(file, { args: [option, "true"] }).output();
    assertEquals(code, 1);
    assertStringIncludes(new TextDecoder().decode(stderr), "failed to parse");
  }
});

globalThis.addEventListener("unload", () => {
  bench?.[Symbol.dispose]();
  if (folder !== undefined) Deno.removeSync(folder, { recursive: true });
});
