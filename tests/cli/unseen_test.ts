// What commands say where /proc hides processes, or is of another PID namespace.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inode, LEADERLESS, start, WAIT, ZOMBIE } from "../inspect/start.ts";
import { requires } from "../requires.ts";
import { AS_USER, NIDO, type Outcome, quote, run } from "../support/nido.ts";
import { withProc } from "../support/proc.ts";
import { nido } from "./run_nido.ts";

const asRoot = requires({ root: true, programs: ["unshare", "setpriv"] });

/** Runs nido as an ordinary user, where /proc is mounted with these options. */
const hidden = (options: string, ...words: readonly string[]): Promise<Outcome> =>
  nido(words, { under: [...withProc(options), ...AS_USER] });

for (const [option, name] of [["1", "noaccess"], ["2", "invisible"]] as const) {
  const because = `since /proc is mounted with hidepid=${name}`;

  Deno.test(`commands that list processes say what hidepid=${name} hides`, asRoot, async () => {
    const said = name === "noaccess"
      ? `[1-9]\\d* processes of other users could not be looked into, ${because}; run as root`
      : `processes of other users cannot be seen, ${because}; run as root`;
    for (const words of [["tree"], ["who", "/proc/self/ns/uts"], ["map"], ["ports"]]) {
      const { code, stderr } = await hidden(`hidepid=${option}`, ...words);
      assertEquals(code, 0, stderr);
      assertMatch(stderr, new RegExp(`^nido ${words[0]}: ${said} to see them$`, "m"));
    }
    const { stdout } = await hidden(`hidepid=${option}`, "who", "--json", "/proc/self/ns/uts");
    assertEquals(JSON.parse(stdout).hidepid, name);
  });

  Deno.test(
    `commands about a process that hidepid=${name} hides do not say that it is not there`,
    asRoot,
    async () => {
      const why = `process 1 cannot be looked into, ${because}; run as its user, or as root\n`;
      for (const words of [["tree", "1"], ["pid", "1"], ["pid", "--in", "1", "7"], ["who", "1"]]) {
        const { code, stderr } = await hidden(`hidepid=${option}`, ...words);
        assertEquals([code, stderr.split("\n")[0] + "\n"], [1, `nido ${words[0]}: ${why}`]);
      }
      const { stderr } = await hidden(`hidepid=${option}`, "pid", "2147483647");
      assertEquals(stderr, "nido pid: no process 2147483647\n");
    },
  );
}

Deno.test("nothing is said of hidepid to who sees everything", asRoot, async () => {
  const { stderr } = await nido(["tree"], { under: withProc("hidepid=2") });
  assert(!stderr.includes("hidepid"), stderr);
});

/** Runs words of a shell in a new PID namespace, with the /proc of another. */
function inOthersProc(script: string): Promise<Outcome> {
  return run(["unshare", "-Urpf", "sh", "-c", script], { env: { LC_ALL: "C.UTF-8" } });
}

const unsharing = requires({ userNamespaces: true, programs: ["unshare"] });
const nidoWords = quote(NIDO);

Deno.test(
  "commands say that /proc is of another PID namespace, and what they print is no advice to kill",
  unsharing,
  async () => {
    const { stdout, stderr } = await inOthersProc(`${nidoWords} who /proc/self/ns/pid; :`);
    assertMatch(stdout, /\n {2}process \d+ sh \(PID 1\)\n/);
    assert(!/kill|nsenter/.test(stdout), stdout);
    assertMatch(
      stderr,
      /^nido who: \/proc is of another PID namespace, where this is \d+; here this is \d+\. PIDs are numbers there;/,
    );
    for (const words of ["tree", "map", "pid 1"]) {
      assertMatch((await inOthersProc(`${nidoWords} ${words}`)).stderr, /\/proc is of another PID/);
    }
  },
);

Deno.test(
  "the remedy for a /proc of another PID namespace makes it one's own",
  unsharing,
  async () => {
    const command = `${nidoWords} pid 1`;
    const before = await inOthersProc(`${command}; :`);
    const remedy = before.stderr.match(/start nido by 'nido (.*?)' to have your own/)![1];
    const { stdout, stderr } = await inOthersProc(`${nidoWords} ${remedy} ${command}; :`);
    assertMatch(stdout, /\n +1 in pid:\[\d+\], yours and its own\n/);
    assertEquals(stderr, "");
  },
);

