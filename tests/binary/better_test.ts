/** Where nido does better than util-linux's unshare. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { requires } from "../requires.ts";
import { AS_USER, NIDO, nido, quote, requiresRanges, run, shell } from "../support/nido.ts";
import { outlivesWaiter, STAYS } from "../support/outlives.ts";

const outlives = (words: readonly string[], as: readonly string[] = []): Promise<boolean> =>
  outlivesWaiter([...as, ...NIDO, "unshare", ...words, ...STAYS]);

Deno.test(
  "--kill-child also works for a program that becomes another user",
  requires({ root: true }),
  async () => {
    assert(!await outlives(["--kill-child", "-S", "1000", "-G", "1000"]));
    assert(!await outlives(["--kill-child=TERM", "-G", "1000"]));
    assert(await outlives(["--fork", "-S", "1000"]), "without it the program lives on");
  },
);

Deno.test("--kill-child also works for mapped users", requiresRanges(), async () => {
  assert(!await outlives(["--map-auto", "-pf", "--kill-child", "-S", "1", "-G", "1"], AS_USER));
});

/** The map inside, with its fields joined by single spaces. */
async function mapOf(
  kind: "user" | "group",
  single: number,
  ...ranges: string[]
): Promise<string[]> {
  const words = [`--map-${kind}=${single}`, ...ranges.map((range) => `--map-${kind}s=${range}`)];
  const { stdout, stderr } = await run([
    ...NIDO,
    "unshare",
    ...words,
    "cat",
    `/proc/self/${kind[0]}id_map`,
  ]);
  assertEquals(stderr, "");
  return stdout.trim().split("\n").map((line) => line.trim().replace(/ +/g, " "));
}

Deno.test(
  "a single id that only touches a range costs the range no id",
  requires({ root: true }),
  async () => {
    assertEquals(
      await mapOf("user", 20, "10:100:10"),
      ["20 0 1", "10 100 10"],
      "right behind its inner ids",
    );
    assertEquals(await mapOf("user", 9, "10:100:10"), ["9 0 1", "10 100 10"], "right before them");
    assertEquals(
      await mapOf("user", 50, "10:1:10"),
      ["50 0 1", "10 1 10"],
      "right before its outer ids",
    );
    assertEquals(await mapOf("group", 20, "10:100:10"), ["20 0 1", "10 100 10"], "groups too");
    assertEquals(
      await mapOf("user", 12, "10:100:10"),
      ["12 0 1", "10 100 2", "13 102 7"],
      "within it, it does",
    );
  },
);

const HINT = /^unshare: hint: without --fork /m;

/** What a terminal shows when this line is run in it, and `exit` typed. */
async function onTerminal(line: string): Promise<string> {
  // At the end of its input script(1) would wait for two seconds.
  const { stdout } = await run([...AS_USER, "script", "-qec", line, "/dev/null"], {
    typed: "exit\n",
  });
  return stdout.replaceAll("\r", "");
}

Deno.test(
  "an interactive shell as first process without --fork is warned of, on a terminal",
  requires({ userNamespaces: true, programs: ["script"] }),
  async () => {
    for (const shellLine of ["sh", "sh -i", "bash --norc", "", "-- sh"]) {
      const line = `env SHELL=/bin/sh ${nido} unshare -Ur --pid ${shellLine}`;
      const shown = await onTerminal(line);
      assertEquals(shown.match(new RegExp(HINT, "gm"))?.length, 1, `${line}: ${shown}`);
      assertMatch(shown, /Cannot allocate memory/);
    }
  },
);

Deno.test(
  "nobody is warned who does not need it",
  requires({ userNamespaces: true, programs: ["script"] }),
  async () => {
    const lines = [
      "--pid --fork sh",
      "--uts sh",
      "--pid sh -c :",
      "--pid true",
      "--pid sh 2>/dev/null",
    ];
    for (const words of lines) {
      const shown = await onTerminal(`${nido} unshare -Ur ${words}`);
      assertEquals(HINT.test(shown), false, `${words}: ${shown}`);
    }
    const { stderr } = await shell(`echo exit | ${nido} unshare -Ur --pid sh`);
    assertEquals(stderr, "", "stderr is no terminal");
  },
);

Deno.test(
  "a hint goes to stderr, and changes no exit status",
  requires({ userNamespaces: true, programs: ["script"] }),
  async () => {
    const script = `echo 'exit 7' | ${nido} unshare -Ur --pid sh >/dev/null; echo "status $?"`;
    const { stdout } = await run(["script", "-qec", `sh -c ${quote([script])}`, "/dev/null"]);
    assertMatch(stdout, /hint: /);
    assertMatch(stdout, /^status 7\r?$/m);
  },
);
