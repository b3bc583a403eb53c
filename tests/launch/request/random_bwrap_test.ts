// Random options of bwrap, good and bad: each launch ends in time, with bubblewrap's statuses, says why it was
// refused, and leaves no process and no mount behind.

import { assert, assertEquals, assertGreater } from "@std/assert";
import { exists } from "@std/fs";
import { bwrap } from "../../../cli/bwrap.ts";
import { OPTIONS } from "../../../cli/bwrap/options.ts";
import { BWRAP_WORDS } from "../../../cli/bwrap_words.ts";
import { decode } from "../../../ffi/bytes.ts";
import { openBytes } from "../../../launch/freeze.ts";
import { randomFrom } from "../../readers/random_words.ts";
import { requires } from "../../requires.ts";
import { AS_USER } from "../../support/nido.ts";

/** Lines of each kind. */
const COUNT = Number(Deno.env.get("NIDO_LINES") ?? 100);
const SEED = Number(Deno.env.get("NIDO_SEED") ?? 1);
/** Bubblewrap itself, whose statuses are to be the same. */
const BUBBLEWRAP = Deno.env.get("NIDO_BWRAP");
const SECONDS = 10;

/** What bubblewrap 0.13.1 has not, or hangs by, and what is its build's alone. */
const NOT_COMPARED =
  /--(netns|forward-signals|scope-abstract|userns2|exec-label|file-label|help|version)/;

/**
 * Descriptors: 3 is a file, 4 a directory, 5 is written to, 6 has options, 7 a filter, 8 has ended, 9 is a namespace.
 * They and all that is bound are in a folder of the test's own: modes are changed, and files made, through binds.
 */
const DESCRIPTORS = "3<f 4<d 5>/dev/null 6< <(printf -- '--dir\\0/made') " +
  "7< <(printf '\\006\\0\\0\\0\\0\\0\\377\\177') 8</dev/null 9</proc/self/ns/net";

/** Options whose descriptor is of one kind. */
const DESCRIPTOR_OF: Readonly<Record<string, string>> = {
  ...{ "bind-fd": "4", "ro-bind-fd": "4", "info-fd": "5", "json-status-fd": "5", args: "6" },
  ...{ seccomp: "7", "add-seccomp-fd": "7", "block-fd": "8", "userns-block-fd": "8", netns: "9" },
};

const GOOD: Readonly<Record<string, readonly string[]>> = {
  SRC: ["d", "f"],
  DEST: ["/mnt", "/tmp", "/mnt/a/b", "tmp/./c", "/made", "/"],
  FD: ["3"],
  UID: ["0", "7"],
  GID: ["0", "7"],
  NAME: ["inside"],
  DIR: ["/", "/usr"],
  VAR: ["A", "PATH"],
  VALUE: ["", "a=b"],
  OCTAL: ["0", "0700", "1777"],
  BYTES: ["4096", "0x10000"],
  CAP: ["ALL", "cap_chown"],
  LABEL: ["x"],
  RWSRC: ["d"],
  WORKDIR: ["work"],
  PATH: ["/tmp", "/mnt"],
};

const BAD: readonly string[] = [
  ...["", "-1", "x", "0x", "2147483647", "2147483648", "99999999999999999999", "/no/such", "%s%n"],
  ...["x".repeat(5000), `/${"a/".repeat(2100)}`, "a\nb", "\x1b[31m", "é", "8", "99", "/dev/null/x"],
];

function lineFrom(random: () => number, isBad: boolean): string[] {
  const of = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const words = ["--ro-bind", "/", "/", "--tmpfs", "/tmp", "--tmpfs", "/mnt"];
  for (let left = 1 + random() * 5; left > 0; left--) {
    const { long, words: names = [] } = of(OPTIONS);
    const value = (name: string): string =>
      isBad && random() < 0.3
        ? of(BAD)
        : name === "FD"
        ? DESCRIPTOR_OF[long] ?? "3"
        : of(GOOD[name]!);
    words.push(`--${long}`, ...names.map(value));
  }
  return words;
}

