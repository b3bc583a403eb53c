// `nido freeze --param`: files that take their values as --NAME=VALUE.

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { AS_USER, NIDO, type Outcome, run } from "../support/nido.ts";
import { requires } from "../requires.ts";

const needs = requires({ userNamespaces: true });

/** Freezes with these parameters, and gives a function that runs the file as an ordinary user. */
async function withFrozen(
  words: readonly string[],
  use: (start: (...words: readonly string[]) => Promise<Outcome>, file: string) => Promise<void>,
): Promise<void> {
  const folder = Deno.makeTempDirSync();
  Deno.chmodSync(folder, 0o755);
  try {
    const file = `${folder}/frozen`;
    const { code, stderr } = await run([...NIDO, "freeze", "-o", file, ...words]);
    assertEquals([code, stderr], [0, ""]);
    await use(
      (...given) => run([...AS_USER, file, ...given], { env: { PATH: "/usr/bin:/bin" } }),
      file,
    );
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const SCRIPT = 'pwd; hostname; printf "<%s>" "$@"';

Deno.test(
  "a frozen file takes paths and words as parameters, and arguments behind --",
  needs,
  async () => {
    const words = ["--param", "dir", "--param=word", "unshare", "-Ur", "--wd", "@dir"];
    await withFrozen([...words, "sh", "-c", SCRIPT, "sh", "@word", "@other"], async (start) => {
      const { code, stdout, stderr } = await start(
        "--word=a b",
        "--dir=/usr",
        "--",
        "--x",
        "",
        "@word",
      );
      assertEquals([code, stderr], [0, ""]);
      assertEquals(stdout.split("\n").filter((_, i) => i !== 1), [
        "/usr",
        // What is no parameter's name is a word.
        "<a b><@other><--x><><@word>",
      ]);
    });
  },
);

Deno.test("one parameter may stand in several places, and be empty", needs, async () => {
  const words = ["--param", "x", "unshare", "-Ur", "printf", "<%s>", "@x", "@x"];
  await withFrozen(words, async (start) => {
    assertEquals((await start("--x=1")).stdout, "<1><1>");
    assertEquals((await start("--x=")).stdout, "<><>");
    assertEquals((await start("--x=\xe9 \udcff")).stdout.length > 0, true);
  });
});

Deno.test(
  "the program itself may be a parameter: a path, or a name that is searched",
  needs,
  async () => {
    await withFrozen(["--param", "tool", "unshare", "-Ur", "@tool"], async (start) => {
      assertEquals((await start("--tool=/bin/echo", "--", "1")).stdout, "1\n");
      assertEquals((await start("--tool=echo", "--", "2")).stdout, "2\n");
      const absent = await start("--tool=no-such-program");
      assertEquals(absent.code, 127);
      assertStringIncludes(
        absent.stderr,
        "failed to execute no-such-program: No such file or directory",
      );
      const folder = await start("--tool=/usr");
      assertEquals(folder.code, 126);
      assertMatch(
        folder.stderr,
        /failed to execute \/usr: Permission denied\n {2}why: {2}\/usr is a directory/,
      );
    });
  },
);

Deno.test("a root and mount points may be parameters", needs, async () => {
  const words = ["--param", "root", "--param", "proc", "unshare", "-Urmpf", "--root", "@root"];
  await withFrozen(
    [...words, "--mount-proc=@proc", "sh", "-c", "echo $$; ls /proc/1/exe"],
    async (start) => {
      const { stdout, stderr } = await start("--root=/", "--proc=/proc");
      assertEquals([stdout, stderr], ["1\n/proc/1/exe\n", ""]);
      const refused = await start("--root=/", "--proc=/no\tsuch");
      assertEquals(refused.code, 1);
      assertStringIncludes(refused.stderr, "mount /no\\x09such failed: No such file or directory");
    },
  );
});

Deno.test(
  "ids, numbers and files may be parameters, and are read before anything is done",
  needs,
  async () => {
    await withFrozen(
      ["--param", "u", "unshare", "-U", "--map-user=@u", "id", "-u"],
      async (start) => {
        assertEquals((await start("--u=77")).stdout, "77\n");
        for (const wrong of ["x", "-1", "4294967295", "", "1 "]) {
          const { code, stderr } = await start(`--u=${wrong}`);
          const said = `unshare: parameter --u is no user or group id: '${wrong}'`;
          assertEquals([code, stderr.split("\n")[0]], [125, said]);
        }
      },
    );
    const clocks = [
      "--param=up",
      "unshare",
      "-UrT",
      "--boottime=@up",
      "cat",
      "/proc/self/timens_offsets",
    ];
    await withFrozen(clocks, async (start) => {
      assertMatch((await start("--up=-3")).stdout, /boottime +-3 +0\n/);
      const { code, stderr } = await start("--up=1x");
      assertEquals([code, stderr.split("\n")[0]], [
        125,
        "unshare: parameter --up is no number of seconds: '1x'",
      ]);
    });
    await withFrozen(
      ["--param", "file", "unshare", "-Ur", "--uts=@file", "true"],
      async (start) => {
        const { code, stderr } = await start("--file=/no/file");
        assertEquals(code, 1);
        assertStringIncludes(stderr, "on /no/file failed: No such file or directory");
      },
    );
  },
);

Deno.test("a variable that is too long is said", needs, async () => {
  const words = ["--param", "x", "unshare", "-Ur", "env", "A_LONG_NAME=@x", "true"];
  await withFrozen(words, async (start) => {
    const { code, stderr } = await start(`--x=${"y".repeat(131_065)}`);
    assertEquals([code, stderr.split("\n")[0]], [
      1,
      "unshare: A_LONG_NAME=... is too long: File name too long",
    ]);
  });
});

Deno.test("a variable of the program's may be a parameter", needs, async () => {
  const words = ["--param", "x", "unshare", "-Ur", "env", "-i", "A=@x", "B=@y", "printenv"];
  await withFrozen(words, async (start) => {
    assertEquals((await start("--x=1 2")).stdout, "A=1 2\nB=@y\n");
    assertEquals((await start("--x=")).stdout, "A=\nB=@y\n");
    assertEquals((await start(`--x=${"y".repeat(100_000)}`)).stdout.length, 100_008);
  });
});

Deno.test(
  "what is missing, unknown or twice is one line, and status 125, before anything is done",
  needs,
  async () => {
    const words = ["--param", "dir", "unshare", "-Ur", "--wd=@dir", "echo", "ran"];
    await withFrozen(words, async (start) => {
      for (
        const [given, said] of [
          [[], "parameter --dir is missing"],
          [["--"], "parameter --dir is missing"],
          [["--dir"], "unknown parameter '--dir'"],
          [["--dirs=/"], "unknown parameter '--dirs=/'"],
          [["--dir=/", "x"], "unknown parameter 'x'"],
          [["--dir=/", "--dir=/"], "parameter --dir is given twice"],
          [["--\x1b[31m=1"], "unknown parameter '--\\x1b[31m=1'"],
        ] as const
      ) {
        const { code, stdout, stderr } = await start(...given);
        assertEquals([code, stdout, stderr.split("\n")[0]], [125, "", `unshare: ${said}`]);
      }
    });
  },
);

Deno.test("freeze refuses parameters that are not used, and places that take none", async () => {
  for (
    const [words, said] of [
      [["--param", "x", "unshare", "true"], "parameter x is not used: no value is @x"],
      [
        ["--param", "x", "unshare", "--propagation=@x", "true"],
        "option --propagation takes no parameter",
      ],
      [["--param", "=", "unshare", "@="], "argv.0: not a name of a parameter: '='"],
    ] as const
  ) {
    const { code, stderr } = await run([...NIDO, "freeze", "-o", "/nowhere/x", ...words]);
    assertEquals([code, stderr.includes(said)], [1, true], stderr);
  }
});

Deno.test("--list shows what a file takes, and what it does with values", needs, async () => {
  const words = ["--param", "dir", "unshare", "-Ur", "--wd=@dir", "true"];
  await withFrozen(words, async (_, file) => {
    const open = await run([...NIDO, "freeze", "--list", file]);
    assertStringIncludes(open.stdout, "takes: --dir=TEXT [-- ARGUMENT...]\n");
    assertStringIncludes(open.stdout, "chdir(<dir>)");
    const given = await run([...NIDO, "freeze", "--list", file, "--", "--dir=/usr"]);
    assertStringIncludes(given.stdout, 'chdir("/usr")');
  });
});
