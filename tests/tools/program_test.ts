import { assertEquals } from "@std/assert";
import { launchingNames } from "../../cli/launchers.ts";
import { SHORT } from "../../tools/program/load.ts";

Deno.test("every command that launches a program goes the binary's short way", () => {
  assertEquals<readonly string[]>(SHORT, launchingNames());
});
