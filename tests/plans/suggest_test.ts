import { assertEquals } from "@std/assert";
import { nearest } from "../../launch/suggest.ts";

const PURE = { permissions: "none" } as const;
const COMMANDS = ["unshare", "nsenter", "lsns", "tree", "pid", "who", "map", "explain", "man"];
const OPTIONS = ["--mount", "--mount-proc", "--map-user", "--map-users", "--fork", "--net"];
const SIGNALS = ["HUP", "INT", "KILL", "TERM", "TSTP"];

const MEANT: readonly (readonly [word: string, among: string[], meant: string | undefined])[] = [
  ["unshrae", COMMANDS, "unshare"],
  ["nshare", COMMANDS, "unshare"],
  ["unsharee", COMMANDS, "unshare"],
  ["unsh", COMMANDS, "unshare"],
  ["UNSHARE", COMMANDS, "unshare"],
  ["enter", COMMANDS, "nsenter"],
  ["lsn", COMMANDS, "lsns"],
  ["tere", COMMANDS, "tree"],
  ["amp", COMMANDS, "map"],
  ["bash", COMMANDS, undefined],
  ["podman", COMMANDS, undefined],
  ["ps", COMMANDS, undefined],
  ["", COMMANDS, undefined],
  ["--mount-porc", OPTIONS, "--mount-proc"],
  ["--mont", OPTIONS, "--mount"],
  ["--mapusers", OPTIONS, "--map-users"],
  ["--map_user", OPTIONS, "--map-user"],
  ["--mapuser", OPTIONS, "--map-user"],
  ["--forks", OPTIONS, "--fork"],
  ["--nope", OPTIONS, undefined],
  ["--proc", OPTIONS, "--mount-proc"],
  ["--user", OPTIONS, undefined],
  ["--x", OPTIONS, undefined],
  ["TREM", SIGNALS, "TERM"],
  ["15", SIGNALS, undefined],
];

for (const [word, among, meant] of MEANT) {
  Deno.test(`nearest() takes '${word}' for ${meant ?? "nothing that it knows"}`, PURE, () => {
    assertEquals(nearest(word, among), meant);
  });
}
