/** The target's variables and its PATH, as the program gets them with --env. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { OPTION_WORDS } from "../../cli/option_words.ts";
import { nsenter } from "../../cli/nsenter.ts";
import { compileFor } from "../../launch/compile.ts";
import { frozenBytes } from "../../launch/freeze.ts";
import { ARCHS, runPlan, runs } from "../machine/run_image.ts";
import { requires } from "../requires.ts";
import { NIDO, type Outcome, quote, run, shell } from "../support/nido.ts";
import { startTarget, type Target } from "../support/target.ts";

const NEEDS = { root: true, programs: ["unshare"] };
const ROOT = requires(NEEDS);

const enter = (target: Target, ...words: readonly string[]): Promise<Outcome> =>
  run([...NIDO, "nsenter", "-t", `${target.pid}`, "-u", "-e", ...words], { env: { MINE: "1" } });

const latin1 = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");

/** The variables that a process began with. */
const environOf = (pid: number): string => latin1(Deno.readFileSync(`/proc/${pid}/environ`));

/** A target that has these variables, as words of env(1), and no other. */
const withVariables = (words: string, program = "sleep 60"): Promise<Target> =>
  startTarget("-u", { before: `set -- ${words}; echo ready; exec env -i "$@" ${program} #` });

Deno.test(
  "the variables are the target's, byte for byte and in order, and no others",
  ROOT,
  async () => {
    await using target = await withVariables(
      `"$(printf 'A\\377=\\376')" EMPTY= PATH=/usr/bin:/bin TWICE=a=b "$(printf 'L=1\\n2')"`,
    );
    const { bytes, stderr } = await enter(target, "cat", "/proc/self/environ");
    assertEquals(stderr, "");
    const expected = "A\xff=\xfe\0EMPTY=\0PATH=/usr/bin:/bin\0TWICE=a=b\0L=1\n2\0";
    assertEquals(environOf(target.pid), expected);
    assertEquals(latin1(bytes), expected);
  },
);

Deno.test("many and large variables get through", ROOT, async () => {
  const large = "x".repeat(120_000);
  const env = Object.fromEntries(
    Array.from({ length: 5000 }, (_, i) => [`V${i}`, `${i}`.repeat(9)]),
  );
  await using target = await startTarget("-u", { env: { ...env, LARGE: large, LARGE2: large } });
  const { stdout } = await enter(target, "cat", "/proc/self/environ");
  assert(stdout.length > 400_000, `${stdout.length}`);
  assertEquals(stdout, environOf(target.pid));
});

Deno.test("no variables are none, and programs are found where execvp(3) looks", ROOT, async () => {
  await using target = await withVariables("");
  const { bytes, code, stderr } = await enter(target, "cat", "/proc/self/environ");
  assertEquals([bytes.length, code, stderr], [0, 0, ""]);
});

// As setproctitle(3) does, where the arguments have no more room.
const WRITES_TITLE = `import ctypes, time
libc = ctypes.CDLL(None)
environ = ctypes.POINTER(ctypes.c_void_p).in_dll(libc, "environ")
ctypes.memmove(environ[0], b"title: working\\0\\0\\0", 17)
libc.prctl(15, b"sleep")
time.sleep(60)`;

Deno.test(
  "what a program writes in place of its variables is not taken for one",
  requires({ root: true, programs: ["unshare", "python3"] }),
  async () => {
    await using target = await withVariables(
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAA=1 B=2",
      `python3 -c ${quote([WRITES_TITLE])}`,
    );
    assertMatch(environOf(target.pid), /^title: working\0\0\0A+=1\0B=2\0/);
    const { bytes } = await enter(target, "cat", "/proc/self/environ");
    assertMatch(latin1(bytes), /^A+=1\0B=2\0/);
  },
);

// One variable of as many bytes as are left to it, where execve(2) takes 128 KiB.
const WRITES_SHELL = `import ctypes, os, time
libc = ctypes.CDLL(None)
environ = ctypes.POINTER(ctypes.c_void_p).in_dll(libc, "environ")
size = sum(len(k) + len(v) + 2 for k, v in os.environb.items() if k != b"LC_CTYPE")
ctypes.memmove(environ[0], b"SHELL=/" + b"\\x1b" * (size - 8) + b"\\0", size)
libc.prctl(15, b"sleep")
time.sleep(60)`;

