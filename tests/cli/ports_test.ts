import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inode, start } from "../inspect/start.ts";
import { requires } from "../requires.ts";
import { AS_USER, NIDO } from "../support/nido.ts";
import { run } from "../support/nido.ts";
import {
  IN_CHILD,
  joined,
  LEADERLESS_LISTENER,
  LISTENERS,
  PASSED,
  PASSED_ON,
  SHARED,
} from "./ports_listeners.ts";
import { HOSTILE, HOSTILE_SHOWN, nido, onTerminal, UNSAFE } from "./run_nido.ts";

/** A port as --json has it. */
interface JsonPort {
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
  readonly reached: boolean | null;
  readonly reached_by: string | null;
  readonly netns: number;
  readonly inode: number;
  readonly uid: number;
  readonly processes: readonly {
    readonly pid: number;
    readonly pids: readonly number[];
    readonly name: string;
    readonly fds: readonly number[];
    readonly netns: number | null;
    readonly container: unknown;
  }[];
}

/** What waits in a network namespace. */
async function portsIn(ns: number, under: readonly string[] = []): Promise<JsonPort[]> {
  const { code, stdout, stderr } = await nido(["ports", "--json"], { under });
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout).ports.filter(({ netns }: JsonPort) => netns === ns);
}

const said = ({ protocol, address, port }: JsonPort): string => `${protocol} ${address} ${port}`;

/** New user, PID and network namespaces; as an ordinary user, where root runs the tests. */
const INSIDE = ["unshare", "-Urnpf", "--kill-child", "--mount-proc"];

const inside = requires({ userNamespaces: true, programs: ["unshare", "python3"] });

for (const under of [[], AS_USER]) {
  const who = under.length > 0 ? "an ordinary user's" : "the caller's";

  Deno.test(
    `nido ports lists ${who} sockets that wait in another network namespace`,
    inside,
    async () => {
      await using started = await start([...under, ...INSIDE, ...LISTENERS]);
      const pid = started.childOf();
      const ports = await portsIn(inode(pid, "net"), under);
      assertEquals(ports.map(said), ["tcp 0.0.0.0 7001", "tcp :: 7002", "udp 0.0.0.0 7003"]);
      for (const { reached, reached_by, processes, inode: socket } of ports) {
        // Nothing but lo is there.
        assertEquals([reached, reached_by], [false, null]);
        const [{ pids, name, fds, netns }, ...more] = processes as [JsonPort["processes"][0]];
        assertEquals([pids, name, netns, more], [[pid, 1], "python3", inode(pid, "net"), []]);
        const links = fds.map((fd) => Deno.readLinkSync(`/proc/${pid}/fd/${fd}`));
        assertEquals(links, [`socket:[${socket}]`]);
      }
      const { stdout } = await nido(["ports"], { under });
      assertMatch(
        stdout,
        new RegExp(`^tcp +0\\.0\\.0\\.0:7001 +no +${inode(pid, "net")} +${pid} +1 python3`, "m"),
      );
      assertStringIncludes(stdout, "[::]:7002 ");
    },
  );

  Deno.test(
    `nido ports finds ${who} sockets whose network namespace has no process`,
    inside,
    async () => {
      await using started = await start([...under, "unshare", "-Ur", ...PASSED]);
      const ns = Number(started.said.match(/\d+/)![0]);
      const ports = await portsIn(ns, under);
      // Neither the one that does not listen, nor the one that has a peer.
      assertEquals(ports.map(said), ["tcp 0.0.0.0 7001", "udp :: 7002"]);
      for (const { processes, uid } of ports) {
        assertEquals(processes.map(({ pid, netns }) => [pid, netns]), [
          [started.pid, inode(started.pid, "net")],
        ]);
        assertEquals(uid, under.length > 0 ? 1000 : Deno.uid());
      }
      const { stdout } = await nido(["ports"], { under });
      assertMatch(
        stdout,
        new RegExp(`0\\.0\\.0\\.0:7001 .*${ns} +${started.pid} +python3 \\(elsewhere\\)`),
      );
    },
  );
}

Deno.test(
  "nido ports finds who has a socket of a network namespace in which others are",
  inside,
  async () => {
    await using started = await start(["unshare", "-Ur", ...PASSED_ON]);
    const ns = Number(started.said.match(/\d+/)![0]);
    const ports = await portsIn(ns);
    assertEquals(ports.map(said), ["tcp 0.0.0.0 7001", "udp :: 7002"]);
    for (const { processes } of ports) {
      assertEquals(processes.map(({ pid }) => pid), [started.pid]);
    }
  },
);

Deno.test(
  "nido ports finds the sockets of a process whose first thread has ended",
  inside,
  async () => {
    await using started = await start(["unshare", "-Urn", ...LEADERLESS_LISTENER]);
    const { stdout } = await nido(["ports", "--json"]);
    const ports: JsonPort[] = JSON.parse(stdout).ports;
    const found = ports.find(({ processes }) => processes.some(({ pid }) => pid === started.pid));
    assertEquals(found && said(found), "tcp 0.0.0.0 7001");
  },
);

