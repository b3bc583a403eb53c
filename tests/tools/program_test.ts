import { assertEquals } from "@std/assert";
import { launchingNames } from "../../cli/launchers.ts";
import { SHORT } from "../../tools/program/load.ts";

Deno.test("every command of util-linux that launches a program goes the binary's short way", () => {
  const ours = ["run", "bwrap"];
  assertEquals<readonly string[]>(SHORT, launchingNames().filter((name) => !ours.includes(name)));
});
