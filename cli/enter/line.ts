/** The command line of nsenter(1) that does what `nido enter` does. */
import { shellWord } from "../../ffi/shell_word.ts";
import type { Join } from "../../launch/join/spec.ts";
import type { LaunchSpec } from "../../launch/spec.ts";

/** The options that only are there or not. */
const FLAGS: readonly (readonly [keyof Join, string])[] = [
  ["all", "--all"],
  ["userParent", "--user-parent"],
  ["root", "--root"],
  ["wd", "--wd"],
  ["env", "--env"],
  ["cgroup", "--join-cgroup"],
];

/** The words, as a person types them. */
export function nsenterLine(
  { join = {}, argv = [], setuid, setgid }: Pick<LaunchSpec, "join" | "argv" | "setuid" | "setgid">,
): string {
  const options = FLAGS.flatMap(([field, word]) => join[field] ? [word] : []);
  const ids = [
    ...(setuid === undefined ? [] : ["--setuid", String(setuid)]),
    ...(setgid === undefined ? [] : ["--setgid", String(setgid)]),
  ];
  const words = ["nsenter", "--target", String(join.target), ...options, ...ids, "--", ...argv];
  return words.map((word) => shellWord(String(word))).join(" ");
}
