// The file of a whole bwrap: its words are read when it is started, and do what they do where they are known.

import { assert, assertEquals } from "@std/assert";
import { bwrap } from "../../../cli/bwrap.ts";
import { BWRAP_WORDS, RUN_WORDS } from "../../../cli/bwrap_words.ts";
import { run } from "../../../cli/run.ts";
import { UsageError } from "../../../cli/getopt.ts";
import { frozenBytes, openBytes } from "../../../launch/freeze.ts";
import { decode } from "../../../ffi/bytes.ts";
import { requires } from "../../requires.ts";
import { AS_USER } from "../../support/nido.ts";

const TEXTS = { help: "HELP\n", version: "VERSION\n", usage: "USAGE\n" };
const OPEN = openBytes(bwrap, Deno.build.arch, { front: BWRAP_WORDS, texts: TEXTS });

const STARTERS: readonly (readonly [name: string, words: readonly string[]])[] = Deno.uid() === 0
  ? [["root", []], ["user", AS_USER]]
  : [["user", []]];

/** What is seen from inside. Hundreds of launches look: with few processes. */
const LOOK = `
id -u; id -g; pwd; env; cat /proc/self/mountinfo /proc/self/status /proc/sys/kernel/hostname
readlink /proc/self/fd/0 /proc/self/fd/9; exec stat -c '%a %F %n' /made /made/* 2>/dev/null
`;

/** Lines of a mount: its root, its place and its options are behind three numbers. */
const MOUNT = /^\d+ \d+ \d+:\d+ (\S+ \S+ \S+) .*$/;

/** Lines of /proc/PID/status of a launch's making. All that have a colon are the kernel's. */
const OWN_STATUS = /^(Uid|Gid|Groups|Cap\w+|NoNewPrivs|Seccomp\w*):/;

/** What is seen, without what differs from launch to launch. */
const seen = (stdout: string): string =>
  stdout.split("\n")
    .filter((line) => OWN_STATUS.test(line) || !/^\w+:\t/.test(line))
    .map((line) => line.replace(MOUNT, "$1"))
    .sort().join("\n");

const ALL = ["--ro-bind", "/", "/"];

