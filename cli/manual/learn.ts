/** The manual of `nido learn`. */
import { OPTIONS } from "../learn.ts";
import { TOPICS } from "../learn/page.ts";
import type { Manual } from "./manual.ts";

export const manual: Manual = {
  usage: ["[<topic>]"],
  description: [
    "Go through the eight kinds of namespaces by hand. It says what each one is, types a line when " +
    "you press Enter, and draws the processes with the borders of their namespaces below what came " +
    "out. In between it is your turn to try a thing that surprises.",
    `Topics: ${Object.keys(TOPICS).join(", ")}. Without one, all of them in this order.`,
    "The shell is a real one, on a terminal of its own, in PID and mount namespaces that end with it: " +
    "so nothing that is typed there changes your machine's processes, mounts or files. Who is not root is " +
    "root there, in a user namespace. Where something is refused, the text is to be read, with what nido " +
    "doctor says of it.",
  ],
  options: OPTIONS,
  operands: Object.keys(TOPICS),
  notes: [
    "Keys at a prompt: Enter types the line, Tab skips it, q, Ctrl-C and Ctrl-D leave; with any " +
    "other key the line is yours. While a program runs, all keys are its own, but Ctrl-\\, which always " +
    "leaves.",
    "Where standard input or output is no terminal, the text is printed.",
  ],
  examples: [
    { line: "learn", does: "all of it, from PID namespaces on" },
    { line: "learn pid", does: "PID namespaces: who is process 1, and why --fork" },
    { line: "learn user | less", does: "only the text about user namespaces" },
  ],
};
