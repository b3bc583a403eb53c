// A network namespace that the waiter makes while its child mounts.

import { assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { CLONE_NEWNET } from "../../../ffi/abi/sched.ts";
import { SIOCGSKNS } from "../../../ffi/abi/socket.ts";
import { requires } from "../../requires.ts";
import type { Refused } from "../../support/filter.ts";
import { EVERYBODY, inRoot, seenIn } from "../root/making.ts";
import { type Asked, callsOf, PURE } from "../specs.ts";

const NEEDS = requires({ userNamespaces: true, namespaces: ["net", "pid"] });

const ASKED: Asked = { namespaces: ["net", "pid"], loopback: true, init: true };

/** Who makes these calls. */
const makers = (asked: Asked): string[] =>
  callsOf({ ...ASKED, newRoot: [], fork: true, ...asked })
    .filter((call) => /NEWNET|SIOCSIFFLAGS|(send|recv)msg/.test(call))
    .map((call) => call.replace(/\(.*?(?=CLONE_)|\(.*/, "(").replace(/\).*/, ""));

Deno.test(
  "the waiter makes the network namespace of a new root, and its child does if that fails",
  PURE,
  () => {
    assertEquals(makers({}), [
      "waiter: unshare(CLONE_NEWNET",
      "waiter: ioctl(",
      "waiter: sendmsg(",
      "child: recvmsg(",
      "child: setns(CLONE_NEWNET",
      "child: unshare(CLONE_NEWNET",
      "child: ioctl(",
    ]);
  },
);

Deno.test("nobody is told of a child that is not yet in its network namespace", PURE, () => {
  const fds: Asked[] = [{ infoFd: 3 }, { statusFd: 3 }, { blockFd: 3 }];
  for (const asked of [...fds, { newRoot: undefined! }]) {
    const [first, ...others] = makers({ namespaces: ["user", "net", "pid"], ...asked });
    assertMatch(first!, /^main: unshare\(.*CLONE_NEWNET/, JSON.stringify(asked));
    assertEquals(others, ["child: ioctl("], JSON.stringify(asked));
  }
});

const PROC = { kind: "proc", destination: "/proc" } as const;

/** Its network namespace, what is in there, and descriptors of such. */
const SCRIPT = `readlink /proc/self/ns/net
cut -d: -sf1 /proc/net/dev
grep -c 127.0.0.1 /proc/net/fib_trie
ls -l /proc/self/fd | grep "socket:\\|net:"; true`;

for (const who of EVERYBODY) {
  const refused: Readonly<Record<string, readonly Refused[]>> = {
    "nothing is refused": [],
    "no pair of sockets can be made": [{ syscall: "socketpair" }],
    "no namespace is given by a socket": [{ syscall: "ioctl", second: SIOCGSKNS }],
    "nothing is handed over": [{ syscall: "sendmsg" }],
    "nothing is taken": [{ syscall: "recvmsg" }],
    "no namespace is joined": [{ syscall: "setns" }],
  };
  for (const [name, filters] of Object.entries(refused)) {
    Deno.test(
      `as ${who}: a root has a network namespace with lo where ${name}`,
      NEEDS,
      async () => {
        const lines = (await seenIn([PROC], SCRIPT, { who, refused: filters, asked: ASKED })).split(
          "\n",
        );
        assertNotEquals(lines[0], Deno.readLinkSync("/proc/self/ns/net"));
        assertEquals(lines.slice(1), ["    lo", "2", ""]);
      },
    );
  }

  Deno.test(
    `as ${who}: where no network namespace may be made, the child says so once`,
    NEEDS,
    async () => {
      const refused = [{ syscall: "unshare", bits: CLONE_NEWNET }] as const;
      const { code, stdout, stderr } = await inRoot([PROC], "echo ran", {
        who,
        refused,
        asked: ASKED,
      });
      assertEquals([code, stdout], [1, ""]);
      assertEquals(stderr.match(/unshare failed/g)?.length, 1, stderr);
      assertStringIncludes(stderr, "a seccomp filter refuses unshare(2)");
    },
  );
}
