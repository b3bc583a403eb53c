/** The manual of `nido lsns`. */
import { OPTIONS } from "../lsns/options.ts";
import type { Manual } from "./manual.ts";

export const manual: Manual = {
  usage: ["[options] [<namespace>]"],
  description: [
    "List the namespaces that exist, or the processes in the namespace with this inode number. " +
    "Options and columns are those of lsns(8); found are also namespaces that only a thread " +
    "holds, or a mount in another mount namespace.",
  ],
  options: OPTIONS,
  operands: "namespace",
  notes: [
    "For the columns: lsns --list-columns. nido has more of the process in PID: ENGINE, CONTAINER, CID and " +
    "POD, what made the container that it is in, that one's name and id, and its pod; UNIT and " +
    "UUNIT, its systemd unit and that of a user's own systemd. Names need root where the engine " +
    "shows them to root alone.",
  ],
  examples: [
    { line: "lsns -t net -o NS,NPROCS,PID,COMMAND", does: "the network namespaces" },
    { line: "lsns -T", does: "which user namespace owns which namespaces" },
    { line: "lsns -t net -o +ENGINE,CONTAINER,POD", does: "whose container each network is of" },
    { line: "lsns -p $$", does: "the namespaces that this shell is in" },
    { line: "lsns -Q 'NPROCS == 1'", does: "those with a single process" },
  ],
};
