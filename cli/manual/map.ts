/** The manual of `nido map`. */
import { OPTIONS } from "../map.ts";
import type { Manual } from "./manual.ts";

export const manual: Manual = {
  usage: ["[options]"],
  description: [
    "Draw the namespaces: in the box of a user namespace what it owns, PID namespaces in " +
    "their parents, processes in their PID namespace (13512 -> 1 is 13512 here and 1 there) " +
    "with the other namespaces they are in, unless these are PID 1's, and network " +
    "namespaces with their interfaces; veth <-> is the other end of a pair. Processes of a container " +
    "that you are not in are together, below its name.",
  ],
  options: OPTIONS,
  operands: [],
  notes: [
    "--live prints the address of a page, and opens it where there is a browser. Only this machine reaches " +
    "it, and only who knows the secret in the address reads it: it shows what you may see. A click on a " +
    "process is nido pid, on a namespace nido who. The page asks for nothing elsewhere.",
  ],
  examples: [
    { line: "map", does: "draw on the terminal" },
    { line: "map --svg namespaces.svg", does: "a picture for a browser" },
    { line: "map --live", does: "a page that shows what happens while you type beside it" },
    { line: "map --json", does: "the same boxes for programs" },
  ],
};
