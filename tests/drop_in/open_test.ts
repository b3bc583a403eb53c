// The command lines of unshare and nsenter once more, by static files that read their words themselves: what
// runs is the same. Words that make no launch it refuses, too; how it says so, the command line's tests look at.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { commandTexts } from "../../cli/freeze.ts";
import { COMMANDS } from "../../cli/commands.ts";
import { OPTION_WORDS } from "../../cli/option_words.ts";
import { nsenter } from "../../cli/nsenter.ts";
import type { LaunchingCommand } from "../../cli/spec_reader.ts";
import { unshare } from "../../cli/unshare.ts";
import { openBytes } from "../../launch/freeze.ts";
import { type Bench, prepareBench } from "./bench.ts";
import { lacksOfLine } from "./compare.ts";
import { keyOf, type Line, type Outcome, runLine } from "./run_line.ts";
import { nsenterLines } from "./nsenter_lines.ts";
import ofNsenter from "./nsenter_recorded.json" with { type: "json" };
import { unshareLines } from "./unshare_lines.ts";
import ofUnshare from "./unshare_recorded.json" with { type: "json" };
import { skipFor } from "../support/skip.ts";

/** A command that is written as a file, and its lines. */
interface Opened {
  readonly command: LaunchingCommand;
  readonly lines: readonly Line[];
  readonly outcomes: Readonly<Record<string, Outcome>>;
}

const OPENED = {
  unshare: { command: unshare, lines: unshareLines, outcomes: ofUnshare },
  nsenter: { command: nsenter, lines: nsenterLines, outcomes: ofNsenter },
} satisfies Record<string, Opened>;

type Name = keyof typeof OPENED;

/** What it takes less of than the command line, or says otherwise where that is looked at: it says that of such a word. */
const STRICTER: readonly RegExp[] = [
  /takes names in any case/,
  /may have blanks, a sign and zeros/,
  /an offset of zero is no different/,
  /a target with an empty inode/,
];

let bench: Bench | undefined;
let folder: string | undefined;

/** A folder with the files. */
async function withFiles(): Promise<string> {
  if (folder !== undefined) return folder;
  folder = Deno.makeTempDirSync({ prefix: "nido-open-" });
  Deno.chmodSync(folder, 0o755);
  for (const [name, { command }] of Object.entries(OPENED)) {
    const texts = await commandTexts(name, COMMANDS);
    const bytes = openBytes(command, Deno.build.arch, { front: OPTION_WORDS, texts });
    Deno.writeFileSync(`${folder}/${name}`, bytes, { mode: 0o755 });
  }
  Deno.symlinkSync("/usr/bin/lsns", `${folder}/lsns`);
  return folder;
}

const isStricter = (line: Line): boolean => STRICTER.some((about) => about.test(keyOf(line)));

function testOpened(name: Name): void {
  const { lines, outcomes }: Opened = OPENED[name];
  for (const line of lines.filter((line) => !line.differs && !isStricter(line))) {
    Deno.test({
      name: `an open ${name} ${keyOf(line)}`,
      ...skipFor(lacksOfLine(line, false)),
      async fn() {
        bench ??= prepareBench({ kind: "folder", path: await withFiles() });
        const want = outcomes[keyOf(line)]!;
        const { code, signal, stdout, stderr } = await runLine(name, line, bench);
        assertEquals(
          { code, signal, stdout },
          { code: want.code, signal: want.signal, stdout: want.stdout },
          `stderr was: ${stderr}`,
        );
        if (want.stderr === "") assertEquals(stderr, "");
        else {
          assertEquals(
            stderr.startsWith(`${name}: `),
            want.stderr.startsWith(`${name}: `),
            stderr,
          );
        }
      },
    });
  }
}

testOpened("unshare");
testOpened("nsenter");

Deno.test("an open unshare takes the beginning of a line of /etc/passwd for no name", async () => {
  const file = `${await withFiles()}/unshare`;
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
