/** What cannot be joined, where one errno has several causes: what is said is the cause, and the remedy works. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { OPTION_WORDS } from "../../cli/option_words.ts";
import { nsenter } from "../../cli/nsenter.ts";
import { frozenBytes } from "../../launch/freeze.ts";
import { Command, LaunchError } from "../../mod.ts";
import { LEADERLESS, start } from "../inspect/start.ts";
import { requires } from "../requires.ts";
import { withFilter } from "../support/filter.ts";
import { NIDO, type Outcome, run, shell } from "../support/nido.ts";
import { startTarget } from "../support/target.ts";

const ROOT = requires({ root: true, programs: ["unshare", "mount"] });

const enter = (...words: readonly string[]): Promise<Outcome> =>
  run([...NIDO, "nsenter", ...words]);

/** The same by a frozen file. */
async function enterFrozen(...words: readonly string[]): Promise<Outcome> {
  const spec = nsenter.parse(words);
  if (typeof spec === "string") throw new TypeError("no launch");
  const file = Deno.makeTempFileSync({ prefix: "nido-frozen-" });
  try {
    Deno.writeFileSync(file, frozenBytes(spec, Deno.build.arch, OPTION_WORDS));
    Deno.chmodSync(file, 0o755);
    return await run([file]);
  } finally {
    Deno.removeSync(file);
  }
}

const remedyOf = ({ stderr }: Outcome): string => stderr.match(/^ {2}try: {2}(.*)$/m)?.[1] ?? "";
const causeOf = ({ stderr }: Outcome): string => stderr.match(/^ {2}why: {2}(.*)$/m)?.[1] ?? "";

Deno.test(
  "a process whose first thread has ended is entered by another, which is named",
  requires({ root: true, programs: ["unshare", "python3"], kernel: "6.9" }),
  async () => {
    await using started = await start(["unshare", "-u", ...LEADERLESS]);
    const pid = String(started.pid);
    const uts = `/proc/thread-self/ns/uts`;
    for (const way of [enter, enterFrozen]) {
      for (const options of [["-u"], ["-a"], ["-u", "-r"], ["-u", "-e"]]) {
        const refused = await way("-t", pid, ...options, "true");
        assertEquals(refused.code, 1);
        assertEquals(
          causeOf(refused),
          `the first thread of process ${pid} has ended, while others live`,
          refused.stderr,
        );
        const [, words] = remedyOf(refused).match(/^enter another: (-t \d+)$/) ?? [];
        assert(words !== undefined, refused.stderr);
        const { code, stdout, stderr } = await way(...words.split(" "), "-u", "readlink", uts);
        assertEquals([code, stderr], [0, ""]);
        assert(stdout !== `${Deno.readLinkSync("/proc/self/ns/uts")}\n`);
      }
    }
    const join = { target: started.pid, namespaces: ["uts"] } as const;
    const refused = () => new Command("true", { join }).output();
    const error = await assertRejects(async () => await refused(), LaunchError);
    assertEquals(error.why, `the first thread of process ${pid} has ended, while others live`);
    const target = Number(error.remedy?.match(/^enter another: join.target: (\d+)$/)?.[1]);
    const { code } = await new Command("true", { join: { ...join, target } }).output();
    assertEquals(code, 0);
  },
);

