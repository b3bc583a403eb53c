import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { aimSection } from "../../bench/aim.ts";
import { type Section, textOf } from "../../bench/markdown.ts";
import { HEAD } from "../../bench/method.ts";
import { QUICK, run } from "../../bench/run.ts";
import { SANDBOXES } from "../../bench/sandbox_lines.ts";
import { requires } from "../requires.ts";

/** What `deno fmt` makes of a document. */
async function formatted(text: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--no-config", "--line-width=100", "--prose-wrap=preserve", "--ext=md", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  return new TextDecoder().decode((await child.output()).stdout);
}

Deno.test("aims that are all met are laid out as deno fmt would", async () => {
  const aims = [{ what: "a", figure: 1, atMost: 2 }, { what: "b", figure: 1, atMost: 1 }];
  const text = textOf(aimSection(aims));
  assertStringIncludes(text, "All are met.");
  assertEquals(await formatted(text), text);
});

const needs = requires({ userNamespaces: true, programs: ["unshare", "sleep"] });

Deno.test(
  "the benchmark runs through, and has a row or a reason for each contender",
  needs,
  async () => {
    const top = await Deno.makeTempDir({ prefix: "nido-bench-test-" });
    const told: Section[] = [];
    try {
      const sections = await run({
        effort: QUICK,
        compiled: { problem: "left to itself" },
        folder: () => Deno.makeTempDirSync({ dir: top }),
      }, (section) => told.push(section));
      assertEquals(new Set(told), new Set(sections));
      assertEquals(sections[0]?.title, "Aims");

      /** Each row of a section's tables, and whoever it says is left out. */
      const labels = (title: string): string[] => {
        const text = textOf(sections.find((section) => section.title.startsWith(title))!);
        const rows = [...text.matchAll(/^\| (\S.*?) +\|/gm)].map((match) => match[1]!);
        const absent = text.match(/^Left out: (.*)\.$/m)?.[1] ?? "";
        return [
          ...rows,
          ...[...absent.matchAll(/(?:^|, )([A-Za-z ]+) \(/g)].map((match) => match[1]!),
        ];
      };
      const has = (title: string, asked: readonly string[]): void => {
        const found = labels(title);
        for (const one of asked) assert(found.includes(one), `${title} lacks ${one}: ${found}`);
      };
      const launchers = ["frozen file", "Command", "unshare", "bwrap"];
      const all = [...launchers, "nido unshare", "crun", "runc"];
      has("Launch: a user namespace alone", ["/bin/true", ...all]);
      has("Launch: five namespaces with /proc", ["/bin/true", ...all]);
      has("Launch: the five and a network namespace", ["/bin/true", ...all]);
      const sandboxers = ["open file", "nido bwrap", "Command", "bwrap"];
      for (const { name } of SANDBOXES) has(`Sandbox: ${name}`, ["/bin/true", ...sandboxers]);
      has("Binds", ["open file, 10 binds", "Command, 1000 binds", "nido bwrap"]);
      has("Enter", ["/bin/true", "frozen file", "Command", "nsenter", "nido nsenter"]);
      has("List", ["nido lsns"]);
      has("Memory: one waiting launcher", all);
      has("Memory: one waiting sandbox", sandboxers);
      has("Alive: 10 launches", launchers);
      has("Alive: 10 sandboxes", sandboxers);

      const alive = textOf(sections.find(({ title }) => title.startsWith("Alive"))!);
      // Nobody else waits but one launcher of each.
      assertStringIncludes(alive, "|        10 |");
      const text = [HEAD, ...sections.map(textOf)].join("\n");
      assertEquals(await formatted(text), text);
    } finally {
      await Deno.remove(top, { recursive: true });
    }
  },
);