/** Command lines, the first without a program. */
const LINES: readonly (readonly string[])[] = [
  ALL,
  [...ALL, "--unshare-all", "--proc", "/proc", "--dev", "/dev"],
  [...ALL, "--unshare-all", "--share-net", "--hostname", "inside"],
  [...ALL, "--tmpfs", "/tmp", "--dir", "/tmp//made/./", "--chmod", "0700", "tmp/made/"],
  ["--bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "lib"]
    .concat("--symlink", "usr/lib64", "/lib64", "--proc", "/proc", "--dev-bind", "/dev", "dev")
    .concat("--perms", "0700", "--dir", "/made/a/b", "--perms", "751", "--tmpfs", "/made/c")
    .concat("--size", "0x10000", "--tmpfs", "/made/d", "--size", "9223372036854775807")
    .concat("--tmpfs", "/made/e", "--remount-ro", "/made/c"),
  [...ALL, "--ro-bind-try", "/nowhere", "/x", "--dev-bind-try", "/nowhere", "/y"],
  [...ALL, "--bind", "/usr", "/", "--bind", "/usr", "/./"],
  [...ALL, "--setenv", "A", "1", "--unsetenv", "PATH", "--setenv", "A", "2=3"],
  [...ALL, "--setenv", "B", "1", "--clearenv", "--setenv", "PATH", "/usr/bin:/bin"],
  [...ALL, "--chdir", "/usr"],
  [...ALL, "--unshare-user", "--uid", "7", "--gid", " +8"],
  [...ALL, "--cap-drop", "ALL", "--cap-add", "cap_net_raw"],
  [...ALL, "--unshare-user", "--cap-add", "ALL", "--cap-drop", "CAP_SYS_ADMIN"],
  [...ALL, "--new-session", "--die-with-parent"],
  [...ALL, "--unshare-pid", "--as-pid-1", "--argv0", "named"],
  [...ALL, "--unshare-user", "--argv0", "named"],
  [...ALL, "--not-a-security-boundary", "--"],
  [...ALL, "--tmp-overlay", "/x"],
  [...ALL, "--overlay-src", "/usr", "--tmp-overlay", "/usr", "--overlay-src", "/bin"],
  [...ALL, "--overlay-src", "/etc"],
  ["--bind", "/nowhere", "/x"],
  ["--bind", "", "/x"],
  ["--bind", "/x"],
  ["--bind-fd", "x", "/x"],
  ["--bind-fd", "3000000000", "/x"],
  ["--argv0", "a", "--argv0", "b"],
  ["--nowhere"],
  ["-x"],
  ["--bindx", "/", "/"],
  [...ALL, "--perms", "8"],
  [...ALL, "--perms", "010000"],
  [...ALL, "--perms", "0700", "--perms", "0700"],
  [...ALL, "--perms", "0700", "--proc", "/proc"],
  [...ALL, "--size", "0", "--tmpfs", "/x"],
  [...ALL, "--size", "1", "--size", "1"],
  [...ALL, "--size", "1", "--dir", "/x"],
  [...ALL, "--hostname", "x"],
  [...ALL, "--as-pid-1"],
  [...ALL, "--cap-add", "CAP_NOTHING"],
  [...ALL, "--setenv", "A=B", "c"],
  [...ALL, "--unsetenv", ""],
  [...ALL, "--uid", "x"],
  [...ALL, "--dir", "/x/.."],
  [...ALL, "--symlink", "/x", "/./"],
  [...ALL, "--seccomp", "3", "--add-seccomp-fd", "4"],
  Array.from({ length: 4501 }, () => ["--dir", "/x"]).flat(),
];

/** The bytes of a file that makes the known launch, or what is said of the words. */
function known(words: readonly string[]): Uint8Array | string {
  try {
    const spec = bwrap.parse(words);
    if (typeof spec === "string") throw new TypeError("no launch");
    return frozenBytes(spec, Deno.build.arch, BWRAP_WORDS);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    if (error instanceof Error && "problems" in error) {
      return (error.problems as { message: string }[])[0]!.message;
    }
    throw error;
  }
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function start(words: readonly string[], input?: string): Promise<Outcome> {
  const [command = "", ...args] = words;
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args,
    env: { PATH: "/usr/bin:/bin", A: "0", PWD: Deno.cwd(), ...input ? { INPUT: input } : {} },
    clearEnv: true,
    stdin: "null",
  }).output();
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

/** What a launch of LOOK sees. */
async function look(words: readonly string[]): Promise<Outcome> {
  const outcome = await start(words);
  return { ...outcome, stdout: seen(outcome.stdout) };
}

/** Runs with the open file, and a place for others. */
async function withFiles(
  body: (open: string, write: (name: string, bytes: Uint8Array) => string) => Promise<void>,
): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "nido-bwrap-" });
  const write = (name: string, bytes: Uint8Array): string => {
    Deno.writeFileSync(`${folder}/${name}`, bytes);
    Deno.chmodSync(`${folder}/${name}`, 0o755);
    return `${folder}/${name}`;
  };
  try {
    Deno.chmodSync(folder, 0o755);
    await body(write("bwrap", OPEN), write);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

for (const [name, starter] of STARTERS) {
  Deno.test(
    `as ${name}, the file of bwrap does what known words do`,
    requires({ userNamespaces: true, filesystems: ["overlay"] }),
    async () => {
      await withFiles(async (open, write) => {
        for (const line of LINES) {
          const words = [...line, "sh", "-c", LOOK];
          const asked = known(words);
          const expected = typeof asked === "string"
            ? { code: 1, stdout: "", stderr: `bwrap: ${asked}\n` }
            : await look([...starter, write("known", asked)]);
          assertEquals(
            await look([...starter, open, ...words]),
            expected,
            line.slice(0, 9).join(" "),
          );
        }
      });
    },
  );

  Deno.test(
    `as ${name}, the file of bwrap works in narrow surroundings`,
    requires({ userNamespaces: true, programs: ["bash"] }),
    async () => {
      await withFiles(async (open) => {
        const line = `${open} --ro-bind / / --unshare-all --proc /proc --dev /dev`;
        const works = async (script: string): Promise<void> => {
          const outcome = await start([...starter, "bash", "-c", script]);
          assertEquals(outcome, { code: 0, stdout: "works\n", stderr: "" }, script);
        };
        for (const limit of ["-v 200000", "-d 100000", "-s 128", "-Sf 0", "-n 16"]) {
          await works(`ulimit ${limit}; ${line} echo works`);
        }
        await works(`d=$(mktemp -d); cd "$d"; rmdir "$d"; ${line} echo works`);
        await works(`env -i ${line} /bin/echo works`);
        const open02 = `for n in 0 2; do test -e /proc/$$/fd/$n && echo open; done; echo works`;
        await works(`${line} sh -c '${open02}' 0<&- 2<&-`);
        // As with bubblewrap: root covers what is in proc, and so none is to be had in there.
        const nested = name === "root"
          ? `${open} --bind / / --unshare-user --unshare-ipc --unshare-net --unshare-uts --dev /dev`
          : line;
        await works(`${nested} ${nested} ${nested} echo works`);
      });
    },
  );

  Deno.test(
    `as ${name}, descriptors give the file of bwrap more words, filters and content`,
    requires({ userNamespaces: true, programs: ["bash"] }),
    async () => {
      await withFiles(async (open) => {
        const bash = (script: string) => start([...starter, "bash", "-c", script, "bash", open]);
        const many = `for i in $(seq 2000); do printf -- '--ro-bind\\0/usr\\0/%s\\0' $i; done`;
        const cases: readonly (readonly [script: string, code: number, out: string])[] = [
          [
            `"$1" --args 9 echo works 9< <(printf -- '--ro-bind\\0/\\0/\\0--tmpfs\\0/tmp')`,
            0,
            "works\n",
          ],
          [
            `"$1" --args 9 --args 8 sh -c 'echo works; test -e /proc/$$/fd/9 && echo open' sh 9< <(printf -- '--unshare-all\\0--ro-bind\\0/\\0/\\0--proc\\0/proc') 8< <(printf -- '--dev\\0/dev'); echo`,
            0,
            "works\n\n",
          ],
          // The first numbers that are free are those that the words came from.
          ...[3, 4, 5].map((fd) =>
            [
              `"$1" --args 9 --args ${fd} echo works 9< <(printf -- '--unshare-user\\0--ro-bind\\0/\\0/') ${fd}< <(printf -- '--dev\\0/dev')`,
              0,
              "works\n",
            ] as const
          ),
          [
            `"$1" --args 9 --args 8 echo works 9< <(printf -- '--ro-bind\\0/') 8</dev/null`,
            1,
            "bwrap: --ro-bind takes two arguments\n",
          ],
          [
            `"$1" --args 9 true 9< <(printf -- '--args\\0008\\0')`,
            1,
            "bwrap: --args not supported in arguments file\n",
          ],
          [
            `"$1" --args 9 true 9< <(printf -- '--nowhere\\0')`,
            1,
            "bwrap: Unknown option --nowhere\n",
          ],
          [
            `"$1" --args 9 true 9< <(yes a | head -n 9100 | tr '\\n' '\\0')`,
            1,
            "bwrap: Exceeded maximum number of arguments 9000\n",
          ],
          [`"$1" --args 9 true 9</dev/zero`, 1, "bwrap: Can't read --args data: File too large\n"],
          [`"$1" --args 9 true 9<&-`, 1, "bwrap: Can't read --args data: Bad file descriptor\n"],
          [
            `"$1" --args 9 true 9< <(printf -- '--perms\\0000700\\0')`,
            1,
            "bwrap: --perms must be followed by an option that creates a file\n",
          ],
          [
            `"$1" --args 9 ls /1/bin/true /2000/bin/true 9< <(printf -- '--bind\\0/usr\\0/usr\\0--tmpfs\\0/x\\0--symlink\\0usr/bin\\0/bin\\0--symlink\\0usr/lib\\0/lib\\0--symlink\\0usr/lib64\\0/lib64\\0'; ${many})`,
            0,
            "/1/bin/true\n/2000/bin/true\n",
          ],
          [
            `"$1" --ro-bind / / --tmpfs /tmp --file 9 /tmp/a cat /tmp/a 9< <(echo content)`,
            0,
            "content\n",
          ],
          [
            `"$1" --ro-bind / / --seccomp 9 grep -c Seccomp:.2 /proc/self/status 9< <(printf '\\006\\0\\0\\0\\0\\0\\377\\177')`,
            0,
            "1\n",
          ],
          [
            `"$1" --ro-bind / / --add-seccomp-fd 9 --add-seccomp-fd 8 grep Seccomp_filters /proc/self/status 9< <(printf '\\006\\0\\0\\0\\0\\0\\377\\177') 8< <(printf '\\006\\0\\0\\0\\0\\0\\377\\177')`,
            0,
            "Seccomp_filters:\t2\n",
          ],
          [
            `"$1" --ro-bind / / --sync-fd 9 --sync-fd 8 sh -c 'test -e /proc/$$/fd/8 || echo 8; test -e /proc/$$/fd/9 || echo 9' 9</dev/null 8</dev/null`,
            0,
            "8\n9\n",
          ],
          [
            `"$1" --level-prefix --ro-bind / / --uid 7 --uid 7 --unshare-user true; "$1" --level-prefix --dir`,
            1,
            "<4>bwrap: Only the last --uid option will take effect\n<3>bwrap: --dir takes an argument\n",
          ],
          [
            `"$1" --level-prefix --uid 5 --uid 6 --nope`,
            1,
            "<4>bwrap: Only the last --uid option will take effect\n<3>bwrap: Unknown option --nope\n",
          ],
          [
            `"$1" --size 18446744073709551616 --tmpfs /x true; "$1" --size 18446744073709551615 --tmpfs /x true`,
            1,
            "bwrap: --size takes a non-zero number of bytes\n" +
            "bwrap: --size (for tmpfs) is limited to 9223372036854775807\n",
          ],
          [
            `"$1" --ro-bind / / --unshare-uts --hostname ${"x".repeat(65)} true`,
            1,
            `bwrap: Can't set hostname to ${"x".repeat(65)}: Invalid argument\n`,
          ],
          [
            `"$1" --help >/dev/full`,
            1,
            "bwrap: write error: No space left on device\n",
          ],
          [
            `"$1" --level-prefix --ro-bind / / /nowhere`,
            1,
            "<3>bwrap: execvp /nowhere: No such file or directory\n",
          ],
          [
            `"$1" --ro-bind / / --uid x; "$1" --help; "$1" --version; "$1" 2>&1`,
            1,
            "HELP\nVERSION\nUSAGE\nbwrap: Invalid uid: x\n",
          ],
        ];
        for (const [script, code, out] of cases) {
          const outcome = await bash(script);
          assertEquals([outcome.code, outcome.stdout + outcome.stderr], [code, out], script);
        }
      });
    },
  );
}

/** What random lines are made of. */
const PIECES: readonly (readonly string[])[] = [
  ...[ALL, ["--unshare-all"], ["--unshare-user"], ["--unshare-pid"], ["--unshare-uts"], ["--args"]],
  ...[["--hostname", "x"], ["--uid", "3"], ["--gid"], ["--as-pid-1"], ["--disable-userns"]],
  ...[["--dir", "/tmp/../made"], ["--tmpfs", "/tmp"], ["--tmpfs", "/mnt/."], ["--perms", "0"]],
  ...[["--perms", "0711"], ["--size", "077"], ["--size", "-1"], ["--dir", "made//x/"], ["--proc"]],
  ...[["--proc", "/proc"], ["--dev", "/dev"], ["--symlink", "a", "/tmp/b"], ["--mqueue", "/mnt"]],
  ...[["--chmod", "0700", "/tmp"], ["--remount-ro", "/"], ["--remount-ro", "/tmp"], ["--chmod"]],
  ...[["--setenv", "A", "5"], ["--setenv", "", ""], ["--unsetenv", "A"], ["--clearenv"], ["-"]],
  ...[["--cap-add", "cap_chown"], ["--cap-drop", "0"], ["--cap-add", "all"], ["--new-session"]],
  ...[["--overlay-src", "/usr"], ["--overlay-src", ""], ["--tmp-overlay", "/mnt"], ["--x"]],
  ...[["--ro-overlay", "/mnt"], ["--overlay", "/tmp", "/tmp", "/mnt"], ["--chdir", "/usr"]],
  ...[["--chdir", ""], ["--bind", "/usr", "/tmp/usr"], ["--ro-bind-try", "/x", "/y"], ["--bind"]],
  ...[["--dev-bind", "/dev/null", "/tmp/null"], ["--share-net"], ["--die-with-parent"]],
  ...[["--unshare-user-try"], ["--unshare-cgroup-try"], ["--unshare-net"], ["--unshare-ipc"]],
  ...[["--argv0", "b"], ["--not-a-security-boundary"], ["--userns2", "3"], [
    "--bind-fd",
    " 0x",
    "/",
  ]],
];

/** Lines of some of them, always the same. */
function* randomLines(count: number): Generator<readonly string[]> {
  let seed = 1;
  const below = (most: number): number => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return Math.floor(seed / 2 ** 31 * most);
  };
  for (let i = 0; i < count; i++) {
    const pieces = Array.from({ length: below(7) }, () => PIECES[below(PIECES.length)]!);
    yield [...below(8) > 0 ? ALL : [], ...pieces.flat()];
  }
}

