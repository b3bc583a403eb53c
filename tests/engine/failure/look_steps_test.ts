// What looks see: each by itself decides whether a hint is said.

import { assertEquals } from "@std/assert";
import { ENOENT, EPERM } from "../../../ffi/abi/errno.ts";
import { CLONE_NEWNET, CLONE_NEWUSER, CLONE_NEWUTS } from "../../../ffi/abi/sched.ts";
import { Builder } from "../../../engine/builder.ts";
import { FOUND, FOUND_NAME, type Hint, type Look, words } from "../../../engine/failure.ts";
import {
  absent,
  contains,
  exists,
  lacks,
  refusedByFilter,
  sameLink,
  starts,
} from "../../../engine/looks.ts";
import type { Plan } from "../../../engine/plan.ts";
import { ARCHS, run, runPlan, runs, withImage } from "../../machine/run_image.ts";
import { requires } from "../../requires.ts";
import { installFilter } from "../../support/filter.ts";
import { failing, LACKING, MESSAGE, native, said } from "./failing.ts";
import { withFolder } from "../../support/folder.ts";

/** Which of the looks are true, each by itself. */
async function seen(looks: readonly Look[], before?: (s: Builder) => void): Promise<boolean[]> {
  const texts = await Promise.all(
    looks.map((look) => said([{ look: [look], why: "seen" }], native, before)),
  );
  return texts.map((text) => {
    if (text !== "") assertEquals(text, "\n  why:  seen");
    return text !== "";
  });
}

/** All five looks at one path; `text` for those that have one. */
const looksAt = (path: string, text: string): Look[] => [
  contains(path, text),
  lacks(path, text),
  starts(path, text),
  exists(path),
  absent(path),
];

// contains, lacks, starts, exists, absent
const TEXTS: readonly (readonly [string, string, string, readonly boolean[]])[] = [
  ["at the start", "needle and hay", "needle", [true, false, true, true, false]],
  ["in the middle", "hay needle hay", "needle", [true, false, false, true, false]],
  ["at the end", "hay needle", "needle", [true, false, false, true, false]],
  ["alone", "needle", "needle", [true, false, true, true, false]],
  ["behind its own beginning", "neeneedle", "needle", [true, false, false, true, false]],
  ["cut off", "hay needl", "needle", [false, true, false, true, false]],
  ["shorter than what is looked for", "need", "needle", [false, true, false, true, false]],
  ["in an empty file", "", "needle", [false, true, false, true, false]],
  ["in other case", "Needle", "needle", [false, true, false, true, false]],
  ["of one byte", "abc", "c", [true, false, false, true, false]],
  ["over lines and zeros", "a\0b\nc", "\0b\nc", [true, false, false, true, false]],
  ["in UTF-8", "grün", "ün", [true, false, false, true, false]],
];

for (const [name, content, text, expected] of TEXTS) {
  Deno.test(`looking for a text ${name}`, async () => {
    await withFolder(async (folder) => {
      const path = `${folder}/file with spaces`;
      Deno.writeTextFileSync(path, content);
      assertEquals(await seen(looksAt(path, text)), [...expected]);
    });
  });
}

Deno.test("a link is the same as another that shows the same", async () => {
  await withFolder(async (folder) => {
    for (const [name, to] of [["a", "x:[1]"], ["b", "x:[1]"], ["c", "x:[2]"], ["d", "x:[1]2"]]) {
      Deno.symlinkSync(to!, `${folder}/${name}`);
    }
    const ns = "/proc/self/ns";
    assertEquals(
      await seen([
        sameLink(`${folder}/a`, `${folder}/b`),
        sameLink(`${folder}/a`, `${folder}/c`),
        sameLink(`${folder}/a`, `${folder}/d`),
        sameLink(`${folder}/a`, `${folder}/none`),
        sameLink(`${folder}/none`, `${folder}/a`),
        sameLink(`${folder}/none`, `${folder}/none`),
        sameLink(`${ns}/uts`, `/proc/${Deno.pid}/ns/uts`),
        sameLink(`${ns}/uts`, `${ns}/net`),
      ]),
      [true, false, false, false, false, false, true, false],
    );
  });
});

Deno.test("looking at a pipe that nobody writes to does not wait", async () => {
  await withFolder(async (folder) => {
    await run("mkfifo", { args: [`${folder}/pipe`], env: { PATH: Deno.env.get("PATH")! } });
    assertEquals(await seen(looksAt(`${folder}/pipe`, "x")), [false, true, false, true, false]);
  });
});

Deno.test(
  "what only pretends to be a file of /proc is no cause",
  requires({ root: true, programs: ["unshare"] }),
  async () => {
    const hints = looksAt("/proc/self/status", "x").map((look) => ({
      look: [look],
      why: `${look.kind} is seen`,
    }));
    await withImage(failing(hints), native, async (image) => {
      const script = 'mount -t tmpfs none /proc; mkdir /proc/self; echo x >/proc/self/status; "$0"';
      const { stderr } = await run("unshare", {
        args: ["-m", "sh", "-c", script, image],
        env: { PATH: Deno.env.get("PATH")! },
      });
      assertEquals(stderr, MESSAGE);
    });
  },
);

