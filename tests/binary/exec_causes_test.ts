/** Programs that are there and cannot be executed: what is said is the cause, and the remedy mends it. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { OPTION_WORDS } from "../../cli/option_words.ts";
import { unshare } from "../../cli/unshare.ts";
import { frozenBytes, openBytes } from "../../launch/freeze.ts";
import { requires } from "../requires.ts";
import { AS_USER, NIDO, nido, run } from "../support/nido.ts";
import { startTarget } from "../support/target.ts";

interface Case {
  readonly about: string;
  /** Makes $P what it is. */
  readonly setup: string;
  readonly says: "No such file or directory" | "Permission denied" | "Text file busy";
  /** Behind what the program is called. */
  readonly why: RegExp;
  readonly remedy: RegExp;
  /** Whether the remedy is a command that mends it; otherwise it says that it looks. */
  readonly mends?: true;
  /** By its path alone: in PATH there may be another. */
  readonly path?: true;
}

const GOOD = `printf '#!/bin/sh\\nexit 0\\n' >$P; chmod 755 $P`;

const CASES: readonly Case[] = [
  {
    about: "the interpreter is not there",
    setup: `printf '#!/no/such/sh\\n' >$P; chmod 755 $P`,
    says: "No such file or directory",
    why: /exists, but the interpreter that its first line names does not/,
    remedy: /look which, and install it: head -n 1 /,
  },
  {
    about: "the first line is from Windows",
    setup: `printf '#!/bin/sh\\r\\nexit 0\\n' >$P; chmod 755 $P`,
    says: "No such file or directory",
    why: /ends with a carriage return/,
    remedy: /^sed -i/,
    mends: true,
  },
  {
    about: "the loader is not there",
    setup:
      `sed 's#/lib64/ld-linux#/lib64/no-linux#; s#/lib/ld-linux#/lib/no-linux#' /bin/true >$P; chmod 755 $P`,
    says: "No such file or directory",
    why: /exists, but the loader that its ELF header names does not/,
    remedy: /look which, and install it: readelf -l /,
  },
  {
    about: "the mode",
    setup: `${GOOD}; chmod 644 $P`,
    says: "Permission denied",
    why: /the mode of .* does not let this user execute it/,
    remedy: /^chmod a\+x .*, as its owner/,
    mends: true,
  },
  {
    about: "what is no program",
    setup: `echo root:x:0:0 >$P; chmod 644 $P`,
    says: "Permission denied",
    why: /is not executable, and begins as no program does/,
    remedy: /if it is a script: sh /,
  },
  {
    about: "a mount that is noexec",
    setup: `mount -t tmpfs -o noexec none $D/bin; ${GOOD}`,
    says: "Permission denied",
    why: /is on a file system that is mounted noexec/,
    remedy: /^mount -o remount,bind,exec/,
    mends: true,
  },
  {
    about: "a directory",
    setup: `mkdir $P`,
    says: "Permission denied",
    why: /is a directory/,
    remedy: /name a program in it/,
  },
  {
    about: "a FIFO",
    setup: `mkfifo -m 777 $P`,
    says: "Permission denied",
    why: /is no regular file/,
    remedy: /name another program/,
  },
  {
    about: "the interpreter's mode",
    setup: `touch $D/sh; printf '#!%s\\n' $D/sh >$P; chmod 755 $P`,
    says: "Permission denied",
    why: /the interpreter that the first line of .* names may not be executed/,
    remedy: /look which: head -n 1 /,
  },
  {
    about: "somebody writes to it",
    setup: `cp /bin/true $P; exec 9>>$P`,
    says: "Text file busy",
    why: /somebody has it open for writing/,
    remedy: /look who: fuser -v/,
  },
];

const FORMS = ["a path", "a name in PATH"] as const;