Deno.test(
  "doctor tries nothing on a child by its number where /proc is of another PID namespace",
  unsharing,
  async () => {
    const { stdout } = await inOthersProc(`${nidoWords} doctor --json; :`);
    const { machine, results } = JSON.parse(stdout);
    assertEquals(machine.others_proc, true);
    const setns = results.find(({ name }: { name: string }) => name === "setns");
    assertEquals(setns.verdict, "cannot tell");
    assertStringIncludes(setns.why, "/proc is of another PID namespace");
  },
);

Deno.test(
  "commands work where /proc does not show them at all",
  // A compiled Deno finds its program by /proc/self.
  requires({ binary: false, root: true, programs: ["unshare", "nsenter"] }),
  async () => {
    await using started = await start(["unshare", "-pf", "--mount-proc", ...WAIT]);
    const under = ["nsenter", "-t", String(started.childOf()), "-m"];
    for (const words of [["tree"], ["map"], ["pid", "1"], ["who", "1"]]) {
      const { code, stdout, stderr } = await nido(words, { under });
      assertEquals(code, 0, stderr);
      assertStringIncludes(stdout, "sh");
      assert(!/kill|not yours|yours/.test(stdout), stdout);
      assertStringIncludes(stderr, "is of another PID namespace, which this process is not in;");
    }
  },
);

Deno.test(
  "nido who gives the path of a namespace that is mounted in another mount namespace only",
  requires({ root: true, programs: ["unshare", "mount"] }),
  async () => {
    const folder = Deno.makeTempDirSync();
    const path = `${folder}/it's`;
    Deno.writeTextFileSync(path, "");
    try {
      const script = 'mount --bind /proc/self/ns/uts "$0"; echo ready; read x';
      await using there = await start(["unshare", "-mu", "sh", "-c", script, path]);
      const ns = inode(there.pid, "uts");
      const { code, stderr } = await nido(["who", path]);
      assertEquals(code, 1);
      const word = stderr.match(
        /is a namespace only where process \d+ is, in mnt:\[\d+\]; give (.*)\n$/,
      )![1];
      const followed = await run(["sh", "-c", `${nidoWords} who ${word}`]);
      assert(followed.stdout.startsWith(`uts:[${ns}] `), followed.stderr);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
);

Deno.test(
  "of a process whose first thread has ended, the namespaces of one that lives are told",
  requires({ userNamespaces: true, programs: ["python3", "unshare"] }),
  async () => {
    await using started = await start(LEADERLESS);
    const { pid } = started;
    const [living] = [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) => name)
      .filter((tid) => tid !== String(pid));
    const { stdout } = await nido(["pid", String(pid)]);
    assertMatch(
      stdout,
      new RegExp(`state +its first thread has ended, 1 other not: such as ${living}, whose`),
    );
    assertMatch(stdout, new RegExp(`mnt +${inode("self", "mnt")} +yours`));
    assert(!stdout.includes("zombie") && !stdout.includes("PID 1 of a new one"), stdout);
    assert(stdout.startsWith(`process       ${pid} `) && stdout.includes("python3 -c"), stdout);
    const tree = await nido(["tree", String(pid)]);
    assertEquals(tree.stdout, `${pid} python3 (first thread ended)\n`);
    await using inside = await start(["unshare", "-Uru", ...LEADERLESS]);
    const who = await nido(["who", "-t", "uts", String(inside.pid)]);
    assertMatch(
      who.stdout,
      new RegExp(`thread \\d+ of ${inside.pid} python3 +kill ${inside.pid}\n`),
    );
  },
);

Deno.test("of a zombie nothing is told that it has no more", async () => {
  await using parent = await start(ZOMBIE);
  const zombie = parent.said.trim();
  while (!Deno.readTextFileSync(`/proc/${zombie}/stat`).includes(" Z "));
  const { stdout } = await nido(["pid", zombie]);
  assertMatch(stdout, /state +zombie: ended, and its parent has not asked how, child of/);
  assertStringIncludes(stdout, "it is in no others any more: it has ended\n");
  assert(!stdout.includes("PID 1 of a new one"), stdout);
  assertStringIncludes((await nido(["map", "--all"])).stdout, `${zombie} sh (zombie)`);
});