Deno.test("a file that is not there is only absent", async () => {
  await withFolder(async (folder) => {
    Deno.symlinkSync(`${folder}/nowhere`, `${folder}/dangling`);
    Deno.symlinkSync(`${folder}/loop`, `${folder}/loop`);
    for (const path of ["nothing", "nothing/below", "dangling", "loop"]) {
      assertEquals(await seen(looksAt(`${folder}/${path}`, "x")), [
        false,
        false,
        false,
        false,
        true,
      ]);
    }
  });
});

Deno.test("a file that may not be read is only absent", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/secret`;
    Deno.writeTextFileSync(path, "needle");
    Deno.chmodSync(path, 0);
    // Root reads it anyway, so it becomes somebody else first.
    const before = (s: Builder): void => {
      if (Deno.uid() === 0) s.call("setuid", [65534], "be nobody", { fails: "ignored" });
    };
    assertEquals(await seen(looksAt(path, "needle"), before), [false, false, false, false, true]);
  });
});

Deno.test("of a large file the first 64 KiB are looked at", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/large`;
    const at = (offset: number): string => "x".repeat(offset) + "needle" + "x".repeat(70000);
    const found: boolean[] = [];
    for (const offset of [65536 - 6, 65536 - 5, 65536]) {
      Deno.writeTextFileSync(path, at(offset));
      const [contains, lacks] = await seen(looksAt(path, "needle").slice(0, 2));
      assertEquals(lacks, !contains);
      found.push(contains!);
    }
    assertEquals(found, [true, false, false]);
  });
});

Deno.test("a file that comes in pieces is read to its end", async () => {
  // The kernel gives some 4 KiB of it at once.
  const path = "/proc/kallsyms";
  const text = Deno.readTextFileSync(path).slice(30000, 30100);
  assertEquals(text.length, 100);
  assertEquals(await seen([contains(path, text)]), [true]);
});

Deno.test("many looks at many files leave no descriptor open", async () => {
  const s = new Builder("main");
  const hints = Array.from({ length: 30 }, (): Hint => ({
    look: [lacks("/proc/self/status", "Name:")],
    why: "never",
  }));
  // Four descriptors in all: standard ones, and one for looking.
  const RLIMIT_NOFILE = 7;
  const limit = new BigUint64Array([4n, 4n]);
  s.call("prlimit64", [0, RLIMIT_NOFILE, new Uint8Array(limit.buffer), 0], "few descriptors", {
    fails: "ignored",
  });
  const last: Hint = {
    look: [contains("/proc/self/status", "Name:")],
    why: "still readable",
  };
  const plan = failing([...hints, last], (other) => void other.steps.push(...s.steps));
  const { stderr, code } = await runPlan(plan, native);
  assertEquals([code, stderr], [7, `${MESSAGE}  why:  still readable\n`]);
});

/** A failing plan whose second hint is found by steps that look for a number. */
function withSteps(isSeen: boolean): Plan {
  return failing(
    [
      { errno: [EPERM], look: [{ kind: "count" }], why: "another error" },
      {
        errno: [ENOENT],
        look: [absent(LACKING), { kind: "count" }],
        why: words`there are ${FOUND}, ${FOUND_NAME}`,
        remedy: words`take ${FOUND}`,
      },
      { why: "nobody counted" },
    ],
    (s) =>
      s.look("count", (found) => {
        const pid = s.call("getpid", [], "steps may make calls", {
          result: "pid",
          fails: "ignored",
        });
        found.set(4711);
        s.foundName.set("a\tb");
        return isSeen ? pid.isNot(0) : pid.is(0);
      }),
  );
}

for (const arch of ARCHS) {
  Deno.test(`${arch}: a look may take steps, and find a number to say`, runs(arch), async () => {
    const { code, stderr } = await runPlan(withSteps(true), arch);
    assertEquals([code, stderr], [
      7,
      `${MESSAGE}  why:  there are 4711, a\\x09b\n  try:  take 4711\n`,
    ]);
    assertEquals(
      (await runPlan(withSteps(false), arch)).stderr,
      `${MESSAGE}  why:  nobody counted\n`,
    );
  });
}

Deno.test(
  "what a seccomp filter refuses is seen, and what it lets through",
  requires({ userNamespaces: true }),
  async () => {
    const looks: Look[] = [
      refusedByFilter("unshare", CLONE_NEWUSER),
      refusedByFilter("unshare", CLONE_NEWUSER | CLONE_NEWNET),
      refusedByFilter("unshare", CLONE_NEWUTS),
      refusedByFilter("mount"),
      refusedByFilter("pidfd_open"),
    ];
    assertEquals(await seen(looks), [false, false, false, false, false]);
    const users = (s: Builder) => installFilter(s, { syscall: "unshare", bits: CLONE_NEWUSER });
    assertEquals(await seen(looks, users), [true, true, false, false, false]);
    const mounts = (s: Builder) => installFilter(s, { syscall: "mount" });
    assertEquals(await seen(looks, mounts), [false, false, false, true, false]);
    const pidfds = (s: Builder) => installFilter(s, { syscall: "pidfd_open" });
    assertEquals(await seen(looks, pidfds), [false, false, false, false, true]);
  },
);