for (const { about, setup, says, why, remedy, mends } of CASES) {
  for (const frozen of [false, true]) {
    const title = `${frozen ? "frozen: " : ""}a program is not executed because of ${about}`;
    Deno.test(title, requires({ userNamespaces: true, programs: ["unshare"] }), async (t) => {
      for (const form of FORMS) {
        await t.step(`by ${form}`, async () => {
          const folder: string = Deno.makeTempDirSync({ prefix: "nido-exec-" });
          try {
            Deno.chmodSync(folder, 0o777);
            const word = form === "a path" ? `${folder}/bin/nido-tool` : "nido-tool";
            const spec = unshare.parse([word]);
            if (typeof spec === "string") throw new TypeError("no launch");
            Deno.writeFileSync(
              `${folder}/frozen`,
              frozenBytes(spec, Deno.build.arch, OPTION_WORDS),
              {
                mode: 0o755,
              },
            );
            const launch = frozen ? `${folder}/frozen` : `${nido} unshare ${word}`;
            const script = `D=${folder}; mkdir $D/bin; P=$D/bin/nido-tool; ${setup}
              PATH=$D/none:$D/bin:/usr/bin:/bin; ${launch} 2>$D/err; echo $?; cat $D/err >&2
              ${mends ? `sed -n 's/^  try:  //p' $D/err | sed 's/, as .*//' >$D/remedy` : "exit 0"}
              sh -e $D/remedy && ${launch} && echo mended`;
            const { stdout, stderr } = await run([
              ...AS_USER,
              "unshare",
              "-Urm",
              "sh",
              "-c",
              script,
            ]);
            assertStringIncludes(stderr, `unshare: failed to execute ${word}: ${says}\n`);
            const cause = stderr.match(/^ {2}why: {2}(.*)$/m)?.[1] ?? "";
            assertMatch(cause, why, stderr);
            if (says !== "Text file busy") {
              assertStringIncludes(cause, word);
              if (word === "nido-tool") {
                assertStringIncludes(cause, "nido-tool, in folder 2 of PATH,");
              }
            }
            assertMatch(stderr.match(/^ {2}try: {2}(.*)$/m)?.[1] ?? "", remedy, stderr);
            const status = says === "No such file or directory" ? 127 : 126;
            assertEquals(stdout, mends ? `${status}\nmended\n` : `${status}\n`, stderr);
          } finally {
            Deno.removeSync(folder, { recursive: true });
          }
        });
      }
    });
  }
}

Deno.test(
  "a folder of PATH that cannot be looked into is told from a program that may not be executed",
  requires({ userNamespaces: true }),
  async () => {
    const script = `d=$(mktemp -d --tmpdir nido-exec-XXXXXX) || exit; mkdir $d/bin; chmod 0 $d/bin
      PATH=$d/bin:/usr/bin:/bin ${nido} unshare nido-tool; ${nido} unshare $d/bin/nido-tool; rm -r $d`;
    const { stderr } = await run([...AS_USER, "sh", "-c", script]);
    assertStringIncludes(
      stderr,
      "  why:  nido-tool is in no folder of PATH that this user may look into, and there are others\n",
    );
    assertStringIncludes(stderr, "  why:  this user may not go through all folders above /");
    assertMatch(stderr, /look which: namei -l \/\S*\/bin\/nido-tool\n/);
  },
);

Deno.test(
  "a loader that is outside is said to be missing in the new root, not on the machine",
  requires({ userNamespaces: true }),
  async () => {
    const script = `d=$(mktemp -d --tmpdir nido-exec-XXXXXX) || exit; cp /bin/true $d
      ${nido} run --ro-bind $d /bin true; rm -r $d`;
    const { stderr } = await run([...AS_USER, "sh", "-c", script]);
    assertStringIncludes(
      stderr,
      "exists, but the loader that its ELF header names is not in the new root\n" +
        "  try:  put that and its libraries into the new root too\n",
    );
  },
);

/** What a shell would take for more than a name. */
const ODD = "it's; echo a  b";

