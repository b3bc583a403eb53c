/** `nido learn`, on a terminal, with keys. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { plain } from "../../cli/colour.ts";
import { MARK } from "../../cli/learn/session.ts";
import { Output } from "../../cli/learn/output.ts";
import { type ConsoleBlock, parsePage, type Section, TOPICS } from "../../cli/learn/page.ts";
import { paragraph, sectionText } from "../../cli/learn/text.ts";
import { parseTranscripts } from "../docs/transcript.ts";
import { requires } from "../requires.ts";
import { AS_USER, isBinary, nido as spoken } from "../support/nido.ts";
import { turnAt } from "../support/page.ts";
import { until } from "../support/patience.ts";
import { Terminal } from "../support/terminal.ts";
import { nido } from "./run_nido.ts";

const PAGE = Deno.readTextFileSync(new URL("../../docs/walkthrough.md", import.meta.url));
const { sections } = parsePage(PAGE);
const STYLE = { paint: plain, width: 80, ascii: false };

const TAB = "\t";
const ENTER = "\r";

/** In the environment of a learner and of all that it starts, so that leftovers are found. */
const TRACE = "NIDO_TEST_TRACE";

const isConsole = (block: { readonly kind: string }): block is ConsoleBlock =>
  block.kind === "console";

const sectionOf = (topic: string): Section => sections.find((one) => one.topic === topic)!;

Deno.test("nido learn has a section for each kind of namespace, and each has something to try", () => {
  assertEquals(
    sections.map(({ topic }) => topic),
    Object.keys(TOPICS) as typeof sections[0]["topic"][],
  );
  for (const { topic, blocks } of sections) {
    assert(blocks.some(isConsole), topic);
    assert(blocks.some(({ kind }) => kind === "try"), topic);
  }
});

Deno.test("nido learn types the lines that the page's tests type", () => {
  const typed = sections.flatMap(({ blocks }) =>
    blocks.filter(isConsole).flatMap(({ steps }) => steps.map(({ line }) => line))
  );
  const tested = parseTranscripts(PAGE).flatMap(({ exchanges }) =>
    exchanges.map((one) => one.typed)
  );
  assertEquals(typed, tested);
});

Deno.test("texts of nido learn fit 80 columns and 50, and ASCII where the locale has no more", () => {
  for (const section of sections) {
    const prose = { ...section, blocks: section.blocks.filter(({ kind }) => kind !== "console") };
    for (const width of [80, 50]) {
      for (const line of sectionText(prose, "1 of 9", { ...STYLE, width }).split("\n")) {
        assert(line.length <= width, line);
      }
    }
    assertMatch(sectionText(section, "", { ...STYLE, ascii: true }), /^[\n\t -~]*$/);
  }
  assertEquals(
    paragraph("a `b c` d", { ...STYLE, width: 5 }),
    "a\n`b c`\nd",
    "a line to type is not broken",
  );
});

Deno.test("the output of nido learn stops at a prompt until it is its turn, however it is cut", () => {
  const bytes = new TextEncoder().encode(`out\r\n${MARK}2\x07# ls\x1b[K\r\nß${MARK}1\x07$ `);
  for (const size of [1, 2, 7, 100]) {
    const written: number[] = [];
    const depths: number[] = [];
    const output = new Output((bytes) => written.push(...bytes), (depth) => depths.push(depth));
    const text = (): string => new TextDecoder().decode(Uint8Array.from(written));
    for (let at = 0; at < bytes.length; at += size) output.feed(bytes.slice(at, at + size));
    assertEquals([text(), depths, output.isAtStart], ["out\r\n", [2], true]);
    output.release();
    assertEquals([text(), depths, output.isAtStart], ["out\r\n# ls\x1b[K\r\nß", [2, 1], false]);
    output.release();
    assertEquals(text(), "out\r\n# ls\x1b[K\r\nß$ ");
  }
});

Deno.test("nido learn prints its text where there is no terminal", async () => {
  const { code, stdout } = await nido(["learn", "mount"]);
  assertEquals(code, 0);
  assertMatch(stdout, /^Mount: what is where ─+\n/);
  assertStringIncludes(stdout, "\n  # findmnt -n -o FSTYPE,PROPAGATION nest\n  tmpfs  private\n");
  const whole = await nido(["learn"]);
  for (const { title } of sections) assertStringIncludes(whole.stdout, title);
});

Deno.test("nido learn knows its topics", async () => {
  const { code, stderr } = await nido(["learn", "pdi"]);
  assertEquals(code, 1);
  assertStringIncludes(
    stderr,
    "nido learn: there is no topic 'pdi'; there are pid, mnt, uts, ipc, net, user, cgroup, time, all; did you mean 'pid'?",
  );
});

/** Who learns. */
const LEARNERS = [
  { who: "root", as: [], needs: { root: true } },
  { who: "an ordinary user", as: AS_USER, needs: { userNamespaces: true } },
] as const;

/** What only root can type. */
const ROOTS = /\$cgroup2\/|--map-auto/;

class Learner extends Terminal {
  readonly trace: string = crypto.randomUUID();

