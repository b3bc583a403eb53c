import { assertEquals } from "@std/assert";
import { addressText } from "../../../inspect/ports/address.ts";
import {
  FILES,
  parseFibTrie,
  parseIfInet6,
  parseSocketLine,
} from "../../../inspect/ports/proc_net.ts";

const [TCP, , UDP] = FILES;

/** What lines say, in words. */
function said(text: string, file: typeof FILES[number], isLittle?: boolean): string[] {
  return text.split("\n").flatMap((line) => {
    const found = parseSocketLine(line, file, isLittle);
    if (!found) return [];
    const { protocol, address, port, inode, uid } = found;
    return [`${protocol} ${addressText(address)} ${port} inode ${inode} uid ${uid}`];
  });
}

/** Lines as Linux 6 has them on x86-64: one that listens, a connection, one that is over. */
const TCP_LINES =
  `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4594614 1 00000000f7b861c9 100 0 0 10 0
   1: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1066 1 00000000f7b861c9 100 0 0 10 0
   2: 0100007F:AC4E 0100007F:975B 01 00000000:00000000 03:000002F9 00000000     0        0 17 3 00000000e7498639
   3: 0100007F:AC5A 0100007F:975B 06 00000000:00000000 03:000002F9 00000000     0        0 0 3 00000000ecc1e061
`;

const TCP6_LINES =
  `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 21 1 00000000f7b861c9 100 0 0 10 0
   1: 00000000000000000000000001000000:0277 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 22 1 00000000f7b861c9 100 0 0 10 0
   2: 0000000000000000FFFF00000100007F:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000    33        0 23 1 00000000f7b861c9 100 0 0 10 0
   3: B80D0120000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000    33        0 24 1 00000000f7b861c9 100 0 0 10 0
`;

const UDP_LINES =
  `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  132: 3500007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 4594613 2 00000000a0b861c9 0
  133: 020200C0:8235 010200C0:0035 01 00000000:00000000 00:00000000 00000000     0        0 99 2 00000000a0b861c9 0
`;

Deno.test("of TCP sockets, those that listen are found", () => {
  assertEquals(said(TCP_LINES, TCP, true), [
    "tcp 127.0.0.1 8080 inode 4594614 uid 1000",
    "tcp 0.0.0.0 2024 inode 1066 uid 0",
  ]);
});

Deno.test("addresses of IPv6 are four numbers of the machine", () => {
  assertEquals(said(TCP6_LINES, TCP, true), [
    "tcp :: 22 inode 21 uid 0",
    "tcp ::1 631 inode 22 uid 0",
    "tcp ::ffff:127.0.0.1 8080 inode 23 uid 33",
    "tcp 2001:db8::1 80 inode 24 uid 33",
  ]);
});

Deno.test("of UDP sockets, those without a peer are found", () => {
  assertEquals(said(UDP_LINES, UDP, true), ["udp 127.0.0.53 53 inode 4594613 uid 101"]);
});

Deno.test("a big-endian machine writes addresses the other way round, and ports the same", () => {
  const big = "0: 7F000001:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 5 1";
  assertEquals(said(big, TCP, false), ["tcp 127.0.0.1 8080 inode 5 uid 0"]);
  const six = "0: 00000000000000000000FFFF7F000001:1F90 00000000000000000000000000000000:0000 " +
    "0A 00000000:00000000 00:00000000 00000000 0 0 5 1";
  assertEquals(said(six, TCP, false), ["tcp ::ffff:127.0.0.1 8080 inode 5 uid 0"]);
});

Deno.test("lines that are cut short say nothing", () => {
  const line = TCP_LINES.split("\n")[1]!.trim();
  const words = line.split(/\s+/);
  for (let kept = 0; kept < 10; kept++) {
    assertEquals(parseSocketLine(words.slice(0, kept).join(" "), TCP), undefined);
  }
  assertEquals(parseSocketLine(line.replace("0100007F:", "0100007:"), TCP), undefined);
});

Deno.test("fib_trie has the addresses of a network namespace, not its networks", () => {
  const text = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
        +-- 127.0.0.0/31 1 0 0
           |-- 127.0.0.0
              /8 host LOCAL
           |-- 127.0.0.1
              /32 host LOCAL
        |-- 127.255.255.255
           /32 link BROADCAST
     +-- 192.0.2.0/24 2 0 2
        +-- 192.0.2.0/30 2 0 2
           |-- 192.0.2.0
              /24 link UNICAST
           |-- 192.0.2.2
              /32 host LOCAL
        |-- 192.0.2.255
           /32 link BROADCAST
Local:
  +-- 0.0.0.0/0 3 0 5
           |-- 127.0.0.1
              /32 host LOCAL
           |-- 192.0.2.2
              /32 host LOCAL
`;
  assertEquals(parseFibTrie(text).map(addressText), ["127.0.0.1", "192.0.2.2"]);
  assertEquals(parseFibTrie(""), []);
});

Deno.test("if_inet6 has addresses that others can use", () => {
  const text = `00000000000000000000000000000001 01 80 10 80       lo
fe80000000000000020000fffe000001 02 40 20 80     eth0
fd000009000000000000000000000002 02 40 00 80     eth0
fd000009000000000000000000000003 02 40 00 c0     eth0
fd000009000000000000000000000004 02 40 00 88     eth0
`;
  assertEquals(parseIfInet6(text).map(addressText), ["fd00:9::2"]);
  assertEquals(parseIfInet6(""), []);
});
