import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../cli/commands.ts";
import { DATE, VERSION } from "../../cli/version.ts";
import { requires } from "../requires.ts";
import { run } from "../support/nido.ts";
import { nido } from "../cli/run_nido.ts";

const ROOT = decodeURI(new URL("../..", import.meta.url).pathname);

Deno.test(
  "nido man is a page that mandoc(1) has nothing against",
  requires({ programs: ["mandoc"] }),
  async () => {
    const { code, stdout, stderr } = await nido(["man"]);
    assertEquals([code, stderr], [0, ""]);
    const lint = await run(["mandoc", "-T", "lint"], { stdin: stdout });
    assertEquals([lint.stdout, lint.stderr], ["", ""]);
  },
);

Deno.test(
  "nido man has all sections, commands and options",
  requires({ programs: ["mandoc"] }),
  async () => {
    const source = (await nido(["man"])).stdout;
    const page = await run(["mandoc", "-T", "utf8", "-O", "width=120"], { stdin: source });
    // Bold is overstruck.
    // deno-lint-ignore no-control-regex -- backspaces are how mandoc prints it
    const text = page.stdout.replace(/.\x08/g, "");
    const sections = [...text.matchAll(/^[A-Z][A-Z ]*$/gm)].map(([title]) => title);
    assertEquals(sections, [
      "NAME",
      "SYNOPSIS",
      "DESCRIPTION",
      "COMMANDS",
      "EXIT STATUS",
      "ENVIRONMENT",
      "EXAMPLES",
      "SEE ALSO",
    ]);
    for (const [name, { does, manual }] of Object.entries(COMMANDS)) {
      const { options, examples } = await manual();
      const about = text.split(`   nido ${name} - ${does}\n`)[1]!.split(/\n {3}nido /)[0]!;
      for (const { long, short } of options) {
        assertMatch(about, new RegExp(`^ +${short ? `-${short}, ` : ""}--${long}\\b`, "m"));
      }
      for (const { line } of examples) assertStringIncludes(text, `nido ${line}\n`);
    }
  },
);

Deno.test("nido man is of the day that the changelog gives its version", () => {
  assertMatch(DATE, /^\d{4}-\d\d-\d\d$/);
  const changes = Deno.readTextFileSync(`${ROOT}CHANGELOG.md`);
  const heading = changes.split("\n").find((line) => line.startsWith(`## ${VERSION}`));
  // A version that is not out yet has no heading.
  if (heading === undefined) assertStringIncludes(changes, "## Unreleased");
  else assertStringIncludes(heading, DATE);
});
