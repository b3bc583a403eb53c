/** The manual of `nido man`. */
import { OPTIONS } from "../man.ts";
import type { Manual } from "./manual.ts";

export const manual: Manual = {
  usage: ["[options]"],
  description: [
    "Print the manual as a man page, nido(1), made of the same tables that read the command line.",
  ],
  options: OPTIONS,
  operands: [],
  examples: [
    { line: "man | man -l -", does: "read it" },
    {
      line: "man >/usr/local/share/man/man1/nido.1",
      does: "install it, so that man nido finds it",
    },
  ],
};
