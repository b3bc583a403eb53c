/** The manual of `nido freeze`. */
import { launchingNames } from "../launchers.ts";
import { OPTIONS } from "../freeze.ts";
import type { Manual } from "./manual.ts";

export const manual: Manual = {
  usage: [
    "[options] -o <file> <command> [<argument>...]",
    `-o <file> [--arch <arch>] --open ${launchingNames().join("|")}`,
    "--list <file> [--all] [--json] [-- <argument>...]",
  ],
  description: [
    `Write a small static program that does what a launching command (${
      launchingNames().join(", ")
    }) would do: of some 15 to 90 KiB, without nido, C library or runtime, and with no /proc but ` +
    "for what is asked of it.",
    "Arguments of the program are added to those given here; environment, directory and " +
    "descriptors pass through. What fails is said as the command says it, with the same exit " +
    "status.",
    "With --param, a value or a word of the program that is @<name>, or ends with =@<name> as a variable of " +
    "env(1) does, is left open: who starts the file " +
    "gives it as --<name>=<value>, and arguments of the program behind --. What is missing, unknown, " +
    "given twice or no such value is said, with exit status 125, before anything is done.",
    "With --open, the whole command is written: a program of some 80 to 120 KiB that takes that command's options. " +
    "It wants numbers in plain digits and signals in capitals, and is short about what is wrong.",
  ],
  options: OPTIONS,
  operands: "launching command",
  examples: [
    { line: "freeze -o sandbox unshare -Urpf --mount-proc sh", does: "a sandbox as one file" },
    { line: "freeze --list sandbox", does: "what that file does" },
    {
      line: "freeze --param dir -o in unshare -Ur --root @dir sh",
      does: "a file that is started with --dir=/some/root",
    },
    {
      line: "freeze --open -o unshare unshare",
      does: "an unshare that needs neither nido nor a C library",
    },
    {
      line: "freeze -o - --arch aarch64 unshare -Ur | ssh box 'cat >root'",
      does: "the same for another machine, which needs no nido",
    },
  ],
  notes: [
    "The program finds out itself who starts it: user and group id, subordinate ids, the ids of names " +
    "(--map-user, --map-group: in /etc/passwd and /etc/group where it is started), the folders of PATH, " +
    "and the shell if no program is named. The same command line gives the same bytes.",
    "A listing is no proof of who wrote a file. The headers and the code are compared with nido's own, " +
    "byte for byte, and system calls and their arguments are read from what will run; but notes, and " +
    "which steps are listed, are the file's own words. To trust one, freeze the same command line " +
    "again: the bytes are the same (cmp(1)).",
    "A program is replaced as a whole; a directory, a symbolic link or a device is not. Do not " +
    "make it setuid: it trusts its environment as the command does.",
  ],
};
