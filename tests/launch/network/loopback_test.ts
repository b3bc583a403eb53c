// The loopback interface of a new network namespace.

import { assertEquals } from "@std/assert";
import { Command } from "../../../mod.ts";
import { requires } from "../../requires.ts";
import { EVERYBODY, inRoot } from "../root/making.ts";
import { problemsIn, PURE } from "../specs.ts";

const NEEDS = requires({ userNamespaces: true, namespaces: ["net"] });

Deno.test("the loopback interface of the caller's network is left alone", PURE, () => {
  const message =
    "loopback: only one of a new network namespace, which is not asked for, is set up";
  assertEquals(problemsIn({ loopback: true }), [`loopback | ${message}`]);
  assertEquals(problemsIn({ loopback: false }), []);
});

/** perl opens /dev/null. */
const DEV = { kind: "dev-bind", source: "/dev", destination: "/dev" } as const;

/** A server and its client. */
const SCRIPT = `perl -MIO::Socket::INET -e '
  $server = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or die "listen: $!\\n";
  IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $server->sockport) or die "connect: $!\\n";
  print "reached\\n"' 2>&1`;

for (const who of EVERYBODY) {
  Deno.test(
    `as ${who}: loopback reaches a server in the same namespace, and nothing does without`,
    NEEDS,
    async () => {
      const seen = async (loopback: boolean): Promise<string> => {
        const asked = { namespaces: ["net"], loopback } as const;
        return (await inRoot([DEV], SCRIPT, { who, asked })).stdout;
      };
      assertEquals(await seen(true), "reached\n");
      assertEquals((await seen(false)).includes("reached"), false);
    },
  );
}

Deno.test("a Command has a loopback interface", NEEDS, async () => {
  const { stdout } = await new Command("sh", {
    args: ["-c", SCRIPT],
    namespaces: ["net"],
    mapRootUser: true,
    loopback: true,
  }).output();
  assertEquals(new TextDecoder().decode(stdout), "reached\n");
});