/** In the environment of all that is launched here. */
const LEFT = `NIDO_RANDOM=${Deno.pid}\0`;

const MOUNTS = "/proc/self/mountinfo";

/** The processes that have a variable: what a launch has left. */
function withVariable(variable: string): string[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => name).filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return Deno.readTextFileSync(`/proc/${name}/environ`).includes(variable);
    } catch {
      return false;
    }
  });
}

async function run(file: string, starter: readonly string[], line: readonly string[], cwd: string) {
  const script = `exec "$@" ${DESCRIPTORS}`;
  const started = [...starter, "bash", "-c", script, "bash", file, ...line, "sh", "-c", "exit 0"];
  const { code, stderr } = await new Deno.Command("timeout", {
    args: ["-s", "KILL", `${SECONDS}`, ...started],
    env: { PATH: "/usr/bin:/bin", NIDO_RANDOM: `${Deno.pid}` },
    clearEnv: true,
    cwd,
    stdin: "null",
    stdout: "null",
  }).output();
  return { code, stderr: decode(stderr) };
}

for (
  const [who, starter] of Deno.uid() === 0
    ? [["root", []], ["user", AS_USER]] as const
    : [["user", []]] as const
) {
  for (const isBad of [false, true]) {
    Deno.test(
      `as ${who}: random ${isBad ? "bad" : "good"} options of bwrap end well`,
      requires({ userNamespaces: true, programs: ["bash", "timeout"] }),
      async () => {
        const folder = Deno.makeTempDirSync({ prefix: "nido-random-" });
        const random = randomFrom(SEED + (isBad ? 1 : 0));
        const ends = { done: 0, refused: 0 };
        try {
          const file = `${folder}/bwrap`;
          const texts = { help: "HELP\n", version: "VERSION\n", usage: "USAGE\n" };
          Deno.writeFileSync(
            file,
            openBytes(bwrap, Deno.build.arch, { front: BWRAP_WORDS, texts }),
          );
          for (const name of ["d", "work"]) Deno.mkdirSync(`${folder}/${name}`);
          Deno.writeTextFileSync(`${folder}/f`, "content\n");
          for (const path of [folder, file]) Deno.chmodSync(path, 0o755);
          const mounts = Deno.readTextFileSync(MOUNTS);
          for (let i = 0; i < COUNT; i++) {
            const line = lineFrom(random, isBad);
            const told = JSON.stringify(line.map((word) => word.slice(0, 80)));
            const { code, stderr } = await run(file, starter, line, folder);
            assert(code === 0 || code === 1, `${code}: ${told}: ${stderr}`);
            if (code === 1) assert(/^(<3>)?bwrap: ./m.test(stderr), `${told}: ${stderr}`);
            ends[code === 0 ? "done" : "refused"]++;
            // A process that was killed goes a moment later.
            for (let left = 50; left > 0 && withVariable(LEFT).length > 0; left--) {
              await new Promise((resolve) => setTimeout(resolve, 20));
            }
            assertEquals(withVariable(LEFT), [], told);
            if (BUBBLEWRAP && !NOT_COMPARED.test(told)) {
              const theirs = await run(BUBBLEWRAP, starter, line, folder);
              assertEquals(code, theirs.code, `${told}: ${stderr}${theirs.stderr}`);
            }
          }
          assertEquals(Deno.readTextFileSync(MOUNTS), mounts);
          assertGreater(ends.refused, COUNT / 10);
          assertGreater(ends.done, COUNT / 20);
        } finally {
          // An overlay leaves a directory that nobody may read.
          const left = `${folder}/work/work`;
          if (await exists(left)) Deno.chmodSync(left, 0o700);
          Deno.removeSync(folder, { recursive: true });
        }
      },
    );
  }
}
