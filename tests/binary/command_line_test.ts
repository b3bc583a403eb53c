/** What ps shows of a launcher is the command line that was given. */
import { assertEquals } from "@std/assert";
import { requires } from "../requires.ts";
import { isBinary, NIDO, nido, quote, run, shell } from "../support/nido.ts";

/** argv[0] as nido gets it. From source that is Deno's. */
const NAME = isBinary ? NIDO[0]! : "nido";

/** A program that shows its launcher's command line. */
const SHOW = ["sh", "-c", 'tr "\\0" "|" </proc/$PPID/cmdline', "sh"];

const shown = (words: readonly string[]): string => words.map((word) => `${word}|`).join("");

for (
  const words of [
    ["unshare", "--fork", ...SHOW],
    ["unshare", "-f", "--wd=/", ...SHOW, "", "a b", "-f", "ä", "\n"],
    ["nsenter", "-t", `${Deno.pid}`, "--pid", ...SHOW],
    ["unshare", "--fork", "--clear-env", "--", "/bin/sh", ...SHOW.slice(1)],
  ]
) {
  const needs = words[0] === "nsenter" ? requires({ root: true }) : {};
  Deno.test(`a launcher keeps its command line: ${JSON.stringify(words)}`, needs, async () => {
    const { stdout, stderr } = await run([...NIDO, ...words]);
    assertEquals([stdout, stderr], [shown([NAME, ...words]), ""]);
  });
}

Deno.test("a launcher's command line may be any bytes", async () => {
  const words = quote(["unshare", "--fork", ...SHOW]);
  const { bytes } = await shell(`${nido} ${words} $'\\xff\\xc3'`, [], { with: "bash" });
  assertEquals([...bytes.slice(-4)], [0x7c, 0xff, 0xc3, 0x7c]);
});

Deno.test(
  "a launcher's command line begins with the name that nido was called by",
  requires({ binary: true }),
  async () => {
    const folder = Deno.makeTempDirSync({ prefix: "nido-link-" });
    try {
      Deno.symlinkSync(NIDO[0]!, `${folder}/unshare`);
      const script = `cd ${folder}; exec -a ./unshare ./unshare --fork ${quote(SHOW)}`;
      assertEquals(
        (await shell(script, [], { with: "bash" })).stdout,
        shown(["./unshare", "--fork", ...SHOW]),
      );
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
);

Deno.test(
  "pgrep -f finds a launcher, and its name is still the command's",
  requires({ programs: ["pgrep", "ps"] }),
  async () => {
    const mark = `mark-${Deno.pid}`;
    const script = `pgrep -f "unshare -f .*${mark}$" | grep -cx $PPID; ps -o comm= -p $PPID`;
    const { stdout } = await shell(`${nido} unshare -f sh -c ${quote([script])} ${mark}`);
    assertEquals(stdout, "1\nunshare\n");
  },
);
