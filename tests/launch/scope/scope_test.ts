// Abstract Unix sockets of outside.

import { assertEquals } from "@std/assert";
import { requires } from "../../requires.ts";
import { EVERYBODY, inRoot } from "../root/making.ts";

const NEEDS = requires({ userNamespaces: true, programs: ["python3"] });

/** Listens until its input ends. */
const LISTEN = `
import socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind("\\0" + sys.argv[1])
listener.listen()
print(flush=True)
sys.stdin.read()
`;

/** Connects to a socket of outside, and to one of its own. */
const CONNECT = `
import socket, sys
def connect(name):
    s = socket.socket(socket.AF_UNIX)
    try:
        s.connect(name)
        return "connected"
    except OSError as error:
        return error.strerror
own = socket.socket(socket.AF_UNIX)
own.bind("\\0own" + sys.argv[1])
own.listen()
print(connect("\\0" + sys.argv[1]), connect("\\0own" + sys.argv[1]))
`;

for (const who of EVERYBODY) {
  Deno.test(`as ${who}: only abstract sockets of its own are reached`, NEEDS, async () => {
    const name = `nido-${who}-${Deno.pid}`;
    const server = new Deno.Command("python3", {
      args: ["-c", LISTEN, name],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const listening = server.stdout.getReader();
    await listening.read();
    for (const init of [false, true]) {
      for (
        const [scoped, seen] of [[true, "Operation not permitted"], [false, "connected"]] as const
      ) {
        const { stdout, stderr } = await inRoot([], "", {
          who,
          asked: {
            program: "/usr/bin/python3",
            argv: ["python3", "-c", CONNECT, name],
            scopeAbstractUnixSockets: scoped,
            ...init ? { namespaces: ["pid"], init } : {},
          },
        });
        assertEquals([stdout, stderr], [`${seen} connected\n`, ""]);
      }
    }
    await server.stdin.close();
    await listening.cancel();
    await server.status;
  });
}