for (const form of FORMS) {
  Deno.test(`the command that mends an oddly named program quotes it, as ${form}`, async () => {
    const folder: string = Deno.makeTempDirSync({ prefix: "nido-exec-" });
    try {
      Deno.chmodSync(folder, 0o777);
      const open = openBytes(unshare, Deno.build.arch, { front: OPTION_WORDS, texts: {} });
      Deno.writeFileSync(`${folder}/open`, open, { mode: 0o755 });
      const script = `cd ${folder}; PATH=${folder}:/usr/bin:/bin; P=${folder}/$1
        printf '#!/bin/sh\\nexit 0\\n' >"$P"
        for launch in ${folder}/open "${nido} unshare"; do
          chmod 644 "$P"
          $launch "$2" 2>err; sed -n 's/^  try:  //p' err | sed 's/, as .*//' >remedy
          cat remedy; sh -e remedy && $launch "$2" && echo mended
        done`;
      const word = form === "a path" ? `${folder}/${ODD}` : ODD;
      const { stdout } = await run([...AS_USER, "sh", "-c", script, "sh", ODD, word]);
      const lines = stdout.split("\n");
      assertEquals(lines.filter((line) => line === "mended").length, 2, stdout);
      assertStringIncludes(stdout, `it'\\''s; echo a  b'\n`);
      assertEquals(lines[0], lines[2]);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}

Deno.test("a name that is nowhere is only said not to be there", async () => {
  const { code, stderr } = await run([
    ...AS_USER,
    "sh",
    "-c",
    `PATH=/usr/bin:/bin ${nido} unshare nido-tool`,
  ]);
  assertEquals([code, stderr], [
    127,
    "unshare: failed to execute nido-tool: No such file or directory\n",
  ]);
});

/** A target whose mount namespace has another folder of programs, and a script that enters it. */
const ELSEWHERE: readonly {
  readonly about: string;
  /** Words behind nsenter -t PID -U, before and after the remedy is followed. */
  readonly words: string;
  readonly mended: string;
  readonly says: string;
  readonly why: string;
  readonly remedy: RegExp;
}[] = [
  {
    about: "a name, with a PATH that finds it outside",
    words: "-m nido-outside",
    mended: "-n nido-outside",
    says: "nido-outside",
    why: "nido-outside is in no folder of PATH in the target's root",
    remedy: /leave --mount \(-m\) out to use the caller's own programs/,
  },
  {
    about: "a name, with a PATH in which it would be inside",
    words: "-m nido-inside",
    mended: "-m -e nido-inside",
    says: "nido-inside",
    why: "nido-inside is in no folder of PATH in the target's root",
    remedy: /add --env \(-e\), for the target's PATH/,
  },
  {
    about: "a name, with the target's PATH",
    words: "-m -e nido-outside",
    mended: "-n nido-outside",
    says: "nido-outside",
    why: "nido-outside is in no folder of the target's PATH in the target's root",
    remedy: /leave --mount \(-m\) out/,
  },
  {
    about: "a path",
    words: "-m $D/nido-outside",
    mended: "-n $D/nido-outside",
    says: "/nido-outside",
    why: "/nido-outside is not in the target's root",
    remedy: /leave --mount \(-m\) out/,
  },
  {
    about: "a path, with all namespaces",
    words: "-a $D/nido-outside",
    mended: "-n $D/nido-outside",
    says: "/nido-outside",
    why: "/nido-outside is not in the target's root",
    remedy: /name the types instead of --all \(-a\), without --mount,/,
  },
  {
    about: "a path, with the target's root directory",
    words: "-n -r $D/nido-outside",
    mended: "-n $D/nido-outside",
    says: "/nido-outside",
    why: "/nido-outside is not in the target's root",
    remedy: /leave --root \(-r\) out/,
  },
  {
    about: "the shell",
    words: "-m",
    mended: "-m /bin/sh -c :",
    says: "/nido-outside",
    why: "the shell of who enters, is not in the target's root",
    remedy: /name a program that is there: \/bin\/sh/,
  },
];

for (const { about, words, mended, says, why, remedy } of ELSEWHERE) {
  Deno.test(
    `a program that is only outside of the target's root is said: ${about}`,
    requires({ userNamespaces: true, programs: ["unshare"] }),
    async () => {
      const D = Deno.makeTempDirSync({ prefix: "nido-exec-" });
      try {
        Deno.chmodSync(D, 0o777);
        Deno.writeTextFileSync(`${D}/nido-outside`, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
        Deno.chmodSync(`${D}/nido-outside`, 0o755);
        await using target = await startTarget("-Urmn", {
          as: "user",
          env: { PATH: `${D}/in:/usr/bin:/bin` },
          before: `mount -t tmpfs none ${D}; mkdir ${D}/in; cp /bin/true ${D}/in/nido-inside`,
        });
        const enter = (line: string): string =>
          `D=${D}; SHELL=$D/nido-outside PATH=${D}:/usr/bin:/bin ${nido} nsenter -t ${target.pid} -U ${line}`;
        const { code, stderr } = await run([...AS_USER, "sh", "-c", enter(words)]);
        assertEquals(code, 127, stderr);
        assertMatch(stderr, new RegExp(`nsenter: failed to execute \\S*${says}: No such file`));
        assertStringIncludes(stderr, `${why}\n`);
        assertMatch(stderr.match(/^ {2}try: {2}(.*)$/m)?.[1] ?? "", remedy, stderr);
        const after = await run([...AS_USER, "sh", "-c", enter(mended)]);
        assertEquals([after.code, after.stderr], [0, ""]);
      } finally {
        Deno.removeSync(D, { recursive: true });
      }
    },
  );
}

Deno.test(
  "nobody is told to change a file of the caller's root for one that is elsewhere, nor what others control",
  requires({ userNamespaces: true, programs: ["unshare"] }),
  async () => {
    const D = Deno.makeTempDirSync({ prefix: "nido-exec-" });
    try {
      Deno.chmodSync(D, 0o777);
      Deno.mkdirSync(`${D}/bin`);
      const files = `printf '#!/bin/sh\\r\\n' >${D}/windows; echo '#!/bin/sh' >${D}/mode
        chmod 755 ${D}/windows; chmod 644 ${D}/mode`;
      await using target = await startTarget("-Urm", {
        as: "user",
        before: `mount -t tmpfs none ${D}; ${files}`,
      });
      for (const name of ["windows", "mode"]) {
        const { stderr } = await run([
          ...AS_USER,
          ...NIDO,
          "nsenter",
          "-t",
          `${target.pid}`,
          "-U",
          "-m",
          `${D}/${name}`,
        ]);
        const remedy = "name another program, or have that one mended from within its root";
        assertStringIncludes(stderr, `  try:  ${remedy}\n`);
      }
    } finally {
      Deno.removeSync(D, { recursive: true });
    }
  },
);