Deno.test(
  "a SHELL of more bytes than a path may have is refused, frozen too",
  requires({ root: true, programs: ["unshare", "python3"] }),
  async () => {
    await using target = await withVariables(
      'PATH=/usr/bin:/bin $(for i in 0 1 2 3 4 5 6 7 8 9 a b; do printf "V$i=%0120000d " 1; done)',
      `python3 -c ${quote([WRITES_SHELL])}`,
    );
    assert(environOf(target.pid).indexOf("\0") > 1_400_000);
    const words = ["-t", `${target.pid}`, "-u", "-e"];
    const path = Deno.makeTempFileSync({ prefix: "nido-frozen-" });
    try {
      const spec = nsenter.parse(words);
      assert(typeof spec === "object");
      Deno.writeFileSync(path, frozenBytes(spec, Deno.build.arch, OPTION_WORDS));
      Deno.chmodSync(path, 0o755);
      for (const command of [[path], [...NIDO, "nsenter", ...words]]) {
        const { code, stderr } = await run(command);
        assertEquals([code, stderr], [
          126,
          "nsenter: failed to execute the shell: File name too long\n",
        ]);
      }
    } finally {
      Deno.removeSync(path);
    }
  },
);

/** Runs a name with the target's PATH in a folder with some programs. */
async function search(path: string, name: string): Promise<Outcome> {
  const folder = Deno.makeTempDirSync({ prefix: "nido-path-" });
  try {
    const script = `cd "$1"; mkdir -p a b c d; echo 'echo in a' >a/one; chmod 644 a/one
      for f in b c; do echo "#!/bin/sh
echo in $f" >$f/one; chmod 755 $f/one; done; echo 'echo script $0 $1' >d/script; chmod 755 d/script`;
    await shell(script, [folder]);
    await using target = await startTarget("-u", {
      before: `exec env PATH='${
        path.replaceAll("DIR", folder)
      }' /bin/sh -c 'echo ready; exec /bin/sleep 60' #`,
    });
    const outcome = await run(
      [...NIDO, "nsenter", "-t", `${target.pid}`, "-u", "-e", name, "x"],
      { cwd: `${folder}/c` },
    );
    return { ...outcome, stdout: outcome.stdout.replaceAll(folder, "DIR") };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("a program is searched in the target's PATH, as execvp(3) does", ROOT, async () => {
  const long = `/${"x".repeat(5000)}`;
  for (
    const [path, name, stdout, code] of [
      ["DIR/b:DIR/c", "one", "in b\n", 0],
      ["DIR/no:DIR/c:DIR/b", "one", "in c\n", 0],
      ["DIR/a:DIR/b", "one", "in b\n", 0],
      ["DIR/a", "one", "", 126],
      ["DIR/no", "one", "", 127],
      ["DIR/no:", "one", "in c\n", 0],
      [":DIR/b", "one", "in c\n", 0],
      ["DIR/no::DIR/b", "one", "in c\n", 0],
      ["/etc/passwd:DIR/b", "one", "in b\n", 0],
      [`${long}:DIR/b`, "one", "in b\n", 0],
      [`DIR/b:${long}`, "two", "", 127],
      ["DIR/d", "script", "script DIR/d/script x\n", 0],
      ["DIR/d", "./one", "in c\n", 0],
      ["DIR/d", "", "", 127],
    ] as const
  ) {
    const outcome = await search(path, name);
    assertEquals([outcome.stdout, outcome.code], [stdout, code], `${path}: ${outcome.stderr}`);
  }
});

for (const arch of ARCHS) {
  // Emulated, a process has a second thread: that is enough for a UTS namespace.
  const options = runs(arch, NEEDS);
  Deno.test(`${arch}: variables, PATH and a namespace are the target's`, options, async () => {
    await using target = await startTarget("-u", {
      before: "hostname box",
      env: { PATH: "/no:/usr/bin:/bin" },
    });
    const spec = nsenter.parse([
      "-t",
      `${target.pid}`,
      "-u",
      "-e",
      "-S",
      "follow",
      "sh",
      "-c",
      "hostname; echo $PATH",
    ]);
    if (typeof spec === "string") throw new TypeError(spec);
    const { stdout, stderr } = await runPlan(compileFor(spec, { front: OPTION_WORDS }), arch);
    assertEquals([new TextDecoder().decode(stdout), stderr], ["box\n/no:/usr/bin:/bin\n", ""]);
  });
}
