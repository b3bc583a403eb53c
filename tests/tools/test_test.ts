// Runs ./dev test on tests of a few lines, in a repository of its own.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { report } from "../../tools/test/report.ts";
import { readResult } from "../../tools/test/result.ts";
import { requires } from "../requires.ts";
import { until } from "../support/patience.ts";
import { BASE, type Dev, withRepository } from "./repository.ts";

/** Runs these test files, given by name. */
const withTests = (
  files: Record<string, string>,
  check: (dev: Dev, root: string) => Promise<void>,
): Promise<void> =>
  withRepository("", async (root, dev) => {
    for (const [name, text] of Object.entries(files)) {
      const path = `${root}/tests/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(path, text);
    }
    await check(dev, root);
  });

/** The lines below "== failed" or the like, without what is said about each. */
const listed = (stdout: string, title: string): string[] =>
  stdout.split(`\n== ${title}\n`).at(-1)!.split("\n\n")[0]!.split("\n")
    .filter((line) => !line.startsWith("    ")).map((line) => line.trim());

Deno.test("dev test counts each test once, and says why one is skipped", async () => {
  await withTests({
    "a_test.ts": `
      import { skipFor } from "./skip.ts";
      const tool = skipFor([{ what: "a tool", forGood: true }]);
      Deno.test("a", tool, () => {});
      Deno.test({ name: "b", ...tool, fn() {} });
      Deno.test("c", () => {});`,
    "b_test.ts": `
      import { skipFor } from "./skip.ts";
      Deno.test("d", skipFor([{ what: "root", forGood: true }]), () => {});
      Deno.test("e", skipFor([]), () => {});`,
    "skip.ts": await Deno.readTextFile(new URL("../support/skip.ts", import.meta.url)),
  }, async (dev) => {
    const { code, stdout } = await dev(["test"]);
    assertEquals(code, 0, stdout);
    assertEquals(listed(stdout, "skipped"), ["2 need a tool", "1 need root"]);
    assertEquals(stdout.trim().split("\n").at(-1), "2 passed, 0 failed, 3 skipped");
    const must = await dev(["test"], { env: { ...BASE, NIDO_MUST_WORK: "1" } });
    assertEquals(must.code, 0, "what is for good is excused");
  });
});

Deno.test("dev test fails with NIDO_MUST_WORK=1 where a skip could be mended", async () => {
  await withTests({
    "a_test.ts": `
      import { skipFor } from "./skip.ts";
      Deno.test("a", skipFor([{ what: "a tool", forGood: false }]), () => {});`,
    "skip.ts": await Deno.readTextFile(new URL("../support/skip.ts", import.meta.url)),
  }, async (dev) => {
    const { code, stdout } = await dev(["test"], { env: { ...BASE, NIDO_MUST_WORK: "1" } });
    assertEquals(code, 1);
    assertStringIncludes(
      stdout,
      "Cannot run a_test.ts:3 although NIDO_MUST_WORK=1: it needs a tool",
    );
    assertMatch(stdout, /^0 passed, 1 failed$/m);
  });
});

Deno.test("dev test lists what failed, files that do not come to their end among it", async () => {
  await withTests({
    "a_test.ts": `Deno.test("a", () => { throw new Error("no " + "thing"); });`,
    "b_test.ts": `Deno.test("b", () => Deno.kill(Deno.pid, "SIGKILL"));`,
    "c_test.ts": "this is no program",
    "d_test.ts": `Deno.test("d", () => {});`,
  }, async (dev) => {
    const { code, stdout } = await dev(["test"]);
    assertEquals(code, 1);
    const failed = listed(stdout, "failed");
    assertEquals(failed.length, 3, stdout);
    assertMatch(failed.find((line) => line.startsWith("a "))!, /^a => \.\/tests\/a_test\.ts:1:6$/);
    assert(failed.includes("tests/b_test.ts (it did not come to its end)"), stdout);
    assert(failed.some((line) => line.includes("c_test.ts")), stdout);
    const [errors, list] = stdout.split("== errors")[1]!.split("== failed\n");
    assertEquals(errors!.match(/no thing/g)?.length, 1);
    assertMatch(list!, /^ {2}a => .*\n {4}error: Error: no thing\n/m);
    assertStringIncludes(
      stdout.split("== errors")[1]!,
      "(it did not come to its end)\nrunning 1 test from",
    );
    assertMatch(stdout, /^1 passed, 3 failed$/m);
  });
});

Deno.test("a test that leaves a temporary file fails, and it is gone afterwards", async () => {
  await withTests({
    "a_test.ts": `Deno.test("a", () => console.log("made " + Deno.makeTempFileSync()));`,
  }, async (dev) => {
    const { code, stdout } = await dev(["test"]);
    assertEquals(code, 1);
    const made = stdout.match(/^made (.*)$/m)![1]!;
    const name = made.split("/").at(-1)!;
    assertEquals(listed(stdout, "failed"), [`tests/a_test.ts leaves /tmp/${name}`]);
    assertMatch(stdout, /^1 passed, 1 failed$/m);
    for (const folder of [made, `/tmp/${name}`]) {
      assertEquals(await Deno.stat(folder).catch(() => "gone"), "gone");
    }
  });
});

Deno.test("a folder that cannot be removed is its file's failure, and hides no other", async () => {
  const closed = `
    Deno.test("a", () => {
      const folder = Deno.makeTempDirSync();
      Deno.mkdirSync(folder + "/in");
      Deno.chmodSync(folder, 0);
      console.log("made " + folder);
      throw new Error("first");
    });`;
  await withTests({
    "a_test.ts": closed,
    "b_test.ts": `Deno.test("b", () => { throw new Error("second"); });`,
  }, async (dev, root) => {
    await Deno.chmod(root, 0o755);
    // Root can remove everything.
    const { code, stdout, stderr } = await dev(["test"], { uid: Deno.uid() || 1000 });
    assertEquals([code, stderr], [1, ""]);
    const made = stdout.match(/^made (.*)$/m)![1]!;
    assertMatch(stdout, /^ {4}error: Error: first$/m);
    assertMatch(stdout, /^ {4}error: Error: second$/m);
    assertMatch(stdout, /^ {2}tests\/a_test\.ts leaves what cannot be removed$/m);
    assertMatch(stdout, /^ {2}tests\/a_test\.ts leaves \/tmp\/[^/]+$/m);
    assertMatch(stdout, /^0 passed, 5 failed$/m);
    await Deno.chmod(made, 0o700);
    await Deno.remove(made.match(/^.*?\/nido-test-[^/]+/)![0], { recursive: true });
  });
});

Deno.test("two test files at once do not see each other's temporary files", async () => {
  const wait = `
    Deno.test("t", async () => {
      const folder = Deno.makeTempDirSync();
      const parent = folder.slice(0, folder.lastIndexOf("/"));
      await new Promise((go) => setTimeout(go, 300));
      const all = [...Deno.readDirSync(parent)].filter(({ name }) => !name.includes("nido"));
      Deno.removeSync(folder);
      if (all.length !== 1) throw new Error("there are " + all.map(({ name }) => name));
    });`;
  await withTests({ "a_test.ts": wait, "b_test.ts": wait }, async (dev) => {
    const { code, stdout } = await dev(["test"]);
    assertEquals(code, 0, stdout);
  });
});

Deno.test(
  "as root a test file has /tmp and /run for itself, and the repository in /tmp still",
  requires({ root: true }),
  async () => {
    await withTests({
      "a_test.ts": `
        Deno.test("t", () => {
          const names = (path) => [...Deno.readDirSync(path)].map(({ name }) => name);
          console.log("found", JSON.stringify([names("/tmp").length, names("/run")]));
          Deno.writeTextFileSync("/run/nido-mine", "");
          Deno.statSync(Deno.cwd() + "/deno.json");
          console.log("namespace", Deno.readLinkSync("/proc/self/ns/mnt"));
        });`,
    }, async (dev) => {
      const { code, stdout } = await dev(["test"]);
      assertEquals(code, 0, stdout);
      const [top, run] = JSON.parse(stdout.match(/^found (.*)$/m)![1]!);
      assert(top <= 1, "but for the way to the repository");
      assertEquals(run, []);
      const [, namespace] = stdout.match(/^namespace (.*)$/m)!;
      assert(namespace !== Deno.readLinkSync("/proc/self/ns/mnt"));
      assertEquals(await Deno.stat("/run/nido-mine").catch(() => "gone"), "gone");
    });
  },
);

const READS = `
  Deno.test("t", () => {
    const words = ["-c", "cat deno.json && exec \\"$@\\" --version", "sh", Deno.execPath()];
    const { success } = new Deno.Command("sh", { args: words, uid: 1000, gid: 1000 }).outputSync();
    if (!success) throw new Error("uid 1000 cannot read the sources and run Deno");
  });`;

Deno.test(
  "as root in a folder that nobody else may enter, tests that become another user can read it",
  requires({ root: true }),
  async () => {
    await withTests({ "a_test.ts": READS }, async (dev, root) => {
      await Deno.chmod(root, 0o700);
      const { code, stdout } = await dev(["test"]);
      assertEquals(code, 0, stdout);
      await Deno.chmod(root, 0o755);
      await Deno.chmod(`${root}/deno.json`, 0o600);
      const masked = await dev(["test"]);
      assertEquals(masked.code, 0, "as with umask 077: " + masked.stdout);
    });
  },
);

Deno.test(
  "as root there is a user with uid 1000 and subordinate ids for the tests, and the machine's files stay",
  requires({ root: true }),
  async () => {
    const before = await Deno.readTextFile("/etc/passwd");
    await withTests({
      "a_test.ts": `
        Deno.test("t", () => {
          const fields = Deno.readTextFileSync("/etc/passwd").split("\\n").map((line) => line.split(":"));
          const name = fields.find(([, , uid]) => uid === "1000")[0];
          for (const path of ["/etc/subuid", "/etc/subgid"]) {
            if (!Deno.readTextFileSync(path).includes(name + ":")) throw new Error(path);
          }
        });`,
    }, async (dev) => {
      const { code, stdout } = await dev(["test"]);
      assertEquals(code, 0, stdout);
      assertEquals(await Deno.readTextFile("/etc/passwd"), before);
    });
  },
);

Deno.test("a failed test may show what another test runner printed", () => {
  const nested =
    "\n ERRORS \n\nb => x\n\n FAILURES \n\nb => x\n\nFAILED | 7 passed | 2 failed (1s)\n";
  const failing = `a ... FAILED (1ms)\n\n ERRORS \n\na => y\n${nested}\n FAILURES \n\na => y\n\n`;
  const result = readResult("x", `${failing}FAILED | 1 passed | 1 failed (1s)\n`, false);
  const failure = { name: "a => y", error: nested.trim() };
  assertEquals([result.passed, result.failed, result.failures], [1, 1, [failure]]);
  assertEquals(result.log, "a ... FAILED (1ms)");
});

Deno.test("the end tells how those that are skipped come to run", () => {
  const skipped = (...reasons: string[]) => [{
    ...readResult("x", "ok | 0 passed | 0 failed | 2 ignored (1ms)\n", true),
    reasons,
  }];
  const lacking = skipped("root", "strace (Debian package strace)");
  assertStringIncludes(report(lacking, false), "\nthis lets them run: sudo ./dev test\n");
  assertStringIncludes(
    report(lacking, true),
    "\nthis lets them run: apt-get install --no-install-recommends strace\n",
  );
  assert(!report(skipped("Linux 9.9", "an ordinary user"), true).includes("lets them run"));
});

Deno.test("who is ended tells what has failed by then and what was running, and ends it", async () => {
  await withTests({
    "a_test.ts": `Deno.test("a", () => { throw new Error("first"); });`,
    "b_test.ts": `
      Deno.test("b", async () => {
        const running = (part) =>
          [...Deno.readDirSync("/proc")].flatMap(({ name }) => {
            try {
              const words = Deno.readTextFileSync("/proc/" + name + "/cmdline");
              const isThere = words.includes(part) && words.includes(Deno.env.get("ENDED"));
              return isThere ? [Number(name)] : [];
            } catch {
              return []; // It has ended, or is no process.
            }
          });
        // That was started before.
        while (running("a_test.ts").length > 0) await new Promise((go) => setTimeout(go, 20));
        await new Promise((go) => setTimeout(go, 1000));
        for (const pid of running("test/main.ts")) Deno.kill(pid, "SIGTERM");
        await new Promise((go) => setTimeout(go, 100_000));
      });`,
  }, async (dev, root) => {
    const { code, stdout } = await dev(["test"], { env: { ...BASE, ENDED: root } });
    assertEquals(code, 143);
    assertMatch(stdout, /^ {4}error: Error: first$/m);
    assertMatch(stdout, /^ {2}\.\/dev test was ended by SIGTERM during tests\/b_test\.ts$/m);
    assertMatch(stdout, /^0 passed, 2 failed$/m);
    const left = () =>
      [...Deno.readDirSync("/proc")].filter(({ name }) => {
        try {
          return Deno.readTextFileSync(`/proc/${name}/cmdline`).includes(`${root}/`);
        } catch {
          return false; // It has ended, or is no process.
        }
      });
    await until("what was running has ended", () => left().length === 0);
  });
});

Deno.test("a filter is not taken for a path, and goes to each file", async () => {
  await withTests({
    "a_test.ts": `Deno.test("tests", () => {}); Deno.test("other", () => {});`,
    "b_test.ts": `Deno.test("other", () => {});`,
  }, async (dev) => {
    const { code, stdout } = await dev(["test", "--filter", "tests", "tests/a_test.ts"]);
    assertEquals(code, 0, stdout);
    assertMatch(stdout, /^1 passed, 0 failed$/m);
  });
});

Deno.test("a filter without a text is an error, and no test runs", async () => {
  await withTests({ "a_test.ts": `Deno.test("a", () => {});` }, async (dev) => {
    const { code, stdout, stderr } = await dev(["test", "--filter"]);
    assertEquals([code, stdout, stderr], [2, "", "dev test: --filter needs a text\n"]);
  });
});

Deno.test("a file that is not there is an error, and no test runs", async () => {
  await withTests({ "a_test.ts": `Deno.test("a", () => {});` }, async (dev) => {
    const { code, stdout, stderr } = await dev(["test", "tests/b_test.ts"]);
    assertEquals([code, stdout, stderr], [2, "", "dev test: there is no tests/b_test.ts\n"]);
  });
});

Deno.test("what a test runner prints is read whatever its colours", () => {
  const output = "\x1b[32mok\x1b[0m | 2 passed (3 steps) | 0 failed | 1 ignored \x1b[0m(4ms)\n";
  const { passed, failed, skipped } = readResult("x", output, true);
  assertEquals([passed, failed, skipped], [2, 0, 1]);
  assertMatch(report([readResult("x", output, true)], true), /1 need something they do not name/);
});