  static start(topic: string, as: readonly string[]): Learner {
    const trace = crypto.randomUUID();
    const learner = new Learner([...as, spoken, "learn", topic].join(" "), {
      env: { [TRACE]: trace, ...as.length > 0 ? { HOME: "/nonexistent" } : {} },
    });
    return Object.assign(learner, { trace });
  }

  /** Presses Enter when a line is offered. */
  async enter(line: string): Promise<void> {
    await this.until(line);
    await this.type(ENTER);
  }

  /** The processes that it has left. */
  leftovers(): string[] {
    return [...Deno.readDirSync("/proc")].flatMap(({ name }) => {
      if (!/^\d+$/.test(name)) return [];
      try {
        const environ = Deno.readTextFileSync(`/proc/${name}/environ`);
        return environ.includes(this.trace)
          ? [Deno.readTextFileSync(`/proc/${name}/cmdline`).replaceAll("\0", " ")]
          : [];
      } catch {
        return [];
      }
    });
  }

  /** Waits until all its processes are gone. */
  async gone(): Promise<void> {
    await until("the end of all its processes", () => this.leftovers().length === 0, 50);
  }
}

const PROGRAMS = ["bash", "script", "stty", "mount"];

/** Deno starts for each line that is typed from source: the binary goes through all. */
const WALKED = sections.filter(({ topic }) => isBinary || ["pid", "user"].includes(topic));

for (const { who, as, needs } of LEARNERS) {
  for (const { topic, blocks } of WALKED) {
    const lines = blocks.filter(isConsole).flatMap(({ steps }) => steps.map(({ line }) => line));
    const programs = ["ipcmk", "ip", "findmnt"].filter((name) => lines.join("\n").includes(name));
    Deno.test(
      `nido learn ${topic}, as ${who}: Enter types line after line, to the end`,
      requires({ ...needs, programs: [...PROGRAMS, ...programs] }),
      async () => {
        using _ = await turnAt("docs/walkthrough.md");
        await using learner = Learner.start(topic, as);
        for (const block of blocks) {
          if (block.kind === "try") {
            await learner.until("Try it: ");
            await learner.enter("\n$ ");
          }
          if (!isConsole(block)) continue;
          const isRoots = block.steps.some(({ line }) => ROOTS.test(line));
          if (as.length > 0 && isRoots) await learner.until("This cannot be typed here: ");
          else {
            for (const { isInner, line } of block.steps) {
              // In between a shell may say that a job has ended.
              await learner.until(isInner ? "# " : "$ ");
              await learner.enter(line);
            }
          }
        }
        assertEquals((await learner.end()).code, 0);
        const next = sections[sections.findIndex((one) => one.topic === topic) + 1]?.topic;
        if (next) assertStringIncludes(learner.text, `The next topic: nido learn ${next}\n`);
        await learner.gone();
      },
    );
  }

  Deno.test(
    `nido learn draws the processes with their borders, as ${who}`,
    requires({ ...needs, programs: PROGRAMS }),
    async () => {
      await using learner = Learner.start("pid", as);
      await learner.enter("$ nido unshare --pid --fork --mount-proc bash");
      const drawn = await learner.until("# echo $$");
      assertMatch(
        drawn,
        /The processes now:\n\d+ bash\n└─╭─ mnt:\[\d+\] ─+╮\n {2}│ \d+ unshare +│\n {2}│ └─╭─ pid:\[\d+\] ─+╮ │\n {2}│ {3}│ \d+ → 1 bash +│ │\n/,
      );
      await learner.type(ENTER);
      assertEquals((await learner.until("# ps")).trim(), "1", "and then the shell is PID 1");
    },
  );

  Deno.test(
    `nido learn lets the learner change a line, leave one out, and type others, as ${who}`,
    requires({ ...needs, programs: PROGRAMS }),
    async () => {
      await using learner = Learner.start("uts", as);
      await learner.enter("$ nido unshare --uts bash");
      await learner.until("# hostname nest");
      await learner.type("ling");
      await learner.until("ling");
      await learner.type(ENTER);
      await learner.until("# hostname");
      await learner.type(ENTER);
      assertEquals((await learner.until("# exit")).trim(), "nestling");
      await learner.type(ENTER);
      await learner.until("sleep 100; :' &");
      const before = performance.now();
      await learner.type(TAB);
      await learner.until("$ nido nsenter --target $! --uts hostname");
      assert(performance.now() - before < 9000, "nobody waits for what was left out");
      await learner.type(TAB);
      await learner.until("$ nido who $(readlink /proc/$!/ns/uts)");
      await learner.type(TAB);
      await learner.until("Has the machine two names now?");
      await learner.until("$ ");
      // An own line may begin with any letter.
      await learner.type(`nido_own() { echo $((20 + 22)); }; nido_own${ENTER}`);
      await learner.until("\n42\n");
      await learner.enter("$ ");
      await learner.until("The file is only what the name is set to");
    },
  );

  Deno.test(
    `nido learn answers no question by keys that were typed before it, as ${who}`,
    requires({ ...needs, programs: PROGRAMS }),
    async () => {
      await using learner = Learner.start("uts", as);
      await learner.enter("$ nido unshare --uts bash");
      await learner.until("# hostname nest");
      await learner.type(`; sleep 3; echo $((6 * 7))${ENTER}`);
      for (let i = 0; i < 10; i++) {
        await learner.type(ENTER);
        await new Promise((go) => setTimeout(go, 40));
      }
      await learner.until("\n42\n");
      await learner.until("# hostname");
      await new Promise((go) => setTimeout(go, 1000));
      await learner.type(ENTER);
      assertEquals((await learner.until("# exit")).trim(), "nest");
    },
  );

  /** Goes where there are namespaces, mounts, files and processes in the background. */
  const goDeep = async (learner: Learner): Promise<void> => {
    await learner.enter("$ mkdir nest");
    await learner.enter("$ nido unshare --mount bash");
    await learner.enter("# mount -t tmpfs private nest");
    await learner.until("# touch nest/egg");
    await learner.type(` >/dev/shm/nido-learn-${learner.trace}; sleep 1000 &${ENTER}`);
    await learner.until("# ls nest");
  };

  const WAYS:
    readonly (readonly [way: string, leave: (learner: Learner) => Promise<void> | void])[] = [
      ["q", (learner) => learner.type("q")],
      ["Ctrl-C", (learner) => learner.type("\x03")],
      ["Ctrl-D", (learner) => learner.type("\x04")],
      ["Ctrl-\\ while a program runs", async (learner) => {
        await learner.type(`; echo $((6 * 7)); sleep 1000${ENTER}`);
        await learner.until("\n42\n");
        await learner.type("\x1c");
      }],
      ["a closed terminal", (learner) => learner.close()],
      ["SIGKILL", (learner) => {
        for (const { name } of Deno.readDirSync("/proc")) {
          try {
            const words = Deno.readTextFileSync(`/proc/${name}/cmdline`).split("\0");
            const isIts = Deno.readTextFileSync(`/proc/${name}/environ`).includes(learner.trace);
            // Not its session, nor script(1).
            if (isIts && words.slice(-3).join(" ") === "learn mnt " && words[0] !== "script") {
              Deno.kill(Number(name), "SIGKILL");
            }
          } catch {
            // It has ended, or is no process.
          }
        }
      }],
    ];
  for (const [way, leave] of WAYS) {
    Deno.test(
      `nido learn that is left by ${way} leaves nothing, as ${who}`,
      requires({ ...needs, programs: PROGRAMS }),
      async () => {
        const before = [Deno.readTextFileSync("/proc/self/mountinfo"), namesIn("/mnt")];
        await using learner = Learner.start("mnt", as);
        await goDeep(learner);
        const isSleep = (line: string): boolean => line.startsWith("sleep 1000");
        await until("it runs", () => learner.leftovers().some(isSleep));
        await leave(learner);
        await learner.gone();
        assertEquals([Deno.readTextFileSync("/proc/self/mountinfo"), namesIn("/mnt")], before);
        assertEquals(namesIn("/dev/shm").filter((name) => name.includes(learner.trace)), []);
      },
    );
  }
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}

