/** Signals are ignored, blocked and pending as they would be without nido. */
import { assertEquals, assertMatch } from "@std/assert";
import { nido, requiresRanges, shell } from "../support/nido.ts";
import { assertUnseen, mask, observe, WAYS } from "../support/observe.ts";

/**
 * The masks that all ways of a launch show alike, but for signals 32 and 33, which glibc has for
 * itself: Deno starts its children, as the shell here, with both ignored.
 */
async function signalsSeen(setup: string, prefix = ""): Promise<string> {
  const plain = await assertUnseen(setup, SIGNALS, { prefix });
  const ignored = mask(plain, "SigIgn") & ~(3n << 31n);
  return plain.replace(/^SigIgn:\t\w+$/m, `SigIgn:\t${ignored.toString(16)}`);
}

const SIGNALS = "grep -E '^(Sig(Pnd|Blk|Ign|Cgt)|ShdPnd)' /proc/self/status";

Deno.test("no signal is ignored, blocked or caught that was not", async () => {
  const plain = await signalsSeen("");
  assertEquals(mask(plain, "SigIgn"), 0n);
});

Deno.test("SIGPIPE ends a program that writes to nobody", async () => {
  for (const way of WAYS) {
    const script = `${nido} ${way} yes | head -n 1; echo "\${PIPESTATUS[0]}"`;
    assertEquals((await shell(script, [], { with: "bash" })).stdout, "y\n141\n", way);
  }
});

Deno.test("SIGPIPE that a shell ignores stays ignored", async () => {
  const plain = await signalsSeen("trap '' PIPE");
  assertEquals(mask(plain, "SigIgn"), 1n << 12n);
});

Deno.test("signals that a shell ignores stay ignored", async () => {
  const plain = await signalsSeen("trap '' HUP INT QUIT USR1 TSTP WINCH");
  assertEquals(mask(plain, "SigIgn") & 0xffffn, 0b1000000111n);
});

Deno.test("an ignored SIGCHLD stays ignored", async () => {
  const plain = await signalsSeen("", "env --ignore-signal=CHLD");
  assertEquals(mask(plain, "SigIgn"), 1n << 16n);
});

Deno.test("SIGHUP that nohup ignores stays ignored", async () => {
  const plain = await signalsSeen("", "nohup");
  assertEquals(mask(plain, "SigIgn"), 1n);
});

Deno.test("blocked signals stay blocked", async () => {
  const plain = await signalsSeen(
    "",
    "env --block-signal=USR1 --block-signal=TERM --block-signal=CHLD",
  );
  assertEquals(mask(plain, "SigBlk"), 1n << 9n | 1n << 14n | 1n << 16n);
});

Deno.test(
  "helper processes leave no signal pending and no child",
  requiresRanges(),
  async () => {
    // One process that says both: a shell would take a pending SIGCHLD when it starts.
    const { plain, others } = await observe(
      "",
      "cat /proc/self/status /proc/thread-self/children",
      {
        as: "user",
        prefix: "env --block-signal=CHLD",
        ways: ["unshare", "unshare --map-auto -r", "unshare --map-auto -r --fork"],
      },
    );
    const left = (text: string): string =>
      text.match(/^(S\w+Pnd:.*|[\d ]*status \d+)$/gm)!.join("\n");
    assertMatch(left(plain), /^SigPnd:\t0+\nShdPnd:\t0+\nstatus 0$/);
    for (const [way, seen] of others) assertEquals(left(seen), left(plain), way);
  },
);

Deno.test(
  "an ignored SIGCHLD does not hide the helper's success",
  requiresRanges(),
  async () => {
    const { stdout, stderr } = await shell(
      `env --ignore-signal=CHLD ${nido} unshare --map-auto -r grep SigIgn /proc/self/status`,
      [],
      { as: "user" },
    );
    assertEquals(stderr, "");
    assertEquals(mask(stdout, "SigIgn") & 1n << 16n, 1n << 16n, "and it stays ignored");
  },
);
