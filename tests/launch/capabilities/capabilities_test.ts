// The capabilities of a program: what it has, what it may get, whoever it is.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CAPABILITY_NAMES } from "../../../ffi/abi/capability_names.ts";
import { type CapabilityEdit, capabilityMasks } from "../../../launch/capabilities/spec.ts";
import { Command } from "../../../mod.ts";
import { requires } from "../../requires.ts";
import { mask } from "../../support/observe.ts";
import { EVERYBODY, inRoot, type Who } from "../root/making.ts";
import { type Asked, problemsIn, PURE } from "../specs.ts";

const bit = (name: string): bigint => 1n << BigInt(CAPABILITY_NAMES.indexOf(`CAP_${name}`));
const NEEDS = requires({ userNamespaces: true });

Deno.test("edits are one after the other, and names are as in capabilities(7)", PURE, () => {
  const all = (1n << 64n) - 1n;
  assertEquals(capabilityMasks([]), { keep: all, add: 0n });
  assertEquals(capabilityMasks([{ drop: "all" }, { add: "CAP_CHOWN" }, { add: "net_Admin" }]), {
    keep: 0n,
    add: bit("CHOWN") | bit("NET_ADMIN"),
  });
  assertEquals(capabilityMasks([{ add: "KILL" }, { drop: "cap_kill" }]), {
    keep: all & ~bit("KILL"),
    add: 0n,
  });
  assertEquals(capabilityMasks([{ drop: "ALL" }, { add: "all" }]), { keep: 0n, add: all });
});

Deno.test("edits that cannot be are refused, each with its path", PURE, () => {
  const wrong = (capabilities: unknown, more: Asked = {}) =>
    problemsIn({ capabilities: capabilities as never, ...more });
  assertEquals(wrong([{ add: "net_admn" }, { drop: "x" }]), [
    "capabilities[0].add | capabilities[0].add: unknown capability: 'net_admn'; did you mean 'net_admin'?",
    "capabilities[1].drop | capabilities[1].drop: unknown capability: 'x'",
  ]);
  assertEquals(wrong([{}, { add: 1 }, { add: "kill", drop: "kill" }]).length, 3);
  assertEquals(wrong([], { keepCaps: true, namespaces: ["user"] }), [
    "keepCaps | options capabilities and keepCaps cannot be combined",
  ]);
});

/** The five sets of a program that these edits leave. */
async function setsOf(who: Who, capabilities: readonly CapabilityEdit[], asked: Asked = {}) {
  const { code, stdout, stderr } = await inRoot(
    [{ kind: "proc", destination: "/proc" }],
    "grep ^Cap /proc/self/status",
    { who, asked: { capabilities, ...asked } },
  );
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  return ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map((name) => mask(stdout, name));
}

for (const who of EVERYBODY) {
  Deno.test(
    `as ${who}: a program without capabilities has none, and can get none`,
    NEEDS,
    async () => {
      assertEquals(await setsOf(who, [{ drop: "all" }]), [0n, 0n, 0n, 0n, 0n]);
    },
  );

  Deno.test(
    `as ${who}: what is left after edits is in all sets, and nothing else`,
    NEEDS,
    async () => {
      const wanted = bit("KILL") | bit("AUDIT_WRITE");
      const edits = [{ drop: "all" }, { add: "kill" }, { add: "audit_write" }];
      assertEquals(await setsOf(who, edits), Array(5).fill(wanted));
      const [, , effective, bounding] = await setsOf(who, [{ drop: "sys_admin" }]);
      assertEquals(effective, bounding);
      assertEquals(effective! & bit("SYS_ADMIN"), 0n);
      assert((effective! & bit("KILL")) !== 0n);
    },
  );

  Deno.test(`as ${who}: who is not root inside keeps them too`, NEEDS, async () => {
    const wanted = bit("KILL");
    const asked: Asked = who === "user"
      ? { mapUser: "current", mapGroup: "current" }
      : { setuid: 1000, setgid: 1000 };
    assertEquals(
      await setsOf(who, [{ drop: "all" }, { add: "kill" }], asked),
      Array(5).fill(wanted),
    );
    assertEquals(await setsOf(who, [{ drop: "all" }], asked), Array(5).fill(0n));
  });
}

Deno.test("who has none may add none, and is told so", NEEDS, async () => {
  const { code, stderr } = await inRoot([], "exit 7", {
    who: EVERYBODY[0]!,
    through: EVERYBODY.length === 2 ? ["setpriv", "--bounding-set=-kill"] : [],
    asked: { capabilities: [{ drop: "all" }, { add: "kill" }], namespaces: [] },
  });
  // In a user namespace of one's own all are permitted.
  if (EVERYBODY.length === 1) return assertEquals(code, 7);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "capset failed: Operation not permitted");
});

Deno.test(
  "without CAP_SETPCAP none is dropped, and with it they are",
  requires({ root: true }),
  async () => {
    const launch = (through: readonly string[]) =>
      inRoot([], "exit 7", { through, asked: { capabilities: [{ drop: "kill" }] } });
    const { code, stderr } = await launch(["setpriv", "--bounding-set=-setpcap"]);
    assertEquals(code, 1);
    assertStringIncludes(
      stderr,
      "try:  start it with CAP_SETPCAP: a container's --cap-add=SETPCAP\n",
    );
    assertEquals((await launch([])).code, 7);
  },
);

Deno.test(
  "what root was denied is not got back in a user namespace of its own",
  requires({ root: true, userNamespaces: true }),
  async () => {
    const sets = async (asked: Asked) => {
      const { code, stdout, stderr } = await inRoot(
        [{ kind: "proc", destination: "/proc" }],
        "grep ^Cap /proc/self/status",
        {
          through: ["setpriv", "--bounding-set=-net_raw,-mknod", "--inh-caps=-net_raw,-mknod"],
          asked: { rootless: true, mapUser: "current", mapGroup: "current", fork: true, ...asked },
        },
      );
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
      return ["CapPrm", "CapEff", "CapBnd"].map((name) => mask(stdout, name));
    };
    const denied = bit("NET_RAW") | bit("MKNOD");
    for (const set of await sets({ namespaces: ["user", "pid"] })) assertEquals(set & denied, 0n);
    const added = { namespaces: ["user", "pid"], capabilities: [{ add: "net_raw" }] } as const;
    for (const set of await sets(added)) assertEquals(set & denied, bit("NET_RAW"));
  },
);

Deno.test("a Command takes capabilities as data", NEEDS, async () => {
  const { stdout } = await new Command("grep", {
    args: ["^CapBnd", "/proc/self/status"],
    mapRootUser: true,
    capabilities: [{ drop: "all" }, { add: "chown" }],
  }).output();
  assertEquals(mask(new TextDecoder().decode(stdout), "CapBnd"), bit("CHOWN"));
});