Deno.test(
  "a file that is a namespace in another mount namespace only is named as seen from here",
  ROOT,
  async () => {
    const folder = Deno.makeTempDirSync({ prefix: "nido-elsewhere-", dir: "/run" });
    try {
      for (const file of [`${folder}/there`, `${folder.replace("/run/", "/var/run/")}/gone`]) {
        const before = `mount -t tmpfs none ${folder}; touch ${file}; ` +
          `mount --bind /proc/self/ns/net ${file}`;
        // The file is there, and no namespace; or it is not even there.
        if (file.endsWith("there")) Deno.writeTextFileSync(file, "");
        await using target = await startTarget("-mn", { before });
        const net = Deno.readLinkSync(`/proc/${target.pid}/ns/net`);
        for (const way of [enter, enterFrozen]) {
          const refused = await way(`--net=${file}`, "true");
          assertEquals(refused.code, 1);
          assertStringIncludes(
            causeOf(refused),
            `${file} is a namespace in another mount namespace, that of process `,
            refused.stderr,
          );
          const [, option] = remedyOf(refused).match(/^name it as seen from here: (\S+)$/) ?? [];
          assertMatch(option ?? "", /^--net=\/proc\/\d+\/root\/run\//);
          const { stdout, stderr } = await way(option!, "readlink", "/proc/thread-self/ns/net");
          assertEquals([stdout, stderr], [`${net}\n`, ""]);
        }
      }
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
);

Deno.test(
  "a folder in the place of a namespace's file is said, and which file is meant",
  ROOT,
  async () => {
    for (const way of [enter, enterFrozen]) {
      const other = await way("--net=/usr", "true");
      assertStringIncludes(
        other.stderr,
        "reassociate to namespace 'ns/net' failed: Invalid argument",
      );
      assertEquals(causeOf(other), "/usr is a directory, and no file of a namespace");
      assertEquals(remedyOf(other), "look, and name a file in it: ls /usr");
      for (const folder of [`/proc/${Deno.pid}`, `/proc/${Deno.pid}/`, `/proc/${Deno.pid}/ns`]) {
        const refused = await way(`--net=${folder}`, "true");
        assertEquals(remedyOf(refused), `--net=/proc/${Deno.pid}/ns/net`, refused.stderr);
        assertEquals((await way(remedyOf(refused), "true")).code, 0);
      }
    }
  },
);

Deno.test(
  "what is no path of a file is guessed: a PID, or a name of ip-netns(8)",
  ROOT,
  async () => {
    const refused = await enter(`--uts=${Deno.pid}`, "true");
    assertEquals(causeOf(refused), `${Deno.pid} is a number, and what follows --uts= is a file`);
    assertEquals(remedyOf(refused), `if it is a process: -t ${Deno.pid} --uts`);
    assertEquals((await enter("-t", `${Deno.pid}`, "--uts", "true")).code, 0);
    // For itself alone, as /run/netns may not be there.
    const script = `mount -t tmpfs none /run && mkdir /run/netns && touch /run/netns/blue &&
    unshare -n mount --bind /proc/thread-self/ns/net /run/netns/blue
    "$@" --net=blue true; "$@" --net=/run/netns/blue echo entered`;
    const { stdout, stderr } = await shell(
      `exec unshare -m sh -c '${script}' sh "$@"`,
      [...NIDO, "nsenter"],
    );
    assertStringIncludes(stderr, "nsenter: cannot open blue: No such file or directory\n");
    assertStringIncludes(stderr, "  why:  blue is a name that ip-netns(8) knows, and what");
    assertStringIncludes(stderr, "  try:  --net=/run/netns/blue\n");
    assertEquals(stdout, "entered\n");
  },
);

Deno.test("what stands in the place of a PID is told, and a PID in the place of a program", async () => {
  const cases: readonly (readonly [words: readonly string[], said: string])[] = [
    [
      ["-t", "", "-n", "true"],
      "failed to parse PID argument '': Invalid argument\n" +
      "  why:  it is empty: what was to print a PID has printed none\n",
    ],
    [
      ["-t", "-n", "true"],
      "failed to parse PID argument '-n': Invalid argument\n" +
      "  why:  an option stands where the PID should be: what was to print one has printed none\n",
    ],
    [
      ["-t", "0", "-n", "true"],
      "failed to parse PID argument '0': Numerical result out of range\n" +
      "  why:  no process has PID 0: docker inspect prints it for a container that does not run\n",
    ],
    [
      ["24505"],
      "no namespace specified\n" +
      "  try:  if 24505 is the process: -t 24505 --all (-a), or the types to join\n",
    ],
    [
      ["-n", "24505"],
      "no target PID specified\n  try:  if 24505 is the process: -t 24505\n",
    ],
    [
      ["-n", "24505", "ip", "a"],
      "no target PID specified\n  try:  if 24505 is the process: -t 24505\n",
    ],
    [["-n", "true"], "no target PID specified\n"],
  ];
  for (const [words, said] of cases) {
    const { code, stderr } = await enter(...words);
    assertEquals([code, stderr], [1, `nsenter: ${said}`]);
  }
});

Deno.test(
  "a /proc of another PID namespace is not taken for one's own",
  requires({ root: true, programs: ["unshare", "mount", "pgrep"] }),
  async () => {
    const uts = "readlink /proc/thread-self/ns/uts";
    // PID 2 is the target there; outside it is a kernel's thread, or nobody.
    const inside = (words: string, before = ":"): string =>
      `unshare -pfm sh -c '${before}; unshare -u sleep 60 & ` +
      `until [ "$(readlink /proc/$(pgrep -n -x sleep)/ns/uts)" != "$(readlink /proc/self/ns/uts)" ]; do :; done; ` +
      `"$@" ${words} 2>&1; kill -KILL $!' sh "$@"`;
    const launch = [...NIDO, "nsenter"];
    for (const words of ["-t 2 -a", "-t 2 -p", "-t 2 -u -r"]) {
      const { stdout } = await shell(inside(`${words} ${uts}`), launch);
      assertEquals(
        stdout,
        "nsenter: cannot enter process 2\n" +
          "  why:  /proc is of another PID namespace than the caller's own, and numbers are other processes' there\n" +
          "  try:  mount -t proc proc /proc, in a mount namespace of its own; if it is the number that /proc " +
          "shows: name files, as --net=/proc/2/ns/net\n",
      );
    }
    const noted = await shell(inside(`-t 2 -u echo entered`), launch);
    assertEquals(
      noted.stdout,
      "nsenter: note: /proc is of another PID namespace: 2 is a process of the caller's, not what " +
        "/proc shows\nentered\n",
    );
    const mended = await shell(inside("-t $! -a echo entered", "mount -t proc proc /proc"), launch);
    assertEquals(mended.stdout, "entered\n");
  },
);

Deno.test(
  "a /proc of a namespace below is not taken for one's own",
  // A compiled nido is not started there at all: Deno reads /proc/self/exe.
  requires({ root: true, programs: ["nsenter"], binary: false }),
  async () => {
    await using target = await startTarget("-pfm --mount-proc");
    const below = await shell(
      `exec nsenter -t ${target.pid} -m "$@" -t 1 -a true`,
      [...NIDO, "nsenter"],
    );
    assertStringIncludes(below.stderr, "  why:  /proc is of another PID namespace");
  },
);

for (const by of ["errno", "absent"] as const) {
  Deno.test(
    `a filter that refuses a call does not keep from entering, where there is another way: ${by}`,
    ROOT,
    async () => {
      await using target = await startTarget("-un", { before: "hostname filtered-test" });
      const words = ["-t", `${target.pid}`, "-u", "-n", "hostname"];
      for (const syscall of ["pidfd_open", "execveat"] as const) {
        const command = [...NIDO, "nsenter", ...words];
        const { stdout, stderr } = await withFilter(
          { syscall, by },
          command,
          (path) => run([path]),
        );
        assertEquals([stdout, stderr], ["filtered-test\n", ""], syscall);
      }
      const spec = nsenter.parse(words);
      if (typeof spec === "string") throw new TypeError("no launch");
      const file = Deno.makeTempFileSync({ prefix: "nido-frozen-" });
      try {
        Deno.writeFileSync(file, frozenBytes(spec, Deno.build.arch, OPTION_WORDS));
        Deno.chmodSync(file, 0o755);
        const copied = await withFilter({ syscall: "execveat", by }, [file], (path) => run([path]));
        assertEquals([copied.stdout, copied.stderr], ["filtered-test\n", ""]);
        const byFiles = await withFilter(
          { syscall: "pidfd_open", by },
          [file],
          (path) => run([path]),
        );
        assertEquals([byFiles.stdout, byFiles.stderr], ["filtered-test\n", ""]);
        // There is no other way to a descriptor of the target.
        const socket = [...NIDO, "nsenter", "-t", `${target.pid}`, "-N", "3", "true"];
        const named = await withFilter(
          { syscall: "pidfd_open", by },
          socket,
          (path) => run([path]),
        );
        assertEquals(named.code, 1);
        assertMatch(causeOf(named), /^a seccomp filter refuses pidfd_open\(2\) here/);
        const option = `--net=/proc/${target.pid}/ns/net`;
        assertStringIncludes(
          remedyOf(named),
          `name files instead of -t, as ${option}; or allow it`,
        );
      } finally {
        Deno.removeSync(file);
      }
      const script = `const { clone, Command, compile } = await import(${
        JSON.stringify(new URL("../../mod.ts", import.meta.url).href)
      });
        const spec = { name: "test", program: "true", argv: ["true"], namespaces: [], fork: true };
        await using child = clone(compile(spec));
        console.log((await child.status).code);
        try { await new Command("true").output(); console.log("launched"); }
        catch (error) { console.log(error.name, error.why?.replace(/ here.*/, "")); }`;
      const deno = [Deno.execPath(), "eval", "--no-check", script];
      const cloned = await withFilter({ syscall: "execveat", by }, deno, (path) => run([path]));
      assertEquals(cloned.stdout, "0\nlaunched\n", cloned.stderr);
      const refused = await withFilter({ syscall: "pidfd_open", by }, deno, (path) => run([path]));
      assertEquals(
        refused.stdout,
        "0\nLaunchError a seccomp filter refuses pidfd_open(2)\n",
        refused.stderr,
      );
    },
  );
}
