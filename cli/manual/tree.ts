/** The manual of `nido tree`. */
import { OPTIONS } from "../tree.ts";
import type { Manual } from "./manual.ts";

export const manual: Manual = {
  usage: ["[options] [<pid>]"],
  description: [
    "Draw the processes below this one (below PID 1) as a tree, with a border wherever a " +
    "process is in other namespaces than its parent. A process has a PID in its own PID " +
    "namespace and in each one around that: 13512 -> 11 -> 1 is 13512 here, 11 one level " +
    "deeper and 1 in its own. A border names the container that begins there, where one does, " +
    "and a process the types in which threads of it are elsewhere.",
  ],
  options: OPTIONS,
  operands: "pid",
  notes: ["Without a PID, kernel threads are left out: they are in no namespace but the first."],
  examples: [
    { line: "tree", does: "all processes" },
    { line: "tree -a -t pid,net $$", does: "those below this shell, with borders of two types" },
    {
      line: "tree --json | jq '.. | .pids? // empty | select(length > 1)'",
      does: "the PIDs of all processes that have several",
    },
  ],
};
