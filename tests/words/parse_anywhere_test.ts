// The same words give the same spec anywhere: what a machine has is looked at when the launch is started.

import { assert, assertEquals } from "@std/assert";
import { nsenter } from "../../cli/nsenter.ts";
import { unshare } from "../../cli/unshare.ts";
import { nsenterLines } from "../drop_in/nsenter_lines.ts";
import { unshareLines } from "../drop_in/unshare_lines.ts";
import { parsed } from "./parsed.ts";

const LINES: readonly (readonly string[])[] = [
  ...unshareLines.flatMap(({ argv }) => argv ? [["unshare", ...argv]] : []),
  ...nsenterLines.flatMap(({ argv }) => argv ? [["nsenter", ...argv]] : []),
  ["unshare", "--map-user=nosuch", "--map-group=nosuch"],
];

Deno.test("all recorded command lines are parsed without a permission, and without Deno", async () => {
  // Deno itself wants a folder for what it compiles, where nobody has a home.
  const DENO_DIR = Deno.makeTempDirSync({ prefix: "nido-parse-" });
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--no-check", "--quiet", "--no-config", "--cached-only"],
      new URL("parse_nowhere.ts", import.meta.url).pathname,
      JSON.stringify(LINES),
    ],
    clearEnv: true,
    env: { DENO_DIR },
  }).output().finally(() => Deno.removeSync(DENO_DIR, { recursive: true }));
  assert(success, new TextDecoder().decode(stderr));
  const texts = new TextDecoder().decode(stdout).trimEnd().split("\n");
  assertEquals(texts, parsed([unshare, nsenter], LINES).split("\n"));
  assertEquals(
    texts.at(-1),
    '{"name":"unshare","argv":[],"namespaces":[],"mapUser":{"name":"nosuch"},"mapGroup":{"name":"nosuch"}}',
  );
});