Deno.test(
  "nido ports lists three processes of a socket, and with --all every one",
  inside,
  async () => {
    await using started = await start(["unshare", "-Urn", ...SHARED]);
    const ns = inode(started.pid, "net");
    const of = (text: string): string[] => {
      const lines = text.split("\n");
      const at = lines.findIndex((line) => line.includes(String(ns)));
      return lines.slice(at, at + 5).map((line) => line.replace(/.*?(and|python)/, "$1"));
    };
    assertEquals(of((await nido(["ports"])).stdout).slice(0, 4), [
      ...["python3", "python3", "python3", "and 2 more"],
    ]);
    assertEquals(of((await nido(["ports", "--all"])).stdout), Array(5).fill("python3"));
    const [port] = await portsIn(ns);
    assertEquals(port!.processes.length, 5);
  },
);

for (const isBridged of [false, true]) {
  Deno.test(
    `nido ports says by which address a ${
      isBridged ? "bridge" : "veth pair"
    } leads there, and it does`,
    requires({ userNamespaces: true, programs: ["unshare", "python3", "ip"] }),
    async () => {
      const folder = Deno.makeTempDirSync();
      try {
        Deno.chmodSync(folder, 0o755);
        Deno.writeTextFileSync(`${folder}/child`, IN_CHILD, { mode: 0o755 });
        const [sh, option, script] = joined(isBridged);
        const { code, stdout, stderr } = await run([
          ...["unshare", "-Urn", sh!, option!, script!, `${folder}/child`],
          ...["sh", "-c", `${CONNECT}\n"$@"`, "sh", ...NIDO, "ports", "--json"],
        ], {});
        assertEquals(code, 0, stderr);
        const [tried, ...rest] = stdout.split("\n");
        const ports: JsonPort[] = JSON.parse(rest.join("\n")).ports;
        const reached = ports.filter(({ port }) => port > 7000 && port < 7010)
          .map(({ port, reached, reached_by }) => [port, reached_by ?? reached]);
        assertEquals(reached, [
          [7001, "192.0.2.2"],
          [7002, "192.0.2.2"],
          [7003, "2001:db8::2"],
          [7004, false],
          [7005, "192.0.2.2"],
          // There is no route.
          [7006, null],
          [7007, "192.0.2.2"],
        ]);
        assertEquals(tried, "7001 7002 7003 7005 7007");
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    },
  );
}

/** Says which ports of the child can be connected to from here. */
const CONNECT = `python3 -c '
import socket
def connects(port):
    for address in "192.0.2.2", "2001:db8::2", "198.51.100.2":
        try: socket.create_connection((address, port), 9).close()
        except OSError: continue
        return True
print(*[port for port in range(7001, 7008) if connects(port)])
'`;

Deno.test("nido ports reaches what is in the caller's own network namespace", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const found = (await portsIn(inode("self", "net"))).find((one) => one.port === port)!;
  assertEquals(said(found), `tcp 127.0.0.1 ${port}`);
  assertEquals([found.reached, found.reached_by], [true, null]);
  assertEquals(found.processes.map(({ pid }) => pid), [Deno.pid]);
});

Deno.test(
  "nido ports says whose a socket is where it may not see who has it, and what it did not see",
  requires({ root: true, programs: ["setpriv"] }),
  async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    const { code, stdout, stderr } = await nido(["ports"], { under: AS_USER });
    assertEquals(code, 0);
    assertMatch(stdout, new RegExp(`^tcp +127\\.0\\.0\\.1:${port} +yes +\\d+ +\\? of root$`, "m"));
    assertMatch(
      stderr,
      /^nido ports: [1-9]\d* processes of other users could not be looked into; run as root/,
    );
    const json = await nido(["ports", "--json"], { under: AS_USER });
    assert(JSON.parse(json.stdout).unreadable > 0);
  },
);

Deno.test("nido ports refuses words that it does not know", async () => {
  for (
    const [word, said] of [
      ["--jsn", "nido ports: unrecognized option '--jsn'; did you mean '--json'?\n"],
      ["8080", "nido ports: what is '8080'?\n"],
      ["--json=1", "nido ports: option '--json' doesn't allow an argument\n"],
    ] as const
  ) {
    const { code, stdout, stderr } = await nido(["ports", word]);
    assertEquals([code, stdout], [1, ""]);
    assertStringIncludes(stderr, said);
  }
  assertStringIncludes((await nido(["ports", "--help"])).stdout, "FROM HERE");
});

Deno.test("nido ports lets no name command a terminal", inside, async () => {
  const program = [...LISTENERS];
  const name = HOSTILE.slice(0, 15);
  program[2] = `open("/proc/self/comm", "w").write(${JSON.stringify(name)})\n${program[2]}`;
  await using _ = await start([...INSIDE, ...program]);
  const { stdout } = await nido(["ports"]);
  assertEquals(stdout.match(UNSAFE), null);
  assertStringIncludes(stdout, HOSTILE_SHOWN.slice(0, 8));
  const { stdout: json } = await nido(["ports", "--json"]);
  assertEquals(json.match(UNSAFE), null);
});

Deno.test(
  "nido ports has no line that is longer than 80 columns",
  requires({ userNamespaces: true, programs: ["unshare", "python3", "script"] }),
  async () => {
    await using _ = await start([...INSIDE, ...LISTENERS]);
    const { stdout } = await onTerminal(["ports"]);
    assertStringIncludes(stdout, ":7001");
    for (const line of stdout.split(/\r?\n/).filter((line) => !line.startsWith("nido ports: "))) {
      assert(line.length <= 80, line);
      assertEquals(line, line.trimEnd());
    }
  },
);
