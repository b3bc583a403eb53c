/** The manual of `nido ports`. */
import { OPTIONS } from "../ports.ts";
import type { Manual } from "./manual.ts";

export const manual: Manual = {
  usage: ["[options]"],
  description: [
    "List what waits for connections, in every network namespace: TCP sockets that listen, and UDP " +
    "sockets that have a port and no peer. Of each: the network namespace that it is in, which " +
    "processes have it open, their PIDs here and in their own PID namespace, and their container. " +
    "'elsewhere' is a process in another network namespace, which was given the socket, or " +
    "took it along.",
    "FROM HERE says whether your network namespace reaches it: yes, it is the same one; no, it is " +
    "bound to the loopback address of another, or that has no other interface; 'by' an address, " +
    "to which yours sends by a veth pair to it, or by the bridge of one; ? is not known. " +
    "Filters of packets are not looked at, and neither are ports that a firewall forwards.",
  ],
  options: OPTIONS,
  operands: [],
  notes: [
    "A socket whose process cannot be seen has its user: '? of root'. Sockets that the kernel " +
    "has open, such as those of NFS, have no process.",
    "Of a network namespace without processes, sockets are not found that are on their way through " +
    "another socket.",
  ],
  examples: [
    { line: "ports", does: "all that waits, your network namespace first" },
    {
      line: "ports --json | jq '.ports[] | select(.port == 8080).processes[].pid'",
      does: "who has port 8080, wherever it is",
    },
  ],
};
