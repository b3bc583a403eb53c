/** README.md, and the list of all pages. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS, isCommand } from "../../cli/commands.ts";
import { requires } from "../requires.ts";
import { AS_USER, NIDO, quote, run } from "../support/nido.ts";
import { HIDDEN, testPage } from "./transcript.ts";

testPage("README.md");

const ROOT = decodeURI(new URL("../..", import.meta.url).pathname);
const README = Deno.readTextFileSync(`${ROOT}README.md`);

Deno.test("the README lists all commands, and no others", () => {
  const [, list = ""] = README.match(/^## The commands\n([^]*?)^## /m) ?? [];
  const named = [...list.matchAll(/`nido\s+([a-z]+)`/g)].map(([, name]) => name!);
  assertEquals(named.toSorted(), Object.keys(COMMANDS).toSorted());
});

Deno.test("the README is ahead of nothing: each command that it shows is one", () => {
  for (const [, name] of README.matchAll(/(?:`|\$ |dev )nido ([a-z]+)/g)) {
    assert(isCommand(name!), name);
  }
});

Deno.test("the README fits a screen of 80 columns, but for the first two commands", () => {
  const wide = README.split("\n").filter((line) => line.length > 80);
  assertEquals(wide.filter((line) => !line.startsWith("./dev ")), []);
});

Deno.test("the list of pages has each page", () => {
  const list = Deno.readTextFileSync(`${ROOT}docs/README.md`);
  for (const { name } of Deno.readDirSync(`${ROOT}docs`)) {
    if (name.endsWith(".md") && name !== "README.md") assertStringIncludes(list, `](${name})`);
  }
});

Deno.test("the README tells of its picture what is in it", () => {
  const svg = Deno.readTextFileSync(`${ROOT}docs/pictures/nested.svg`).replace(/<[^>]*>/g, "");
  const [, pids = ""] = svg.match(/(\d+ → \d+ → \d+) sleep/) ?? [];
  const [, ...told] =
    README.match(/`sleep` is process (\d+) for the whole, (\d+) one.*? (\d+) in/) ?? [];
  assertEquals(told, pids.split(" → "));
});

/** What is written in a picture. Spaces count: it is drawn with them. */
const withoutNumbers = (svg: string): string[] =>
  [...svg.matchAll(/>([^<]*[a-z→][^<]*)</g)].map(([, text]) => text!.replace(/\d{2,}|[2-9]/g, "N"))
    .filter((text) => !text.includes("{"));

/** Without what others have mounted outside, as `ip netns add` does: it is drawn last, below an owner nobody knows. */
function ownIn(texts: readonly string[]): readonly string[] {
  const unseen = texts.indexOf("out of your sight");
  return unseen < 0 ? texts : texts.slice(0, unseen - 1);
}

Deno.test(
  "the picture of the README is what its command draws",
  requires({ userNamespaces: true, programs: ["pgrep", "hostname", "realpath"] }),
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "nido-picture-" });
    try {
      await Deno.chmod(folder, 0o777);
      await Deno.mkdir(`${folder}/bin`);
      await Deno.writeTextFile(`${folder}/bin/nido`, `#!/bin/sh\nexec ${quote(NIDO)} "$@"\n`);
      await Deno.chmod(`${folder}/bin/nido`, 0o755);
      const { code, stderr } = await run(
        [...AS_USER, `${ROOT}docs/pictures/nested.sh`, `${folder}/new.svg`],
        { env: { PATH: `${folder}/bin:${Deno.env.get("PATH")}`, LC_ALL: "C.UTF-8" } },
      );
      const said = stderr.split("\n").filter((line) => line && !HIDDEN.test(line));
      assertEquals([code, said], [0, []]);
      const [shown, drawn] = [`${ROOT}docs/pictures/nested.svg`, `${folder}/new.svg`]
        .map((path) => withoutNumbers(Deno.readTextFileSync(path)));
      // Who has made it is another user here, and what draws it may run from source.
      const isSame = (text: string): boolean => !/made by|outside|^ (nido|deno)$/.test(text);
      assertEquals(ownIn(drawn!).filter(isSame), shown!.filter(isSame));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