Deno.test(
  "the file of bwrap and known words do the same with random lines",
  requires({ userNamespaces: true, filesystems: ["overlay"] }),
  async () => {
    await withFiles(async (open, write) => {
      for (const line of randomLines(150)) {
        const words = [...line, "sh", "-c", LOOK];
        const asked = known(words);
        for (const [, starter] of STARTERS) {
          const expected = typeof asked === "string"
            ? { code: 1, stdout: "", stderr: `bwrap: ${asked}\n` }
            : await look([...starter, write("known", asked)]);
          assertEquals(await look([...starter, open, ...words]), expected, line.join(" "));
        }
      }
    });
  },
);

Deno.test("the file of run refuses the same, in its own words", async () => {
  await withFiles(async (_, write) => {
    const open = openBytes(run, Deno.build.arch, { front: RUN_WORDS, texts: TEXTS });
    const outcome = await start([write("run", open), ...ALL, "--hostname", "x", "true"]);
    assertEquals(outcome, {
      code: 125,
      stdout: "",
      stderr: "run: Specifying --hostname requires --unshare-uts\n" +
        "  try:  look at its options: --help\n",
    });
  });
});

Deno.test("the file of bwrap is below 250 KiB", () => {
  assert(OPEN.length < 250 * 1024, String(OPEN.length));
});
