/** Recognizes interactive shells. */
import { decode } from "../ffi/bytes.ts";
import type { LaunchSpec } from "../launch/spec.ts";

const SHELL_NAME = /^-?(ba|da|a|z|k|mk|fi|tc|c)?sh$/;

/** Whether a program is an interactive shell: one with no script and no command. */
export function isInteractiveShell({ program, argv }: LaunchSpec): boolean {
  if (program === undefined) return argv.length === 0;
  const [name = "", ...words] = argv.map((word) => typeof word === "string" ? word : decode(word));
  const isShell = SHELL_NAME.test(name.slice(name.lastIndexOf("/") + 1));
  return isShell && words.every((word) => /^(-[il]+|--login|--norc|--noprofile)$/.test(word));
}
