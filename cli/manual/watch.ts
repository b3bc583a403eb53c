/** The manual of `nido watch`. */
import { OPTIONS } from "../watch.ts";
import type { Manual } from "./manual.ts";

export const manual: Manual = {
  usage: ["[options]"],
  description: [
    "Print a line for each namespace, process and mount that comes or goes, and who did it, until " +
    "Ctrl-C. A process is new, has executed another program (exec), or is gone. A namespace is " +
    "new, is empty (no process is in it, but something else keeps it), or is gone; 'enter' is a " +
    "process that is now in a namespace of before. A mount is new or gone in the mount " +
    "namespace of a process; of a new mount namespace only the mounts are told that its maker's has not.",
    "It looks 10 times a second, at little cost: /proc/loadavg tells whether there are other " +
    "processes, each mount namespace whether it has other mounts, and old processes are looked " +
    "at in turn. What is there for less than that may be missed. Kernel threads are not told of.",
  ],
  options: OPTIONS,
  operands: [],
  notes: [
    "As an ordinary user you see all processes come and go, but namespaces and mounts of your " +
    "own processes alone: 'gone' is a namespace that none of those has any more.",
    "'by' is who started the process, or who was first seen in the namespace. The kernel does not tell who " +
    "mounts: it is 'by' the only process of a mount namespace, or 'where' one is.",
    "A mount namespace may live on for a tenth of a second, since nido has its list of mounts open.",
  ],
  examples: [
    { line: "watch", does: "what happens while you type in another terminal" },
    {
      line: "watch --json | jq -c 'select(.type == \"net\")'",
      does: "network namespaces alone",
    },
  ],
};