Deno.test(
  "nido learn that is left in the middle removes its control group",
  requires({ root: true, programs: [...PROGRAMS, "findmnt"] }),
  async () => {
    const find = new Deno.Command("findmnt", { args: ["-nfo", "TARGET", "-t", "cgroup2"] });
    const at = new TextDecoder().decode((await find.output()).stdout).trim();
    using _ = await turnAt("docs/walkthrough.md");
    await using learner = Learner.start("cgroup", []);
    const [first, second] = sectionOf("cgroup").blocks.filter(isConsole)[0]!.steps;
    await learner.enter(`$ ${first!.line}`);
    await learner.enter(`$ ${second!.line}`);
    await learner.until("$ bash -c");
    assert(namesIn(at).includes("nest"));
    await learner.type("q");
    await learner.gone();
    assertEquals(namesIn(at).includes("nest"), false);
  },
);

Deno.test(
  "nido learn says what doctor knows where namespaces are refused, and is to be read",
  requires({ userNamespaces: true, programs: PROGRAMS }),
  async () => {
    const refused = "echo 0 >/proc/sys/user/max_user_namespaces && " +
      `exec setpriv --bounding-set=-all --inh-caps=-all ${spoken} learn time`;
    await using learner = new Terminal(
      `${[...AS_USER, spoken].join(" ")} unshare -Ur bash -c '${refused}'`,
    );
    await learner.until("# CLOCK_BOOTTIME is 2592000 seconds ahead");
    await learner.until("This cannot be typed here: user does not work: ");
    await learner.until("user.max_user_namespaces is 0");
    await learner.until("try: sysctl user.max_user_namespaces=");
    await learner.until("Enter goes on, q ends.");
    await learner.type(ENTER);
    assertEquals((await learner.end()).code, 0);
    assertStringIncludes(learner.text, "The next topic: nido learn all");
  },
);
