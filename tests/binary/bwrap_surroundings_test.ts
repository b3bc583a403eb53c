/** bwrap where little is there, and where much is unusual: its program finds what it would find without. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { EVERYBODY } from "../launch/root/making.ts";
import { type Needs, requires } from "../requires.ts";
import { BWRAPS } from "../support/bwraps.ts";
import { shell } from "../support/nido.ts";
import { withFolder } from "../support/folder.ts";

/** Surroundings: a script that starts "$@", and a program that looks at them. */
interface Surroundings {
  readonly name: string;
  readonly script: string;
  readonly program?: string | readonly string[];
  readonly needs?: Needs;
  /** A launcher's file that is an ordinary user's own cannot be kept from the program there. */
  readonly copiesNothing?: true;
}

const CLOSED = 'for fd in 0 1 2; do [ -e /proc/$$/fd/$fd ] || echo "closed: $fd" >&3; done; exit 7';

const DENO_VARIABLES = [
  "DENO_DIR=/none",
  "DENO_V8_FLAGS=--none",
  "DENO_LOG=debug",
  "DENO_CERT=/none",
  "DENO_TLS_CA_STORE=none",
  "DENO_JOBS=none",
  "DENO_NO_PROMPT=1",
  "DENO_AUTH_TOKENS=none",
  "DENO_UNSTABLE_KV=1",
  "DENO_COMPAT=1",
];

/** Makes every mount that can be written to read-only, in a namespace of its own. */
const READ_ONLY = `for point in / /tmp /var/tmp /run /dev/shm; do
    ! mountpoint -q $point || mount -o "remount,bind,$(findmnt -no VFS-OPTIONS $point | sed s/^rw/ro/)" $point
  done
  ! touch /new "$TMPDIR/new" 2>&- || exit
  exec "$@"`;

const SURROUNDINGS: readonly Surroundings[] = [
  { name: "there is little address space", script: `ulimit -v 200000; exec "$@"` },
  { name: "no file may be written", script: `ulimit -f 0; exec "$@"`, copiesNothing: true },
  { name: "sixteen files may be open", script: `ulimit -n 16; exec "$@"` },
  {
    name: "the folder is gone",
    script: `mkdir "$TMPDIR/gone"; cd "$TMPDIR/gone"; rmdir "$TMPDIR/gone"; exec "$@"`,
  },
  { name: "standard input is closed", script: `exec 3>&1 "$@" <&-`, program: CLOSED },
  { name: "standard output is closed", script: `exec 3>&1 "$@" >&-`, program: CLOSED },
  { name: "standard error is closed", script: `exec 3>&1 "$@" 2>&-`, program: CLOSED },
  { name: "all three are closed", script: `exec 3>&1 "$@" <&- >&- 2>&-`, program: CLOSED },
  {
    name: "there are no variables",
    script: `exec env -i "$@"`,
    // It sets PWD.
    program: "env | grep -v ^PWD=; exit 7",
  },
  {
    name: "variables tell Deno what to do",
    script: `exec env ${DENO_VARIABLES.join(" ")} "$@"`,
    program: "env | grep ^DENO_ | sort; exit 7",
  },
  {
    name: "signals are ignored and blocked",
    script: `trap '' HUP PIPE USR1; ` +
      `exec perl -MPOSIX -e 'sigprocmask(SIG_SETMASK, POSIX::SigSet->new(SIGTERM, SIGUSR2)); exec @ARGV' "$@"`,
    // A shell would unblock them.
    program: ["grep", "^Sig[BI]", "/proc/self/status"],
    needs: { programs: ["perl"] },
  },
  {
    name: "everything is read-only",
    script: `exec unshare -rm sh -c '${READ_ONLY}' sh "$@"`,
  },
];

const OPTIONS = ["--unshare-all", "--bind", "/", "/", "--dev", "/dev"];

for (const who of EVERYBODY) {
  for (const { kind, put } of BWRAPS) {
    const as = who === "user" ? { as: "user" } as const : {};

    for (
      const { name, script, program = "echo in; exit 7", needs, copiesNothing } of SURROUNDINGS
    ) {
      Deno.test(
        `as ${who}: ${kind} works where ${name}`,
        requires({ ...needs, userNamespaces: true, ...copiesNothing ? { root: true } : {} }),
        () =>
          withFolder(async (folder) => {
            const inner = typeof program === "string" ? ["sh", "-c", program] : program;
            const options = { ...as, env: { TMPDIR: folder } };
            const plain = await shell(script, inner, options);
            const bwrap = [put(folder), ...OPTIONS, "--proc", "/proc"];
            const { code, stdout, stderr } = await shell(script, [...bwrap, ...inner], options);
            assertEquals(plain.code, typeof program === "string" ? 7 : 0, plain.stderr);
            assertEquals([code, stdout, stderr], [plain.code, plain.stdout, ""]);
          }),
      );
    }

    Deno.test(
      `as ${who}: ${kind} works, or says how many files it may open and what mends that`,
      requires({ userNamespaces: true }),
      () =>
        withFolder(async (folder) => {
          const options = { ...as, env: { NIDO_EXPLAIN: "1" } };
          const bwrap = [put(folder), ...OPTIONS, "--proc", "/proc", "--unshare-pid"];
          let refused = 0;
          for (let limit = 4; limit <= 16; limit++) {
            const script = `ulimit -n ${limit}; exec "$@"`;
            const { code, stderr } = await shell(script, [...bwrap, "/bin/true"], options);
            if (code === 0) continue;
            refused++;
            assertStringIncludes(stderr, "Too many open files\n  step: ");
            assertStringIncludes(stderr, "\n  try:  allow it more: ulimit -n 32\n");
          }
          assert(refused > 3);
        }),
    );

    Deno.test(
      `as ${who}: ${kind} works in itself, three deep`,
      requires({ userNamespaces: true }),
      () =>
        withFolder(async (folder) => {
          // A proc with covered parts, as root's is, is none that a user namespace may mount again.
          const bwrap = [put(folder), ...OPTIONS];
          const words = [...bwrap, ...bwrap, ...bwrap, "sh", "-c", "echo $$; exit 7"];
          const { code, stdout, stderr } = await shell(`exec "$@"`, words, as);
          assertEquals([code, stdout, stderr], [7, "2\n", ""]);
        }),
    );
  }
}
