/** The command line of nsenter(1) that does what `nido enter` does. */
import { shellWord } from "../../ffi/shell_word.ts";
import type { Join } from "../../launch/join/spec.ts";

/** The options that only are there or not. */
const FLAGS: readonly (readonly [keyof Join, string])[] = [
  ["all", "--all"],
  ["root", "--root"],
  ["wd", "--wd"],
  ["env", "--env"],
  ["cgroup", "--join-cgroup"],
];

/** The words, as a person types them. */
export function nsenterLine(join: Join, argv: readonly string[]): string {
  const options = FLAGS.flatMap(([field, word]) => join[field] ? [word] : []);
  const words = ["nsenter", "--target", String(join.target), ...options, "--", ...argv];
  return words.map((word) => shellWord(word)).join(" ");
}
