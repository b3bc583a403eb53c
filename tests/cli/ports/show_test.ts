import { assert, assertEquals } from "@std/assert";
import type { HolderFacts, PortFacts } from "../../../cli/ports/facts.ts";
import { reachOf, type Surroundings } from "../../../cli/ports/reach.ts";
import { portsText } from "../../../cli/ports/show.ts";

const STYLE = { headings: true, ascii: false, wrap: true, width: 80 };

const holder = (pid: number, more: Partial<HolderFacts> = {}): HolderFacts => ({
  pid,
  fds: [3],
  pids: [pid],
  name: "nginx",
  ns: 4026532441,
  belonging: { inner: [] },
  container: undefined,
  ...more,
});

const port = (more: Partial<PortFacts>): PortFacts => ({
  protocol: "tcp",
  address: new Uint8Array(4),
  port: 80,
  inode: 1,
  uid: 33,
  user: undefined,
  ns: 4026532441,
  reach: undefined,
  holders: [],
  ...more,
});

Deno.test("ports are listed with processes below each other, and containers where there are some", () => {
  const web = { pids: [4103, 1], container: "docker web" };
  const ports = [
    port({ reach: { how: "here" }, user: "root" }),
    port({
      reach: { how: "address", address: Uint8Array.of(172, 17, 0, 2) },
      holders: [holder(4103, web), holder(4104, { ...web, pids: [4104, 7] })],
    }),
    port({ address: new Uint8Array(16), holders: [holder(7, { ns: 4026531833 })] }),
  ];
  assertEquals(
    portsText(ports, false, STYLE),
    `PROTO ADDRESS    FROM HERE          NETNS  PID INSIDE CONTAINER  PROCESS
tcp   0.0.0.0:80 yes           4026532441                        ? of root
tcp   0.0.0.0:80 by 172.17.0.2 4026532441 4103      1 docker web nginx
                                          4104      7 docker web nginx
tcp   [::]:80    ?             4026532441    7                   nginx (elsewher
`,
  );
  assertEquals(
    portsText([port({})], false, STYLE),
    `PROTO ADDRESS    FROM HERE      NETNS PID INSIDE PROCESS
tcp   0.0.0.0:80 ?         4026532441            ? of uid 33
`,
  );
  assertEquals(portsText([], false, STYLE), "");
});

Deno.test("where the terminal is too narrow for a table, ports are sentences of whole words", () => {
  const long = { pids: [4194303, 4194302], container: "docker shop-frontend-production-1" };
  const address = Uint8Array.from({ length: 16 }, (_, i) => 0xa0 + i);
  const ports = [
    port({ address, reach: { how: "address", address }, holders: [holder(4194303, long)] }),
    port({ reach: { how: "no" }, user: "root" }),
    port({ reach: { how: "here" }, holders: [1, 2, 3, 4, 5].map((pid) => holder(pid)) }),
  ];
  const text = portsText(ports, false, STYLE);
  assertEquals(
    text,
    `tcp [a0a1:a2a3:a4a5:a6a7:a8a9:aaab:acad:aeaf]:80, reached by
  a0a1:a2a3:a4a5:a6a7:a8a9:aaab:acad:aeaf, netns 4026532441: 4194303 (4194302
  inside) nginx of docker shop-frontend-production-1
tcp 0.0.0.0:80, not reached from here, netns 4026532441: ? of root
tcp 0.0.0.0:80, reached from here, netns 4026532441: 1 nginx; 2 nginx; 3 nginx;
  and 2 more
`,
  );
  for (const line of portsText(ports, true, { ...STYLE, width: 50 }).split("\n")) {
    assert(line.length <= 50, line);
  }
});

Deno.test("nothing is said of a way to a port that is not known", () => {
  const unknown: Surroundings = { isOwn: false, links: undefined, addresses: [] };
  const any = new Uint8Array(4);
  const never = () => false;
  assertEquals(reachOf(any, unknown, never), undefined);
  assertEquals(reachOf(any, { ...unknown, links: ["lo", "eth0"] }, never), undefined);
  assertEquals(reachOf(any, { ...unknown, links: ["lo"] }, never), { how: "no" });
  assertEquals(reachOf(Uint8Array.of(127, 0, 0, 1), unknown, never), { how: "no" });
});

Deno.test("a socket on :: is reached by IPv4 only if it takes it", () => {
  const address = Uint8Array.of(192, 0, 2, 2);
  const near: Surroundings = { isOwn: false, links: ["lo", "eth0"], addresses: [address] };
  assertEquals(reachOf(new Uint8Array(16), near, () => true), { how: "address", address });
  assertEquals(reachOf(new Uint8Array(16), near, () => false), undefined);
});
