/** Programs that wait for connections, for tests: each says "ready", and ends with its standard input. */
import { END_FIRST_THREAD } from "../inspect/start.ts";

/** A Python program that runs these lines first. */
const python = (lines: string): string[] => [
  "python3",
  "-c",
  `
import ctypes, fcntl, os, socket, struct, sys, threading

def listener(family, address, port):
    one = socket.socket(family)
    if family == socket.AF_INET6: one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    one.bind((address, port))
    one.listen()
    return one

def unshare_net():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x40000000): raise OSError(ctypes.get_errno(), "unshare")
    fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sH14x", b"lo", 1))

${lines}
print("ready", flush=True)
sys.stdin.read()
`,
];

/** Sockets of all kinds: two of TCP that listen, one of UDP; and three that wait for nobody. */
export const LISTENERS = python(`
a = listener(socket.AF_INET, "0.0.0.0", 7001)
b = listener(socket.AF_INET6, "::", 7002)
c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); c.bind(("0.0.0.0", 7003))
d = socket.socket(); d.bind(("0.0.0.0", 7004))
e = socket.socket()
f = socket.socket(socket.AF_UNIX); f.bind("\\0%d" % os.getpid()); f.listen()
`);

/** One that three more processes have open, too. */
export const SHARED = python(`
a = listener(socket.AF_INET, "0.0.0.0", 7001)
for _ in range(4):
    if os.fork() == 0: sys.stdin.read(); os._exit(0)
`);

/** One whose first thread ends while another lives. */
export const LEADERLESS_LISTENER = python(`
a = listener(socket.AF_INET, "0.0.0.0", 7001)
${END_FIRST_THREAD}`);

/** One that is in another network namespace than its sockets, which a child has made there and passed on. */
const passing = (afterwards: string): string[] =>
  python(`
here, there = socket.socketpair()
child = os.fork()
if child == 0:
    unshare_net()
    a = listener(socket.AF_INET, "0.0.0.0", 7001)
    b = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); b.bind(("::", 7002))
    c = socket.socket(); c.bind(("0.0.0.0", 7003))
    d = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); d.bind(("0.0.0.0", 7004)); d.connect(("0.0.0.0", 7004))
    socket.send_fds(there, [os.readlink("/proc/self/ns/net").encode()], [s.fileno() for s in (a, b, c, d)])
    for one in (a, b, c, d): one.close()
    here.close(); there.close()
    ${afterwards}
    os._exit(0)
there.close()
print(socket.recv_fds(here, 99, 4)[0].decode(), flush=True)
here.recv(1)
`);

/** The sockets' namespace has no process. */
export const PASSED = passing("pass");

/** The child stays in the namespace, without its sockets. */
export const PASSED_ON = passing("sys.stdin.read()");

/**
 * A shell that joins its network namespace to one of a child, in which sockets wait: runs a program, and ends. It must be in
 * a network namespace of its own.
 *
 * @param isBridged Whether the pair's end here is part of a bridge.
 */
export const joined = (isBridged: boolean): string[] => [
  "sh",
  "-ec",
  `
folder=$(mktemp -d)
trap 'exec 4>&-; wait; rm -r "$folder"' EXIT
mkfifo "$folder/go" "$folder/ready"
unshare -n "$0" "$folder" <"$folder/go" >"$folder/ready" &
exec 4>"$folder/go" 5<"$folder/ready"
read child <&5
ip link set lo up
ip link add far type veth peer name near netns $child
end=far
${
    isBridged
      ? "ip link add br0 type bridge; ip link set far master br0; ip link set br0 up; end=br0"
      : ""
  }
ip addr add 192.0.2.1/24 dev $end
ip addr add 2001:db8::1/64 dev $end nodad
ip link set far up
echo go >&4
read ready <&5
"$@" 4>&- 5<&-
`,
];

/** What runs in the child. */
export const IN_CHILD = `#!/usr/bin/env python3
import os, socket, subprocess, sys
print(os.getpid(), flush=True)
sys.stdin.readline()
def ip(words): subprocess.run(["ip", *words.split()], check=True)
ip("link set lo up")
ip("addr add 192.0.2.2/24 dev near")
ip("addr add 198.51.100.2/24 dev near")
ip("addr add 2001:db8::2/64 dev near nodad")
ip("link set near up")
sockets = []
def listener(family, address, port, only6=0):
    one = socket.socket(family)
    if family == socket.AF_INET6: one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only6)
    one.bind((address, port))
    one.listen()
    sockets.append(one)
listener(socket.AF_INET, "0.0.0.0", 7001)
listener(socket.AF_INET6, "::", 7002)
listener(socket.AF_INET6, "::", 7003, 1)
listener(socket.AF_INET, "127.0.0.1", 7004)
listener(socket.AF_INET, "192.0.2.2", 7005)
listener(socket.AF_INET, "198.51.100.2", 7006)
listener(socket.AF_INET6, "::ffff:192.0.2.2", 7007)
print("ready", flush=True)
sys.stdin.read()
`;
